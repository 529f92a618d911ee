/**
 * Tool calls of one candidate as they arrive. Servers leave out the index, repeat the id or the
 * name, send them apart, or use one index for all calls; each of these is sorted out here.
 */

import { compact } from '../../compact.ts';
import type { Seal } from '../../ir/part.ts';
import type { Emit } from '../../ir/stream.ts';
import { type JsonObject, stringifyJson } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { shortHash } from '../../openai/hash.ts';
import { filledIn, numberIn, objectIn, objectsIn } from '../../openai/lenient.ts';

export interface ToolCallPlace {
  readonly candidate: number;
  readonly report: Report;
  /** From which ids are made where the upstream gives none. */
  answerId(): string;
  /** Takes the next part index of the candidate. */
  nextIndex(): number;
}

export interface ToolCallDecoder {
  push(delta: JsonObject, emit: Emit): void;
  /** Ends every open call; what arrives for them later is lost. */
  close(emit: Emit): void;
  /** The stream failed: ends every open call as one that is not whole. */
  cut(emit: Emit): void;
  hasOpen(): boolean;
  count(): number;
}

interface Call {
  /** The upstream's number of it; undefined where it gave none. */
  readonly key: number | undefined;
  /** The upstream's own id, which may come too late to be used. */
  upstreamId: string | undefined;
  readonly ordinal: number;
  kind: 'function' | 'custom';
  id: string | undefined;
  name: string | undefined;
  seal: Seal | undefined;
  /** Input that came before the name. */
  waiting: string;
  /** Part index once started. */
  index: number | undefined;
  isClosed: boolean;
}

/** A delta in one shape: the deprecated `function_call` is a call with a number of its own. */
interface Piece {
  readonly key: number | undefined;
  readonly kind: 'function' | 'custom' | undefined;
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly input: string;
  readonly seal: Seal | undefined;
}

const LEGACY_KEY = -1;

interface State {
  readonly place: ToolCallPlace;
  readonly calls: Call[];
}

export function createToolCallDecoder(place: ToolCallPlace): ToolCallDecoder {
  const calls: Call[] = [];
  const state: State = { place, calls };
  return {
    push(delta, emit) {
      for (const piece of piecesOf(delta)) take(piece, state, emit);
    },
    close(emit) {
      for (const call of calls) if (!call.isClosed) end(call, state, emit);
    },
    cut(emit) {
      const { candidate } = place;
      for (const { index, isClosed } of calls) {
        if (index !== undefined && !isClosed) {
          emit({ type: 'tool-call-end', candidate, index, cut: true });
        }
      }
      calls.length = 0;
    },
    hasOpen() {
      return calls.some((call) => !call.isClosed);
    },
    count() {
      return calls.filter((call) => call.index !== undefined).length;
    },
  };
}

function take(piece: Piece, state: State, emit: Emit): void {
  const call = knownCall(piece, state.calls) ?? newCall(piece, state.calls);
  call.name ??= piece.name;
  call.upstreamId ??= piece.id;
  if (call.isClosed) reportLate(piece, state.place);
  else if (call.index !== undefined) sendInput(call, { ...state, emit, input: piece.input });
  else {
    call.id ??= piece.id;
    call.kind = piece.kind ?? call.kind;
    call.seal ??= piece.seal;
    call.waiting += piece.input;
    // Without an id the start waits for input, in case the id is on its way.
    if (call.id !== undefined || call.waiting !== '') start(call, state, emit);
  }
}

function knownCall({ key, id, name }: Piece, calls: readonly Call[]): Call | undefined {
  if (key === undefined) {
    if (id !== undefined) return calls.findLast((call) => call.upstreamId === id);
    return name === undefined ? calls.at(-1) : undefined;
  }
  const last = calls.findLast((call) => call.key === key);
  // One number, yet another id or name: a server that gives every call the same number.
  const isOther = differs(id, last?.upstreamId) || differs(name, last?.name);
  return isOther ? undefined : last;
}

function differs(value: string | undefined, known: string | undefined): boolean {
  return value !== undefined && known !== undefined && value !== known;
}

function newCall({ key, id }: Piece, calls: Call[]): Call {
  const call: Call = {
    key,
    upstreamId: id,
    ordinal: calls.length,
    kind: 'function',
    id,
    name: undefined,
    seal: undefined,
    waiting: '',
    index: undefined,
    isClosed: false,
  };
  calls.push(call);
  return call;
}

/** Nothing happens before the name is known. */
function start(call: Call, { place }: State, emit: Emit): void {
  const { name, ordinal, kind, seal } = call;
  if (name === undefined) return;
  const { candidate } = place;
  const id = call.id ?? `call_${shortHash(`${place.answerId()}/${candidate}/${ordinal}`)}`;
  const index = place.nextIndex();
  call.id = id;
  call.index = index;
  emit(compact({ type: 'tool-call-start' as const, candidate, index, id, name, kind, seal }));
  sendInput(call, { place, emit, input: call.waiting });
  call.waiting = '';
}

function sendInput(
  { index }: Call,
  sent: { readonly place: ToolCallPlace; readonly emit: Emit; readonly input: string },
): void {
  const { place, emit, input } = sent;
  if (index === undefined || input === '') return;
  emit({ type: 'tool-call-delta', candidate: place.candidate, index, input });
}

function reportLate({ input }: Piece, { report }: ToolCallPlace): void {
  if (input === '') return;
  report({
    feature: 'tool-call-input',
    path: 'tool_calls',
    action: 'dropped',
    reason: 'order',
    effect: 'answer',
    detail: 'input of a tool call arrived after the call had ended',
  });
}

function end(call: Call, state: State, emit: Emit): void {
  const { candidate, report } = state.place;
  if (call.index === undefined) start(call, state, emit);
  call.isClosed = true;
  if (call.index !== undefined) {
    emit({ type: 'tool-call-end', candidate, index: call.index });
    return;
  }
  report({
    feature: 'tool-call',
    path: 'tool_calls',
    action: 'dropped',
    reason: 'invalid',
    effect: 'answer',
    detail: 'a tool call without a name',
  });
}

export function holdsToolCalls(delta: JsonObject): boolean {
  return piecesOf(delta).length > 0;
}

/** Snowflake fills every field of every shape, with empty texts where it means nothing. */
function piecesOf(delta: JsonObject): readonly Piece[] {
  const legacy = objectIn(delta, 'function_call');
  const calls = objectsIn(delta, 'tool_calls').map(pieceOf);
  if (legacy === undefined) return calls;
  const piece = { ...pieceOf({ function: legacy }), key: LEGACY_KEY };
  return piece.name === undefined && piece.input === '' ? calls : [...calls, piece];
}

function pieceOf(call: JsonObject): Piece {
  const custom = objectIn(call, 'custom');
  const isCustom = call['type'] === 'custom' || (custom !== undefined && !call['function']);
  const body = (isCustom ? custom : objectIn(call, 'function')) ?? {};
  return {
    key: numberIn(call, 'index'),
    kind: isCustom ? 'custom' : undefined,
    id: filledIn(call, 'id'),
    name: filledIn(body, 'name'),
    input: inputText(body[isCustom ? 'input' : 'arguments']),
    seal: sealOf(call),
  };
}

/** Text by the book; a few servers send the object itself. */
function inputText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : stringifyJson(value);
}

function sealOf(call: JsonObject): Seal | undefined {
  const google = objectIn(objectIn(call, 'extra_content') ?? {}, 'google') ?? {};
  const data = filledIn(google, 'thought_signature');
  if (data === undefined) return undefined;
  return { format: 'openai-chat', kind: 'signature', data };
}
