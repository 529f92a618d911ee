/** One candidate of a stream as chunks: its beginning, its deltas, its end. */
import type { AnswerContext } from '../../format.ts';
import type { MediaPart } from '../../ir/part.ts';
import type { Finish } from '../../ir/response.ts';
import type { StreamPart } from '../../ir/stream.ts';
import { stringifyJson } from '../../json.ts';
import { createOffsetCounter, type OffsetCounter } from '../../openai/offsets.ts';
import {
  annotation,
  createReasoningDetails,
  imageUrl,
  isLegacyClient,
  type ReasoningDetails,
} from './answer-fields.ts';
import { type CallWriter, createCallWriter } from './encode-tool-calls.ts';
import { finishToWire, logprobsToWire, reportPause } from './mappings.ts';
import type { WireReasoningDetail } from './wire.ts';

type Write = (text: string) => void;

/** What happens to one candidate. */
type ChoicePart = Extract<StreamPart, { readonly candidate: number }>;

export interface ChoicePlace {
  readonly candidate: number;
  readonly context: AnswerContext;
  /** Everything of a chunk up to the choice. */
  readonly head: string;
  /** Everything after it. */
  readonly tail: string;
}

type TextDelta = Extract<StreamPart, { readonly type: 'text-delta' }>;
type TextEnd = Extract<StreamPart, { readonly type: 'text-end' }>;

/** To be changed by the functions of this module only. */
export interface Choice {
  readonly candidate: number;
  readonly context: AnswerContext;
  /** A chunk without its delta's fields: the text before and behind them. */
  readonly before: string;
  readonly after: string;
  readonly tail: string;
  readonly calls: CallWriter;
  readonly details: ReasoningDetails;
  readonly counter: OffsetCounter;
  textStart: number;
  reasoningLength: number;
  hasRefused: boolean;
  isFinished: boolean;
}

export function createChoice(place: ChoicePlace): Choice {
  const { candidate, context, head, tail } = place;
  // Joined, which copies: what was put together by `+` is gathered anew with every delta.
  const before = [head, `{"index":${candidate},"delta":{`].join('');
  const after = ['},"logprobs":null,"finish_reason":null}', tail].join('');
  return {
    candidate,
    context,
    before,
    after,
    tail,
    calls: createCallWriter(context, (fields, write) => write(before + fields + after)),
    details: createReasoningDetails(context),
    counter: createOffsetCounter(),
    textStart: 0,
    reasoningLength: 0,
    hasRefused: false,
    isFinished: false,
  };
}

/** The first chunk, which carries the role. */
export function beginChoice(choice: Choice, write: Write): void {
  writeDelta('"role":"assistant","content":""', choice, write);
}

export function pushPart(part: ChoicePart, state: Choice, write: Write): void {
  switch (part.type) {
    case 'text-start':
      state.textStart = state.counter.units();
      return;
    case 'text-delta':
      return writeText(part, state, write);
    case 'text-end':
      return writeTextEnd(part, state, write);
    case 'reasoning-start':
      state.reasoningLength = 0;
      return;
    case 'reasoning-delta':
      state.reasoningLength += part.text.length;
      return writeReasoning(part.text, state, write);
    case 'reasoning-end': {
      const ended = { textLength: state.reasoningLength, seal: part.seal };
      return writeDetails(state.details.reasoning(ended), state, write);
    }
    case 'refusal-delta':
      state.hasRefused = true;
      return writeDelta(`"refusal":${stringifyJson(part.text)}`, state, write);
    case 'refusal-start':
    case 'refusal-end':
      return;
    case 'tool-call-start':
      return state.calls.start(part, write);
    case 'tool-call-delta':
      return state.calls.input(part, write);
    case 'tool-call-end':
      return state.calls.end(part, write);
    case 'media':
      return writeImage(part.part, state, write);
    case 'finish':
      return finishChoice(part.finish, state, write);
  }
}

function writeDelta(fields: string, { before, after }: Choice, write: Write): void {
  write(before + fields + after);
}

function writeText({ text, logprobs }: TextDelta, state: Choice, write: Write): void {
  state.counter.add(text);
  const fields = `"content":${stringifyJson(text)}`;
  if (logprobs === undefined || logprobs.length === 0) return writeDelta(fields, state, write);
  const tokens = stringifyJson(logprobsToWire(logprobs));
  write(
    `${state.before}${fields}},"logprobs":{"content":${tokens},"refusal":null}` +
      `,"finish_reason":null}${state.tail}`,
  );
}

/** Under both of its names: many clients know only one of them, and who knows both takes one. */
function writeReasoning(text: string, state: Choice, write: Write): void {
  const value = stringifyJson(text);
  writeDelta(`"reasoning_content":${value},"reasoning":${value}`, state, write);
}

function writeTextEnd({ citations, seal }: TextEnd, state: Choice, write: Write): void {
  const { counter, textStart, details } = state;
  if (citations !== undefined && citations.length > 0) {
    const place = { counter, start: textStart };
    const annotations = citations.map((citation) => annotation(citation, place));
    writeDelta(`"annotations":${stringifyJson(annotations)}`, state, write);
  }
  if (seal !== undefined) writeDetails(details.text(seal), state, write);
}

function writeDetails(entries: readonly WireReasoningDetail[], state: Choice, write: Write): void {
  for (const entry of entries) {
    writeDelta(`"reasoning_details":[${stringifyJson(entry)}]`, state, write);
  }
}

function writeImage(part: MediaPart, state: Choice, write: Write): void {
  const url = imageUrl(part, state.context);
  if (url === undefined) return;
  const image = stringifyJson({ type: 'image_url', image_url: { url } });
  writeDelta(`"images":[${image}]`, state, write);
}

/** Only the first call counts, so that a missing end can be made up for. */
export function finishChoice(finish: Finish, state: Choice, write: Write): void {
  if (state.isFinished) return;
  state.isFinished = true;
  reportPause(finish, state.context.report);
  const { reason, message } = finish;
  writeDetails(state.details.end(), state, write);
  // The provider's explanation stands in for words that the model itself did not say.
  if (message !== undefined && reason === 'content-filter' && !state.hasRefused) {
    writeDelta(`"refusal":${stringifyJson(message)}`, state, write);
  } else if (
    message !== undefined &&
    reason === 'malformed-tool-call' &&
    state.counter.units() === 0
  ) {
    writeDelta(`"content":${stringifyJson(message)}`, state, write);
  }
  const wire = finishToWire(reason, state.calls.count() > 0);
  const word = wire === 'tool_calls' && isLegacyClient(state.context) ? 'function_call' : wire;
  write(`${state.before}},"logprobs":null,"finish_reason":"${word}"}${state.tail}`);
}
