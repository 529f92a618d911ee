/** An upstream's stream into the neutral one. */

import { compact } from '../../compact.ts';
import type { StreamDecoder } from '../../format.ts';
import type { ApiError, Usage } from '../../ir/response.ts';
import type { Emit } from '../../ir/stream.ts';
import { isObject, type JsonObject, tryParseJson } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { filledIn, objectsIn } from '../../openai/lenient.ts';
import type { SseEvent } from '../../sse/parser.ts';
import { type ChoiceDecoder, createChoiceDecoder } from './decode-choice.ts';
import { errorInChoice, readUsage } from './decode-response.ts';
import { errorInBody } from './errors.ts';

const invalid = { kind: 'server', status: 502, code: 'upstream_invalid_response' } as const;

const brokenEvent: ApiError = {
  ...invalid,
  message: "an event of the upstream's stream is not a JSON object",
};

const noAnswer: ApiError = { ...invalid, message: "the upstream's stream held no answer" };

const cutStream: ApiError = {
  kind: 'server',
  status: 502,
  code: 'upstream_stream_cut',
  message: 'the upstream closed its stream before the answer was complete',
};

interface State {
  readonly report: Report;
  readonly choices: Map<number, ChoiceDecoder>;
  answerId: string;
  hasStarted: boolean;
  isOver: boolean;
  usage: Usage | undefined;
}

export function decodeStream(report: Report): StreamDecoder {
  const choices = new Map<number, ChoiceDecoder>();
  const state: State = {
    report,
    choices,
    answerId: '',
    hasStarted: false,
    isOver: false,
    usage: undefined,
  };
  return {
    push(event, emit) {
      if (!state.isOver) takeEvent(event, state, emit);
    },
    end(emit) {
      if (state.isOver) return;
      const isComplete = [...choices.values()].every((choice) => choice.isFinished());
      if (choices.size > 0 && isComplete) succeed(state, emit);
      else fail(state.hasStarted ? cutStream : noAnswer, state, emit);
    },
  };
}

function takeEvent({ event, data }: SseEvent, state: State, emit: Emit): void {
  const text = data.trim();
  if (text === '') return;
  if (text === '[DONE]') {
    if (state.choices.size > 0) succeed(state, emit);
    else fail(noAnswer, state, emit);
    return;
  }
  const chunk = tryParseJson(text);
  if (!isObject(chunk)) return fail(brokenEvent, state, emit);
  const choices = objectsIn(chunk, 'choices');
  const named = event === 'error' ? { error: chunk } : {};
  const error =
    errorInBody(chunk) ?? errorInBody(named) ?? choices.map(errorInChoice).find(isObject);
  if (error === undefined) takeChunk(chunk, state, emit);
  else fail(error, state, emit);
}

function takeChunk(chunk: JsonObject, state: State, emit: Emit): void {
  const { choices, report } = state;
  const usage = readUsage(chunk);
  // Some servers end with zeros after they told the truth.
  if (usage !== undefined && !(isZero(usage) && state.usage !== undefined)) state.usage = usage;
  start(chunk, state, emit);
  for (const [position, choice] of objectsIn(chunk, 'choices').entries()) {
    const candidate = indexOf(choice, position);
    const answerId = (): string => state.answerId;
    const decoder = choices.get(candidate) ?? createChoiceDecoder({ candidate, report, answerId });
    choices.set(candidate, decoder);
    decoder.push(choice, emit);
  }
}

/** Azure begins with a chunk about its filters that has neither id nor choices: no answer yet. */
function start(chunk: JsonObject, state: State, emit: Emit): void {
  const id = filledIn(chunk, 'id');
  const hasChoices = objectsIn(chunk, 'choices').length > 0;
  if (state.hasStarted || (id === undefined && !hasChoices)) return;
  state.hasStarted = true;
  state.answerId = id ?? '';
  const model = filledIn(chunk, 'model') ?? '';
  const { answerId, usage } = state;
  emit(compact({ type: 'message-start' as const, id: answerId, model, usage }));
}

/** Ends wait until here: a late tool call or late usage may still follow a choice's finish. */
function succeed(state: State, emit: Emit): void {
  state.isOver = true;
  const ordered = [...state.choices].toSorted(([one], [other]) => one - other);
  for (const [candidate, choice] of ordered) {
    choice.close(emit);
    emit({ type: 'finish', candidate, finish: choice.finish() });
  }
  emit(compact({ type: 'message-end' as const, usage: state.usage }));
}

function fail(error: ApiError, state: State, emit: Emit): void {
  state.isOver = true;
  for (const choice of state.choices.values()) choice.cut(emit);
  emit({ type: 'stream-error', error });
}

function isZero({ fresh, cacheRead, text, reasoning }: Usage): boolean {
  return fresh === 0 && text === 0 && (cacheRead ?? 0) === 0 && (reasoning ?? 0) === 0;
}

/** Missing and impossible numbers are taken for the position in the chunk. */
function indexOf(choice: JsonObject, position: number): number {
  const index = choice['index'];
  return typeof index === 'number' && Number.isInteger(index) && index >= 0 ? index : position;
}
