/** Writes the conversation: turns become contents whose roles alternate and start with the user. */
import { compact } from '../../compact.ts';
import { defined } from '../../defined.ts';
import { invalidRequest } from '../../errors.ts';
import type { Part, Seal, ToolCallPart, ToolResultPart } from '../../ir/part.ts';
import { partPathOf } from '../../ir/place.ts';
import type { Turn } from '../../ir/request.ts';
import { isObject, type JsonObject, tryParseJson } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { at } from '../../read.ts';
import { encodeMedia } from './media.ts';
import type { WireContent, WirePart } from './wire.ts';

/** Gemini takes neither an empty text nor a conversation that the model begins. */
const SILENT_USER: WireContent = { role: 'user', parts: [{ text: ' ' }] };

interface Scope {
  readonly report: Report;
  readonly calls: ReadonlyMap<string, Call>;
}

interface Call {
  readonly name: string;
  /**
   * Ids are sent only where name and order do not tell two calls apart: whether an id is one of
   * Gemini's own cannot be known, and not every Gemini service takes them.
   */
  readonly isSentById: boolean;
}

export function encodeContents(turns: readonly Turn[], report: Report): readonly WireContent[] {
  const scope: Scope = { report, calls: callsOf(turns) };
  const contents: WireContent[] = [];
  for (const [index, turn] of turns.entries()) {
    const role = turn.role === 'assistant' ? 'model' : 'user';
    const parts = partsOf(turn, turn.path ?? at('turns', index), scope);
    if (parts.length === 0) continue;
    const last = contents.at(-1);
    if (last?.role === role) contents.splice(-1, 1, { role, parts: [...last.parts, ...parts] });
    else contents.push({ role, parts });
  }
  return contents[0]?.role === 'user' ? contents : [SILENT_USER, ...contents];
}

function callsOf(turns: readonly Turn[]): ReadonlyMap<string, Call> {
  const calls = new Map<string, Call>();
  for (const { parts } of turns) {
    if (!parts.some(({ type }) => type === 'tool-call')) continue;
    const made = parts.filter((part) => part.type === 'tool-call');
    const isSentById = new Set(made.map(({ name }) => name)).size < made.length;
    for (const { id, name } of made) calls.set(id, { name, isSentById });
  }
  return calls;
}

function partsOf(turn: Turn, path: string, scope: Scope): readonly WirePart[] {
  return defined(
    turn.parts.map((part, index) => {
      const isEmpty = part.type === 'text' && part.text === '' && part.seal === undefined;
      if (isEmpty) return undefined;
      return partOf(part, partPathOf(part, turn) ?? at(at(path, 'parts'), index), scope);
    }),
  );
}

function partOf(part: Part, path: string, scope: Scope): WirePart {
  switch (part.type) {
    case 'text':
      return signed({ text: part.text }, part.seal);
    case 'refusal':
      return { text: part.text };
    case 'reasoning':
      return signed({ text: part.text, thought: true }, part.seal);
    case 'media':
      return encodeMedia(part, { path, report: scope.report });
    case 'tool-call':
      return callOf(part, path, scope);
    case 'tool-result':
      return resultOf(part, path, scope);
  }
}

function signed(part: WirePart, seal: Seal | undefined): WirePart {
  return seal === undefined ? part : { ...part, thoughtSignature: seal.data };
}

function callOf(part: ToolCallPart, path: string, { report, calls }: Scope): WirePart {
  const { id, name } = part;
  const args =
    part.kind === 'custom' ? { input: part.input } : argumentsOf(part.input, path, report);
  const call = calls.get(id)?.isSentById === true ? { id, name, args } : { name, args };
  return signed({ functionCall: call }, part.seal);
}

/** A call's arguments are an object here; text that is none is handed on as it is. */
export function argumentsOf(input: string, path: string, report: Report): JsonObject {
  if (input.trim() === '') return {};
  const args = tryParseJson(input);
  if (isObject(args)) return args;
  report({
    feature: 'tool-call-arguments',
    path,
    action: 'weakened',
    reason: 'invalid',
    effect: 'hint',
    detail: 'The arguments are no JSON object; they are sent as text under _raw.',
  });
  return { _raw: input };
}

function resultOf(part: ToolResultPart, path: string, scope: Scope): WirePart {
  const call = scope.calls.get(part.callId);
  const name = part.name ?? call?.name;
  if (name === undefined) {
    throw invalidRequest(path, `${path}: no tool call has the id ${part.callId}`);
  }
  const texts: string[] = [];
  const media: WirePart[] = [];
  for (const [index, piece] of part.content.entries()) {
    const place = {
      path: piece.path ?? at(at(path, 'content'), index),
      report: scope.report,
    };
    const wire = piece.type === 'text' ? piece : encodeMedia(piece, place);
    // A document that is text joins the words of the result; Gemini takes only media beside them.
    if (wire.text !== undefined) texts.push(wire.text);
    else media.push(wire);
  }
  const text = texts.join('\n');
  return {
    functionResponse: compact({
      id: call?.isSentById === true ? part.callId : undefined,
      name,
      response: part.isError ? { error: text } : { output: text },
      parts: media.length > 0 ? media : undefined,
    }),
  };
}
