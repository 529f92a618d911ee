/** The simulated model: knows nothing, and gives the same answer to the same question every time. */
import { createHash } from 'node:crypto';
import type { JsonObject } from './json.ts';
import { type Hints, sampleInput, sampleOf } from './sample.ts';

export interface Tool {
  readonly name: string;
  readonly schema: unknown;
}

export interface ToolResult {
  readonly name: string;
  readonly output: string;
}

/** A request of any format, as far as the simulated model understands it. */
export interface Prompt {
  readonly model: string;
  readonly system: string;
  /** The text of the newest message of the user. */
  readonly ask: string;
  /** Images, documents and sounds beside that text. */
  readonly attachments: number;
  /** Answers of tools that came after it. */
  readonly results: readonly ToolResult[];
  readonly tools: readonly Tool[];
  readonly toolMode: 'auto' | 'required' | 'none';
  readonly parallel: boolean;
  /** Says a few words before it calls a tool. */
  readonly announces: boolean;
  readonly thinks: boolean;
  /** The JSON Schema of the answer, `true` for any JSON. */
  readonly schema: unknown;
  readonly outputTokensMax: number;
  readonly stops: readonly string[];
  readonly inputTokens: number;
}

interface ToolCall {
  readonly name: string;
  readonly input: JsonObject;
}

export interface Answer {
  /** Texts come in tokens, in the order in which a model would utter them. */
  readonly reasoning: readonly string[];
  readonly text: readonly string[];
  readonly calls: readonly ToolCall[];
  readonly finish: 'end' | 'length' | 'stop' | 'tools';
  /** The stop sequence that was met. */
  readonly stop: string | undefined;
  readonly tokens: { readonly input: number; readonly output: number; readonly reasoning: number };
}

export function answer(prompt: Prompt): Answer {
  const calls = callsFor(prompt);
  const reasoning = prompt.thinks ? tokensOf(reasoningFor(prompt, calls)) : [];
  const { text, stop } = untilStop(textFor(prompt, calls), prompt.stops);
  const room = prompt.outputTokensMax - reasoning.length;
  const spoken = tokensOf(text);
  const callTokens = calls.flatMap((call) => [call.name, ...tokensOf(JSON.stringify(call.input))]);
  const cut = spoken.length + callTokens.length > room;
  const kept = cut ? spoken.slice(0, Math.max(0, room)) : [...spoken, ...callTokens];
  const finish = stop === undefined ? (calls.length > 0 ? 'tools' : 'end') : 'stop';
  return {
    reasoning: reasoning.slice(0, prompt.outputTokensMax),
    text: cut ? kept : spoken,
    calls: cut ? [] : calls,
    finish: cut ? 'length' : finish,
    stop: cut ? undefined : stop,
    tokens: {
      input: prompt.inputTokens,
      output: Math.min(reasoning.length, prompt.outputTokensMax) + kept.length,
      reasoning: Math.min(reasoning.length, prompt.outputTokensMax),
    },
  };
}

/** About four characters of JSON make a token of input. */
export function inputTokensOf(...inputs: readonly unknown[]): number {
  const lengths = inputs.map((input) => JSON.stringify(input)?.length ?? 0);
  return Math.ceil(lengths.reduce((sum, length) => sum + length, 0) / 4);
}

/** Words with the space before them, long ones in pieces, as tokenizers cut. */
function tokensOf(text: string): readonly string[] {
  return text.match(/\s*\S{1,8}|\s+$/gu) ?? [];
}

/** A signature that the provider recognises as its own, and that changes with what it seals. */
export function sealOf(vendor: string, sealed: string): string {
  const digest = createHash('sha256').update(sealed).digest('hex').slice(0, 32);
  return Buffer.from(`simulated ${vendor} ${digest}`).toString('base64');
}

/** An id of the vendor's look: a prefix and a count, filled up to `length` characters. */
export function idOf(prefix: string, count: number, length: number): string {
  return `${prefix}Sim${String(count).padStart(length - 'Sim'.length, '0')}`;
}

