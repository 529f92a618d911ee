/** Writes one candidate of a stream: the JSON of each chunk's candidate, and of the closing one. */
import type { AnswerContext } from '../../format.ts';
import type { Citation, Seal, TokenLogprob } from '../../ir/part.ts';
import type { ApiError, Finish } from '../../ir/response.ts';
import type { StreamPart } from '../../ir/stream.ts';
import { argumentsOf } from './encode-contents.ts';
import { callSignature, closingPart, formerSeal, signed } from './encode-response.ts';
import { bytesIn, encodeGrounding, type PlacedCitation } from './grounding.ts';
import { encodeLogprobs } from './logprobs.ts';
import { encodeFinish, reportPause } from './mappings.ts';
import { encodeAnswerMedia } from './media.ts';
import { createSealCarrier, type SealCarrier } from './seals.ts';
import type { WireCandidate, WirePart } from './wire.ts';

/** A call is written whole, so its arguments wait here. */
const ARGUMENT_CHARACTERS_MAX = 8 * 1024 * 1024;

/** Text that may yet be cited, kept to turn positions into bytes; only with a search tool. */
const CITED_CHARACTERS_MAX = 256 * 1024;

type ContentPart = Exclude<
  StreamPart,
  { type: 'message-start' | 'message-end' | 'stream-error' | 'ping' | 'finish' }
>;

type CallEnd = Extract<StreamPart, { readonly type: 'tool-call-end' }>;

type Emit = (candidate: string) => void;

export interface CandidateWriter {
  /** Hands on the JSON of candidates; an error when the part cannot be written. */
  push(part: ContentPart, emit: Emit): ApiError | undefined;
  finish(finish: Finish): void;
  closing(): WireCandidate;
}

interface Call {
  readonly id: string;
  readonly name: string;
  readonly kind: 'function' | 'custom';
  readonly seal: Seal | undefined;
  readonly pieces: string[];
  size: number;
}

interface State {
  readonly context: AnswerContext;
  readonly candidate: number;
  readonly carrier: SealCarrier;
  readonly isThoughtShown: boolean;
  readonly isCiting: boolean;
  readonly calls: Map<number, Call>;
  readonly cited: PlacedCitation[];
  /** The text that is being written, and how many bytes of visible text came before it. */
  text: string;
  bytesBefore: number;
  finish: Finish | undefined;
  /** Ends a chunk's candidate, from behind the part on. */
  readonly suffix: string;
}

const PREFIX = '{"content":{"parts":[';

export function createCandidateWriter(candidate: number, context: AnswerContext): CandidateWriter {
  const state: State = {
    context,
    candidate,
    carrier: createSealCarrier(context),
    isThoughtShown: context.request.reasoning?.visible === true,
    isCiting: context.request.tools.some(({ type }) => type === 'web-search'),
    calls: new Map(),
    cited: [],
    text: '',
    bytesBefore: 0,
    finish: undefined,
    suffix: `],"role":"model"},"index":${candidate}}`,
  };
  return {
    push: (part, emit) => push(state, part, emit),
    finish(finish) {
      reportPause(finish, context.report);
      state.finish = finish;
    },
    closing: () => closing(state),
  };
}

function push(state: State, part: ContentPart, emit: Emit): ApiError | undefined {
  const { carrier } = state;
  const write = (wire: WirePart): void => emit(chunkOf(state, wire));
  switch (part.type) {
    case 'text-delta':
      if (state.isCiting && state.text.length <= CITED_CHARACTERS_MAX) state.text += part.text;
      emit(textChunk(state, part.text, part.logprobs));
      break;
    case 'refusal-delta':
      emit(textChunk(state, part.text, undefined));
      break;
    case 'text-end':
      endText(state, part.citations);
      if (part.seal !== undefined) write({ text: '', ...signed(carrier.own(part.seal)) });
      break;
    case 'reasoning-delta':
      carrier.reasoningText(part.text);
      if (state.isThoughtShown && part.text !== '') write({ text: part.text, thought: true });
      break;
    case 'reasoning-start':
      for (const former of formerSeal(carrier)) write(former);
      break;
    case 'reasoning-end':
      carrier.reasoningEnd(part.seal);
      break;
    case 'tool-call-start':
      state.calls.set(part.index, { ...part, seal: part.seal, pieces: [], size: 0 });
      break;
    case 'tool-call-delta':
      return addInput(state, part.index, part.input);
    case 'tool-call-end':
      endCall(state, part, emit);
      break;
    case 'media':
      write(encodeAnswerMedia(part.part));
      break;
    case 'text-start':
    case 'refusal-start':
    case 'refusal-end':
  }
  return undefined;
}

/** The bulk of every stream: nothing but the text itself is serialised. */
function textChunk(
  state: State,
  text: string,
  logprobs: readonly TokenLogprob[] | undefined,
): string {
  const signature = state.carrier.take();
  const mark = signature === undefined ? '' : `,"thoughtSignature":"${signature}"`;
  const chunk = `${PREFIX}{"text":${JSON.stringify(text)}${mark}}${state.suffix}`;
  if (logprobs === undefined || logprobs.length === 0) return chunk;
  return `${chunk.slice(0, -1)},"logprobsResult":${JSON.stringify(encodeLogprobs(logprobs))}}`;
}

function endText(state: State, citations: readonly Citation[] | undefined): void {
  const { text, bytesBefore } = state;
  const isKnown = state.isCiting && text.length <= CITED_CHARACTERS_MAX;
  for (const citation of citations ?? []) {
    const { start, end } = citation;
    const isPlaced = isKnown && start !== undefined && end !== undefined;
    const startByte = isPlaced ? bytesBefore + bytesIn(text, 0, start) : undefined;
    const endByte =
      isPlaced && startByte !== undefined ? startByte + bytesIn(text, start, end) : undefined;
    const own = isPlaced ? { ...citation, citedText: text.slice(start, end) } : citation;
    state.cited.push({ citation: own, startByte, endByte });
  }
  state.bytesBefore += bytesIn(text, 0, text.length);
  state.text = '';
}

function addInput(state: State, index: number, input: string): ApiError | undefined {
  const call = state.calls.get(index);
  if (call === undefined) return undefined;
  call.size += input.length;
  if (call.size > ARGUMENT_CHARACTERS_MAX) {
    return {
      kind: 'server',
      status: 502,
      code: 'tool_call_too_large',
      message: `the arguments of a call to ${call.name} are longer than ${ARGUMENT_CHARACTERS_MAX} characters`,
    };
  }
  call.pieces.push(input);
  return undefined;
}

/** A client runs every call that it gets. */
function endCall(state: State, { index, cut }: CallEnd, emit: Emit): void {
  const call = state.calls.get(index);
  state.calls.delete(index);
  if (call === undefined || cut === true) return;
  const { id, name, kind, seal } = call;
  const input = call.pieces.join('');
  const path = `candidates[${state.candidate}].content.parts[].functionCall.args`;
  const args = kind === 'custom' ? { input } : argumentsOf(input, path, state.context.report);
  const signature = signed(callSignature(seal, state.carrier));
  emit(chunkOf(state, { functionCall: { id, name, args }, ...signature }));
}

function chunkOf({ suffix }: State, part: WirePart): string {
  return `${PREFIX}${JSON.stringify(part)}${suffix}`;
}

function closing(state: State): WireCandidate {
  const finish = state.finish ?? { reason: 'stop' };
  return {
    content: { role: 'model', parts: [closingPart(state.carrier)] },
    finishReason: encodeFinish(finish),
    finishMessage: finish.message,
    index: state.candidate,
    groundingMetadata: encodeGrounding(state.cited),
  };
}
