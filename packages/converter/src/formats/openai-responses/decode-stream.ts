/** An upstream's stream into the neutral one. */

import { compact } from '../../compact.ts';
import type { StreamDecoder } from '../../format.ts';
import type { ApiError } from '../../ir/response.ts';
import type { Emit } from '../../ir/stream.ts';
import { isObject, type JsonObject, tryParseJson } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { filledIn, objectIn } from '../../openai/lenient.ts';
import type { SseEvent } from '../../sse/parser.ts';
import { readUsage } from './decode-response.ts';
import { errorInEvent, errorInResponse } from './errors.ts';
import { finishFromWire } from './mappings.ts';
import { createOutputDecoder, itemsOf, type OutputDecoder } from './output-items.ts';
import { CANDIDATE, eventName } from './output-part.ts';

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
  readonly output: OutputDecoder;
  answerId: string;
  hasStarted: boolean;
  isOver: boolean;
}

export function decodeStream(report: Report): StreamDecoder {
  const state: State = {
    output: createOutputDecoder({ report, answerId: () => state.answerId }),
    answerId: '',
    hasStarted: false,
    isOver: false,
  };
  return {
    push(event, emit) {
      if (!state.isOver) takeEvent(event, state, emit);
    },
    end(emit) {
      if (!state.isOver) fail(state.hasStarted ? cutStream : noAnswer, state, emit);
    },
  };
}

/** Some servers send OpenAI's other end mark; it says nothing that the last event has not said. */
const END_MARK = '[DONE]';

function takeEvent({ event: sseName, data }: SseEvent, state: State, emit: Emit): void {
  const text = data.trim();
  if (text === '' || text === END_MARK) return;
  const parsed = tryParseJson(text);
  if (!isObject(parsed)) return fail(brokenEvent, state, emit);
  const type = filledIn(parsed, 'type') ?? sseName ?? '';
  const event = parsed['type'] === type ? parsed : { ...parsed, type };
  const response = objectIn(event, 'response') ?? {};
  switch (eventName(event)) {
    case 'created':
    case 'queued':
    case 'in_progress':
      return start(response, state, emit);
    case 'completed':
    case 'incomplete':
    case 'done':
      return finish(response, state, emit);
    case 'failed':
    case 'cancelled':
      return fail(errorInResponse(response) ?? errorInEvent(event), state, emit);
    case 'error':
      return fail(errorInEvent(event), state, emit);
    default:
      return takeOutput(event, state, emit);
  }
}

function takeOutput(event: JsonObject, state: State, emit: Emit): void {
  const isOwn = filledIn(event, 'type')?.startsWith('response.') ?? false;
  if (event['error'] && !isOwn) {
    return fail(errorInEvent(event), state, emit);
  }
  if (event['output_index'] === undefined && event['item_id'] === undefined) return;
  start({}, state, emit);
  state.output.push(event, emit);
}

function start(response: JsonObject, state: State, emit: Emit): void {
  if (state.hasStarted) return;
  state.hasStarted = true;
  const id = filledIn(response, 'id') ?? '';
  state.answerId = id;
  emit({ type: 'message-start', id, model: filledIn(response, 'model') ?? '' });
}

/** A status that says failure wins over an event that says success. */
function finish(response: JsonObject, state: State, emit: Emit): void {
  const error = errorInResponse(response);
  if (error !== undefined) return fail(error, state, emit);
  start(response, state, emit);
  state.isOver = true;
  state.output.complete(itemsOf(response), emit);
  state.output.close(emit);
  const reason = finishFromWire(response, state.output.hasToolCalls());
  emit({ type: 'finish', candidate: CANDIDATE, finish: reason });
  emit(compact({ type: 'message-end' as const, usage: readUsage(response) }));
}

function fail(error: ApiError, state: State, emit: Emit): void {
  state.isOver = true;
  state.output.cut(emit);
  emit({ type: 'stream-error', error });
}
