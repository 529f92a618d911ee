/**
 * One candidate of an answer, whole or in deltas. This format marks no beginnings and ends of parts:
 * a part opens with its first piece and ends when a piece of another kind comes.
 */

import { compact } from '../../compact.ts';
import type { Citation, Seal, TokenLogprob } from '../../ir/part.ts';
import type { Finish } from '../../ir/response.ts';
import type { Emit } from '../../ir/stream.ts';
import type { JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { filledIn, objectIn, objectsIn } from '../../openai/lenient.ts';
import { createOffsetCounter, type OffsetCounter } from '../../openai/offsets.ts';
import {
  type ContentPiece,
  citationsOf,
  contentPieces,
  imagesOf,
  type ReasoningPiece,
  reasoningPieces,
} from './answer-pieces.ts';
import {
  createToolCallDecoder,
  holdsToolCalls,
  type ToolCallDecoder,
} from './decode-tool-calls.ts';
import { finishFromWire, logprobsFromWire, stopSequenceOf } from './mappings.ts';

export interface ChoicePlace {
  readonly candidate: number;
  readonly report: Report;
  answerId(): string;
}

export interface ChoiceDecoder {
  /** A choice with its `delta`, or with a whole `message`. */
  push(choice: JsonObject, emit: Emit): void;
  /** Ends every open part. Idempotent. */
  close(emit: Emit): void;
  /** The stream failed: ends every open part, and says that open calls are no whole ones. */
  cut(emit: Emit): void;
  /** The upstream said why it ended. */
  isFinished(): boolean;
  finish(): Finish;
}

type Kind = 'text' | 'reasoning' | 'refusal';

interface OpenPart {
  readonly kind: Kind;
  readonly index: number;
  /** UTF-16 units of the message's text before this part. */
  readonly start: number;
  citations: readonly Citation[];
  seal: Seal | undefined;
}

interface State {
  readonly place: ChoicePlace;
  readonly counter: OffsetCounter;
  readonly tools: ToolCallDecoder;
  takeIndex(): number;
  open: OpenPart | undefined;
  rawFinish: string | undefined;
  stopSequence: string | undefined;
  hasLostAudio: boolean;
}

export function createChoiceDecoder(place: ChoicePlace): ChoiceDecoder {
  let nextIndex = 0;
  const takeIndex = (): number => nextIndex++;
  const state: State = {
    place,
    counter: createOffsetCounter(),
    tools: createToolCallDecoder({ ...place, nextIndex: takeIndex }),
    takeIndex,
    open: undefined,
    rawFinish: undefined,
    stopSequence: undefined,
    hasLostAudio: false,
  };
  return {
    push(choice, emit) {
      take(choice, state, emit);
      state.stopSequence = stopSequenceOf(choice) ?? state.stopSequence;
      const reason = filledIn(choice, 'finish_reason');
      if (reason === undefined) return;
      state.rawFinish = reason;
      close(state, emit);
    },
    close: (emit) => close(state, emit),
    cut(emit) {
      closePart(state, emit);
      state.tools.cut(emit);
    },
    isFinished() {
      return state.rawFinish !== undefined;
    },
    finish() {
      const { rawFinish, stopSequence, tools } = state;
      return finishFromWire(rawFinish, { hasToolCalls: tools.count() > 0, stopSequence });
    },
  };
}

/** The order in which a model makes them, since one delta may hold several. */
function take(choice: JsonObject, state: State, emit: Emit): void {
  const delta = objectIn(choice, 'delta') ??
    objectIn(choice, 'message') ?? { content: choice['text'] };
  for (const piece of reasoningPieces(delta)) reason(piece, state, emit);
  const logprobs = logprobsFromWire(choice);
  for (const piece of contentPieces(delta)) {
    takeContent({ ...piece, logprobs }, state, emit);
  }
  hear(delta, state, emit);
  cite(delta, state);
  const refusal = filledIn(delta, 'refusal');
  if (refusal !== undefined) refuse(refusal, state, emit);
  for (const part of imagesOf(delta)) takeContent({ type: 'media', part }, state, emit);
  if (!holdsToolCalls(delta)) return;
  closePart(state, emit);
  state.tools.push(delta, emit);
}

function openPart(kind: Kind, state: State, emit: Emit): OpenPart {
  if (state.open?.kind === kind && state.open.seal === undefined) return state.open;
  close(state, emit);
  const part: OpenPart = {
    kind,
    index: state.takeIndex(),
    start: state.counter.units(),
    citations: [],
    seal: undefined,
  };
  state.open = part;
  emit({ type: `${kind}-start`, candidate: state.place.candidate, index: part.index });
  return part;
}

function close(state: State, emit: Emit): void {
  closePart(state, emit);
  state.tools.close(emit);
}

function closePart(state: State, emit: Emit): void {
  if (state.open === undefined) return;
  const { kind, index, seal, citations } = state.open;
  const { candidate } = state.place;
  state.open = undefined;
  if (kind === 'refusal') emit({ type: 'refusal-end', candidate, index });
  else if (kind === 'reasoning') {
    emit(compact({ type: 'reasoning-end' as const, candidate, index, seal }));
  } else {
    const cited = citations.length === 0 ? undefined : citations;
    emit(compact({ type: 'text-end' as const, candidate, index, citations: cited }));
  }
}

function reason({ text, seal }: ReasoningPiece, state: State, emit: Emit): void {
  if (text === '' && seal === undefined) return;
  // Encrypted reasoning stands for itself; a signature belongs to the text before it.
  if (seal?.kind === 'redacted') closePart(state, emit);
  const part = openPart('reasoning', state, emit);
  const { candidate } = state.place;
  if (text !== '') emit({ type: 'reasoning-delta', candidate, index: part.index, text });
  part.seal = seal;
}

type LoggedPiece = ContentPiece & {
  readonly logprobs?: readonly TokenLogprob[] | undefined;
};

function takeContent(piece: LoggedPiece, state: State, emit: Emit): void {
  const { candidate, report } = state.place;
  if (piece.type === 'text') say(piece, state, emit);
  else if (piece.type === 'reasoning') reason({ text: piece.text }, state, emit);
  else if (piece.type === 'media') {
    close(state, emit);
    emit({ type: 'media', candidate, index: state.takeIndex(), part: piece.part });
  } else {
    report({
      feature: 'content-part',
      path: `choices[${candidate}].message.content`,
      action: 'dropped',
      reason: 'unknown',
      effect: 'answer',
      detail: `a content part of type "${piece.name}" is not known`,
    });
  }
}

function say(
  piece: { readonly text: string; readonly logprobs?: readonly TokenLogprob[] | undefined },
  state: State,
  emit: Emit,
): void {
  const { text, logprobs } = piece;
  // Blank text between tool calls is noise of the server's template, and would end them.
  if (text === '' || (state.tools.hasOpen() && text.trim() === '')) return;
  const { index } = openPart('text', state, emit);
  const { candidate } = state.place;
  state.counter.add(text);
  if (logprobs === undefined) emit({ type: 'text-delta', candidate, index, text });
  else emit({ type: 'text-delta', candidate, index, text, logprobs });
}

function refuse(text: string, state: State, emit: Emit): void {
  const { index } = openPart('refusal', state, emit);
  emit({ type: 'refusal-delta', candidate: state.place.candidate, index, text });
}

/** Of spoken output only the transcript can go on. */
function hear(delta: JsonObject, state: State, emit: Emit): void {
  const audio = objectIn(delta, 'audio');
  if (audio === undefined) return;
  if (filledIn(delta, 'content') === undefined) {
    say({ text: filledIn(audio, 'transcript') ?? '' }, state, emit);
  }
  if (state.hasLostAudio || filledIn(audio, 'data') === undefined) return;
  state.hasLostAudio = true;
  state.place.report({
    feature: 'audio-output',
    path: `choices[${state.place.candidate}].message.audio`,
    action: 'weakened',
    reason: 'unsupported',
    effect: 'answer',
    detail: 'only the transcript of spoken output is carried over',
  });
}

function cite(delta: JsonObject, { open, counter }: State): void {
  if (objectsIn(delta, 'annotations').length === 0 || open?.kind !== 'text') return;
  open.citations = [...open.citations, ...citationsOf(delta, { counter, start: open.start })];
}
