/** Reads one candidate of an answer: its parts extend what is open or open something new. */

import { allGathered, createGatheredText, type GatheredText, gather } from '../../gathered-text.ts';
import type { Citation, Seal, TokenLogprob } from '../../ir/part.ts';
import type { Emit } from '../../ir/stream.ts';
import { isObject, type JsonObject, type JsonValue, stringifyJson } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { isPresent } from './fields.ts';
import { decodeGrounding, hasGrounding, type Segment } from './grounding.ts';
import { callIdOf } from './ids.ts';
import { decodeLogprobs } from './logprobs.ts';
import { decodeFinish, finishNameOf } from './mappings.ts';
import { decodeBlob, decodeFile } from './media.ts';
import { createPartialArgs, type PartialArgs } from './partial-args.ts';
import { genuineSeal } from './seals.ts';
import { type ServerPart, serverParts, transcriptOf } from './transcript.ts';

/**
 * Visible text is kept only to turn the byte positions of citations into positions of ours; citations
 * of longer answers go without positions.
 */
const CITED_CHARACTERS_MAX = 1024 * 1024;

export interface CandidateDecoder {
  add(wire: JsonObject, emit: Emit): void;
  /** Closes what is open; the finish is emitted unless the answer was cut. */
  end(emit: Emit, isCut: boolean): void;
  isFinished(): boolean;
}

export interface CandidateOptions {
  readonly candidate: number;
  /** What makes the ids of this answer's calls differ from those of others. */
  readonly seed: string;
  readonly isWhole: boolean;
  readonly lose: Report;
}

interface Open {
  readonly type: 'text' | 'reasoning';
  readonly index: number;
  seal: Seal | undefined;
}

interface PartialCall {
  readonly name: string;
  readonly id: string;
  readonly seal: Seal | undefined;
  readonly args: PartialArgs;
}

interface State extends CandidateOptions {
  parts: number;
  calls: number;
  open: Open | undefined;
  /** Texts of a whole answer that await their citations. */
  readonly closed: Open[];
  partial: PartialCall | undefined;
  readonly visible: GatheredText;
  readonly segments: Segment[];
  readonly grounding: JsonObject[];
  logprobs: readonly TokenLogprob[] | undefined;
  raw: string | undefined;
  message: string | undefined;
}

export function createCandidateDecoder(options: CandidateOptions): CandidateDecoder {
  const state: State = {
    ...options,
    parts: 0,
    calls: 0,
    open: undefined,
    closed: [],
    partial: undefined,
    visible: createGatheredText(),
    segments: [],
    grounding: [],
    logprobs: undefined,
    raw: undefined,
    message: undefined,
  };
  return {
    add: (wire, emit) => addChunk(state, wire, emit),
    end: (emit, isCut) => endCandidate(state, emit, isCut),
    isFinished() {
      return state.raw !== undefined;
    },
  };
}

function addChunk(state: State, wire: JsonObject, emit: Emit): void {
  const logprobs = decodeLogprobs(wire['logprobsResult']);
  state.logprobs = logprobs.length > 0 ? logprobs : undefined;
  const { content } = wire;
  const parts = isObject(content) && Array.isArray(content['parts']) ? content['parts'] : [];
  for (const part of parts) if (isObject(part)) addPart(state, part, emit);
  if (state.logprobs !== undefined) addText(state, { text: '', seal: undefined }, emit);
  if (hasGrounding(wire)) state.grounding.push(wire);
  state.raw = finishNameOf(wire['finishReason']) ?? state.raw;
  if (typeof wire['finishMessage'] === 'string') state.message = wire['finishMessage'];
}

function endCandidate(state: State, emit: Emit, isCut: boolean): void {
  if (state.partial !== undefined && !isCut) endPartialCall(state, emit);
  const cited = isCut ? new Map<number, readonly Citation[]>() : citationsOf(state);
  close(state, emit, cited);
  for (const { index, seal } of state.closed) {
    const citations = cited.get(index);
    emit({ type: 'text-end', candidate: state.candidate, index, citations, seal });
  }
  if (isCut) return;
  const { candidate, message } = state;
  const raw = state.raw ?? (state.parts === 0 ? 'OTHER' : undefined);
  if (raw === 'CONTINUATION') {
    lose(
      state,
      'continuation',
      'The answer goes on, but only a Gemini client can ask for the rest.',
    );
  }
  const hasToolCall = state.calls > 0;
  emit({ type: 'finish', candidate, finish: decodeFinish({ raw, message, hasToolCall }) });
}