function callsFor(prompt: Prompt): readonly ToolCall[] {
  if (prompt.toolMode === 'none' || prompt.results.length > 0) return [];
  const wanted = prompt.tools.filter((tool) => isAskedFor(tool, prompt.ask));
  const [first] = prompt.tools;
  if (wanted.length === 0 && prompt.toolMode === 'required' && first) wanted.push(first);
  const calls = wanted.flatMap((tool) =>
    subjectsIn(prompt.ask).map((subject) => ({
      name: tool.name,
      input: sampleInput(tool.schema, hintsFor(prompt.ask, subject)),
    })),
  );
  const seen = new Set<string>();
  const different = calls.filter((call) => {
    const key = JSON.stringify(call);
    return seen.has(key) ? false : seen.add(key);
  });
  return prompt.parallel ? different : different.slice(0, 1);
}

/** The question names the tool, or a word of its name: "weather" asks for `get_weather`. */
function isAskedFor(tool: Tool, ask: string): boolean {
  const question = ask.toLowerCase();
  const words = tool.name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').split(/[^A-Za-z0-9]+/);
  return words.some((word) => word.length > 3 && question.includes(word.toLowerCase()));
}

/** "in Lisbon and in Oslo": what the question is about, one entry a call. */
function subjectsIn(ask: string): readonly string[] {
  const named = ask.matchAll(/\b(?:in|for|of|at|and)\s+(\p{Lu}[\p{L}-]*(?:\s\p{Lu}[\p{L}-]*)*)/gu);
  const subjects = [...named].map(([, subject = '']) => subject);
  return subjects.length > 0
    ? subjects
    : [
        ask
          .split(/\s+/)
          .at(-1)
          ?.replace(/[.?!]$/, '') ?? ask,
      ];
}

function hintsFor(ask: string, subject: string): Hints {
  return { subject, number: Number(/\d+/.exec(ask)?.[0] ?? 1) };
}

function reasoningFor(prompt: Prompt, calls: readonly ToolCall[]): string {
  const question = `The question is "${abridged(prompt.ask)}".`;
  if (calls.length > 0) {
    return `${question} The tool ${calls[0]?.name} can tell, so I call it first.`;
  }
  if (prompt.results.length > 0) return `${question} The tools have told me what I need.`;
  return `${question} No tool is needed; I can say it right away.`;
}

function textFor(prompt: Prompt, calls: readonly ToolCall[]): string {
  if (calls.length > 0) return prompt.announces ? 'Let me look that up.' : '';
  if (prompt.schema !== undefined) {
    const schema = prompt.schema === true ? {} : prompt.schema;
    const [subject = ''] = subjectsIn(prompt.ask);
    const value = sampleOf(schema, hintsFor(prompt.ask, subject));
    return JSON.stringify(typeof value === 'object' ? value : { answer: value });
  }
  const sentences = [
    ...prompt.results.map(({ name, output }) => `${name} says: ${abridged(output)}.`),
    prompt.results.length > 0
      ? `That answers "${abridged(prompt.ask)}", says the simulated ${prompt.model}.`
      : `You asked: "${abridged(prompt.ask)}". I am a simulated ${prompt.model}, so I know nothing,`,
  ];
  if (prompt.results.length === 0) sentences.push('but I answer the way the real one does.');
  if (prompt.system !== '') sentences.push(`I was told: "${abridged(prompt.system)}".`);
  if (prompt.attachments > 0) sentences.push(`Attachments that came along: ${prompt.attachments}.`);
  return sentences.join(' ');
}

function untilStop(
  text: string,
  stops: readonly string[],
): { readonly text: string; readonly stop: string | undefined } {
  const met = stops
    .map((stop) => ({ stop, index: stop === '' ? -1 : text.indexOf(stop) }))
    .filter(({ index }) => index >= 0)
    .toSorted((one, other) => one.index - other.index)[0];
  return met ? { text: text.slice(0, met.index), stop: met.stop } : { text, stop: undefined };
}

function abridged(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 160 ? `${line.slice(0, 159).trimEnd()}…` : line;
}
