/** Reads the meaning of Chat Completions answers, those of compatible providers included. */
import {
  type Json,
  type JsonObject,
  listOf,
  numberOf,
  objectOf,
  objectsOf,
  textOf,
  tryParse,
  wordOf,
} from '../json.ts';
import type { Answer, Call, Candidate, Failure, Finish, Usage } from '../meaning.ts';
import type { SseEvent } from '../sse.ts';

interface OpenCall {
  id: string;
  name: string;
  text: string;
  readonly custom: boolean;
  readonly index: number | undefined;
}

interface Choice {
  text: string;
  reasoning: string;
  refusal: string;
  finishWord: string;
  readonly calls: OpenCall[];
}

export function readChatAnswer(body: JsonObject): Answer {
  const error = failureOf(body);
  if (error !== undefined) return { candidates: [], usage: undefined, error };
  const choices = new Map<number, Choice>();
  addChunk(choices, body);
  return finishAnswer(choices, usageOf(body['usage']), undefined);
}

export function readChatStream(events: readonly SseEvent[]): Answer {
  const choices = new Map<number, Choice>();
  let usage: Usage | undefined;
  let error: Failure | undefined;
  for (const { data } of events) {
    if (data === '[DONE]') continue;
    const chunk = objectOf(tryParse(data));
    error ??= failureOf(chunk);
    addChunk(choices, chunk);
    // Groq reports usage in a member of its own unless it was asked for.
    const extra = objectOf(chunk['x_groq'])['usage'];
    usage = usageOf(chunk['usage']) ?? usageOf(extra) ?? usage;
  }
  return finishAnswer(choices, usage, error);
}

function addChunk(choices: Map<number, Choice>, chunk: JsonObject): void {
  for (const wire of objectsOf(chunk['choices'])) {
    const index = numberOf(wire['index']) ?? 0;
    let choice = choices.get(index);
    if (choice === undefined) {
      choice = { text: '', reasoning: '', refusal: '', finishWord: '', calls: [] };
      choices.set(index, choice);
    }
    addDelta(choice, objectOf(wire['message'] ?? wire['delta']));
    choice.finishWord = textOf(wire['finish_reason']) || choice.finishWord;
  }
}

function addDelta(choice: Choice, delta: JsonObject): void {
  const content = delta['content'];
  choice.text += typeof content === 'string' ? content : partsText(content, 'text');
  // What a spoken answer says to those who cannot hear it.
  choice.text += textOf(objectOf(delta['audio'])['transcript']);
  choice.reasoning += reasoningOf(delta);
  choice.refusal += textOf(delta['refusal']);
  for (const call of objectsOf(delta['tool_calls'])) addCall(choice.calls, call);
  const legacy = objectOf(delta['function_call']);
  if (textOf(legacy['name']) !== '' || textOf(legacy['arguments']) !== '') {
    addCall(choice.calls, { index: 0, function: legacy });
  }
}

/** Providers write one and the same reasoning in up to three fields: the first that is filled counts. */
function reasoningOf(delta: JsonObject): string {
  const plain = textOf(delta['reasoning_content']) || textOf(delta['reasoning']);
  if (plain !== '') return plain;
  const details = objectsOf(delta['reasoning_details'])
    .map((detail) => textOf(detail['text']) || textOf(detail['summary']))
    .join('');
  return details || partsText(delta['content'], 'thinking');
}

function partsText(content: Json | undefined, type: 'text' | 'thinking'): string {
  return objectsOf(content)
    .filter((part) => part['type'] === type)
    .map((part) => (type === 'text' ? textOf(part['text']) : partsText(part['thinking'], 'text')))
    .join('');
}

function addCall(calls: OpenCall[], wire: JsonObject): void {
  const custom = objectOf(wire['custom']);
  const isCustom = textOf(custom['name']) !== '' || textOf(custom['input']) !== '';
  const called = isCustom ? custom : objectOf(wire['function']);
  const id = textOf(wire['id']);
  const name = textOf(called['name']);
  const index = numberOf(wire['index']);
  const open = findOpen(calls, { id, name, index });
  const text = argumentText(called[isCustom ? 'input' : 'arguments']);
  if (open === undefined) {
    calls.push({ id, name, text, custom: isCustom, index });
    return;
  }
  open.text += text;
  open.name ||= name;
  open.id ||= id;
}

/** With an index: that call unless another id starts anew. Without: a name starts a call. */
function findOpen(
  calls: readonly OpenCall[],
  { id, name, index }: { id: string; name: string; index: number | undefined },
): OpenCall | undefined {
  if (index === undefined) return name === '' ? calls.at(-1) : undefined;
  const open = calls.findLast((call) => call.index === index);
  const renewed = open !== undefined && id !== '' && open.id !== '' && open.id !== id;
  return renewed ? undefined : open;
}

function argumentText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

function finishAnswer(
  choices: ReadonlyMap<number, Choice>,
  usage: Usage | undefined,
  error: Failure | undefined,
): Answer {
  const candidates = [...choices.entries()]
    .toSorted(([left], [right]) => left - right)
    .map(([, choice]) => candidateOf(choice));
  return { candidates, usage, error };
}

function candidateOf(choice: Choice): Candidate {
  const { text, reasoning, refusal, finishWord } = choice;
  const calls = choice.calls.map(callOf);
  const finish = finishOf(finishWord, calls.length > 0);
  return { text, reasoning, refusal, calls, codes: [], finish, finishWord, explanation: refusal };
}

/** A call without arguments is a call with no members. */
function callOf(open: OpenCall): Call {
  const { name, text } = open;
  if (open.custom) return { name, kind: 'custom', arguments: { input: text } };
  const args = text.trim() === '' ? {} : (tryParse(text) ?? { unreadable: text });
  return { name, kind: 'function', arguments: args };
}

function finishOf(word: string, called: boolean): Finish {
  if (word === 'length') return 'length';
  if (word === 'content_filter') return 'content-filter';
  if (called) return 'tool-calls';
  if (word === '') return 'missing';
  return word === 'stop' || word === 'eos' || word === 'tool_calls' ? 'stop' : 'other';
}

/** xAI counts reasoning beside `completion_tokens`; the total tells. */
function usageOf(value: Json | undefined): Usage | undefined {
  const wire = objectOf(value);
  const input = numberOf(wire['prompt_tokens']);
  if (input === undefined) return undefined;
  const completion = numberOf(wire['completion_tokens']) ?? 0;
  const total = numberOf(wire['total_tokens']);
  const details = objectOf(wire['prompt_tokens_details']);
  const reasoning = numberOf(objectOf(wire['completion_tokens_details'])['reasoning_tokens']) ?? 0;
  const beside = reasoning > 0 && total === input + completion + reasoning;
  return {
    input,
    // Moonshot and Mistral count cached input outside of the details.
    cacheRead:
      numberOf(details['cached_tokens']) ??
      numberOf(wire['cached_tokens']) ??
      numberOf(wire['num_cached_tokens']) ??
      0,
    cacheWrite: numberOf(details['cache_write_tokens']) ?? 0,
    output: beside ? completion + reasoning : completion,
    reasoning,
  };
}

export function failureOf(body: Json | undefined): Failure | undefined {
  const wire = Array.isArray(body) ? objectOf(listOf(body)[0]) : objectOf(body);
  const error = wire['error'];
  if (error === undefined || error === null) return undefined;
  if (typeof error === 'string') return { type: '', message: error, code: '' };
  const { type, message, code } = objectOf(error);
  return { type: textOf(type), message: textOf(message), code: wordOf(code) };
}