function addPart(state: State, wire: JsonObject, emit: Emit): void {
  const { text, thoughtSignature } = wire;
  const isSigned = typeof thoughtSignature === 'string' && thoughtSignature !== '';
  const seal = isSigned ? genuineSeal(thoughtSignature) : undefined;
  const isThought = wire['thought'] === true;
  if (isObject(wire['functionCall'])) return addCall(state, wire['functionCall'], { seal, emit });
  if (typeof text === 'string') {
    return isThought
      ? addThought(state, { text, seal }, emit)
      : addText(state, { text, seal }, emit);
  }
  const kind = serverParts.find((key) => isPresent(wire[key]));
  const isMedia = isPresent(wire['inlineData']) || isPresent(wire['fileData']);
  if (seal !== undefined && (isMedia || kind !== undefined)) {
    lose(state, 'thought-signature', 'Only texts, thoughts and calls can bear one elsewhere.');
  }
  if (isMedia && isThought) return lose(state, 'thought-media', 'A picture only thought of.');
  if (isMedia) return addMedia(state, wire, emit);
  if (kind !== undefined) return addServerPart(state, { kind, value: wire[kind] }, emit);
  if (seal !== undefined) return addText(state, { text: '', seal }, emit);
  if (Object.keys(wire).length > 0)
    lose(state, 'answer-part', 'A kind of part that is unknown here.');
}

interface Piece {
  readonly text: string;
  readonly seal: Seal | undefined;
}

function addText(state: State, { text, seal }: Piece, emit: Emit): void {
  const isSame = state.open?.type === 'text' && state.open.seal === undefined;
  if (text === '' && seal === undefined && (state.logprobs === undefined || !isSame)) return;
  const open = isSame && state.open !== undefined ? state.open : start(state, 'text', emit);
  if (text !== '' || state.logprobs !== undefined) {
    const { candidate, logprobs } = state;
    const { index } = open;
    emit(
      logprobs === undefined
        ? { type: 'text-delta', candidate, index, text }
        : { type: 'text-delta', candidate, index, text, logprobs },
    );
    state.logprobs = undefined;
  }
  if (state.visible.length <= CITED_CHARACTERS_MAX) gather(state.visible, text);
  open.seal = seal;
}

function addThought(state: State, { text, seal }: Piece, emit: Emit): void {
  if (text === '' && seal === undefined) return;
  const isSame = state.open?.type === 'reasoning' && state.open.seal === undefined;
  const open = isSame && state.open !== undefined ? state.open : start(state, 'reasoning', emit);
  const { candidate } = state;
  if (text !== '') emit({ type: 'reasoning-delta', candidate, index: open.index, text });
  open.seal = seal;
}

function start(state: State, type: Open['type'], emit: Emit): Open {
  close(state, emit);
  const open: Open = { type, index: state.parts++, seal: undefined };
  const { candidate } = state;
  const { index } = open;
  if (type === 'text') {
    emit({ type: 'text-start', candidate, index });
    state.segments.push({ index, start: state.visible.length });
  } else emit({ type: 'reasoning-start', candidate, index });
  state.open = open;
  return open;
}

function close(
  state: State,
  emit: Emit,
  cited: ReadonlyMap<number, readonly Citation[]> = new Map(),
): void {
  const { candidate, open } = state;
  if (open === undefined) return;
  state.open = undefined;
  const { index, seal } = open;
  if (open.type === 'reasoning') emit({ type: 'reasoning-end', candidate, index, seal });
  else if (state.isWhole) state.closed.push(open);
  else emit({ type: 'text-end', candidate, index, citations: cited.get(index), seal });
}

interface Arrival {
  readonly seal: Seal | undefined;
  readonly emit: Emit;
}

function addCall(state: State, wire: JsonObject, { seal, emit }: Arrival): void {
  const name = typeof wire['name'] === 'string' ? wire['name'] : '';
  const isPartial = wire['willContinue'] === true || isPresent(wire['partialArgs']);
  if (state.partial !== undefined && name !== '' && !isPartial) endPartialCall(state, emit);
  if (isPartial || state.partial !== undefined) {
    state.partial ??= { name, id: idOf(state, wire, name), seal, args: createPartialArgs() };
    state.partial.args.add(wire['partialArgs']);
    if (wire['willContinue'] !== true) endPartialCall(state, emit);
    return;
  }
  const input = isObject(wire['args']) ? stringifyJson(wire['args']) : '{}';
  emitCall(state, { id: idOf(state, wire, name), name, seal, input }, emit);
}

