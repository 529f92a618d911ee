/** Reads a stream that passes through untouched: has it begun, has it ended well, what did it cost. */
import type { StreamObserver } from '../../format.ts';
import type { ApiError, Usage } from '../../ir/response.ts';
import { isObject, type JsonObject, tryParseJson } from '../../json.ts';
import { filledIn, objectIn } from '../../openai/lenient.ts';
import { readUsage } from './decode-response.ts';
import { errorInEvent, errorInResponse } from './errors.ts';
import { eventName } from './output-part.ts';

/**
 * Of a stream that has begun only these events say anything new. In text the quotes are escaped, so
 * that what a model writes does not match.
 */
const telling =
  /"type"\s*:\s*"(?:error|response\.(?:completed|incomplete|failed|cancelled|done))"|"error"\s*:\s*\{/;

export function observeStream(): StreamObserver {
  let begun = false;
  let hasEnded = false;
  let usage: Usage | undefined;
  let error: ApiError | undefined;

  function take(event: JsonObject): void {
    const response = objectIn(event, 'response');
    usage = readUsage(response ?? {}) ?? usage;
    const name = eventName(event);
    if (response === undefined && (name === 'error' || event['error'])) {
      error ??= errorInEvent(event);
    } else if (response !== undefined) error ??= errorInResponse(response);
    if (name === 'failed' || name === 'cancelled') error ??= errorInEvent(event);
    if (error !== undefined) return;
    hasEnded ||= ends.has(name);
    begun ||= hasEnded || isOutput(name);
  }

  return {
    push({ event: sseName, data }) {
      if (begun && sseName !== 'error' && !telling.test(data)) return;
      const event = tryParseJson(data.trim(), 'plain');
      if (!isObject(event)) return;
      take(filledIn(event, 'type') === undefined && sseName ? { ...event, type: sseName } : event);
    },
    begun() {
      return begun;
    },
    finished() {
      return error === undefined && hasEnded;
    },
    usage() {
      return usage;
    },
    error() {
      return error;
    },
  };
}

const ends: ReadonlySet<string> = new Set(['completed', 'incomplete', 'done']);

/** What comes before anything was said, and what only keeps the connection alive. */
const silent: ReadonlySet<string> = new Set([
  '',
  'created',
  'queued',
  'in_progress',
  'keepalive',
  'output_item.added',
  'content_part.added',
  'reasoning_summary_part.added',
]);

function isOutput(name: string): boolean {
  return !silent.has(name);
}