function idOf(state: State, wire: JsonObject, name: string): string {
  const { id } = wire;
  if (typeof id === 'string' && id !== '') return id;
  return callIdOf(state.seed, state.candidate, state.calls, name);
}

function endPartialCall(state: State, emit: Emit): void {
  const { partial } = state;
  if (partial === undefined) return;
  state.partial = undefined;
  const input = partial.args.text();
  if (input === undefined) lose(state, 'tool-call-arguments', 'They are too large.');
  emitCall(state, { ...partial, input: input ?? '{}' }, emit);
}

interface WholeCall {
  readonly id: string;
  readonly name: string;
  readonly seal: Seal | undefined;
  readonly input: string;
}

function emitCall(state: State, { id, name, seal, input }: WholeCall, emit: Emit): void {
  close(state, emit);
  const { candidate } = state;
  const index = state.parts++;
  state.calls++;
  emit({ type: 'tool-call-start', candidate, index, id, name, kind: 'function', seal });
  emit({ type: 'tool-call-delta', candidate, index, input });
  emit({ type: 'tool-call-end', candidate, index });
}

function addMedia(state: State, wire: JsonObject, emit: Emit): void {
  const { inlineData: blob, fileData: file } = wire;
  const isBlob =
    isObject(blob) && typeof blob['mimeType'] === 'string' && typeof blob['data'] === 'string';
  const isFile = isObject(file) && typeof file['fileUri'] === 'string';
  if (!isBlob && !isFile)
    return lose(state, 'answer-media', 'It holds neither data nor an address.');
  close(state, emit);
  const part = isBlob ? decodeBlob(blob, 'inlineData') : decodeFile(isFile ? file : {}, 'fileData');
  emit({ type: 'media', candidate: state.candidate, index: state.parts++, part });
}

interface ServerRun {
  readonly kind: ServerPart;
  readonly value: JsonValue | undefined;
}

/** Code and its output are part of what the model says; its searches are told by the citations. */
function addServerPart(state: State, { kind, value }: ServerRun, emit: Emit): void {
  if (kind === 'toolCall' || kind === 'toolResponse') {
    return lose(state, 'server-tool', 'What Gemini looked up itself is not told.');
  }
  state.lose({
    feature: 'code-execution',
    path: `candidates[${state.candidate}].content.parts`,
    action: 'weakened',
    reason: 'emulated',
    effect: 'hint',
    detail: 'Code that ran and its output are told as text.',
  });
  close(state, emit);
  const { candidate } = state;
  const index = state.parts++;
  emit({ type: 'text-start', candidate, index });
  emit({ type: 'text-delta', candidate, index, text: transcriptOf(kind, value) });
  emit({ type: 'text-end', candidate, index });
}

/** In a stream only the open text can still get citations: those of earlier ones go there, unplaced. */
function citationsOf(state: State): ReadonlyMap<number, readonly Citation[]> {
  const { grounding, visible, segments, open } = state;
  if (grounding.length === 0) return new Map();
  const cited = decodeGrounding(grounding, { text: allGathered(visible), segments });
  const isTooLong = visible.length > CITED_CHARACTERS_MAX;
  if (cited.size === 0 || (state.isWhole && !isTooLong)) return cited;
  const home = state.isWhole
    ? segments.at(-1)?.index
    : open?.type === 'text'
      ? open.index
      : undefined;
  if (home === undefined) {
    lose(state, 'citations', 'They came after the text that they belong to.');
    return new Map();
  }
  const moved = [...cited].flatMap(([index, citations]) =>
    index === home && !isTooLong ? citations : citations.map(unplaced),
  );
  return new Map([[home, moved]]);
}

function unplaced({ url, title, citedText }: Citation): Citation {
  return { url, title, citedText };
}

function lose(state: State, feature: string, detail: string): void {
  state.lose({
    feature,
    path: `candidates[${state.candidate}]`,
    action: 'dropped',
    reason: 'unsupported',
    effect: 'hint',
    detail,
  });
}
