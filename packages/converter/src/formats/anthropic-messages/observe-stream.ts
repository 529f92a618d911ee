/** Watches a stream that passes through: when it begins, whether it ends well, what it costs. */
import type { StreamObserver } from '../../format.ts';
import type { ApiError } from '../../ir/response.ts';
import { isObject, type JsonObject, tryParseJson } from '../../json.ts';
import { errorInBody, plainError } from './errors.ts';
import { decodeUsage, mergeUsage } from './mappings.ts';

/** Once the stream has begun, these many events say nothing that is asked for here, and are not parsed. */
const contentEvents: ReadonlySet<string | undefined> = new Set([
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'ping',
]);

export function observeStream(): StreamObserver {
  let begun = false;
  let finished = false;
  let usage: JsonObject | undefined;
  let error: ApiError | undefined;

  function look(body: JsonObject): void {
    error ??= errorInBody(body);
    if (error !== undefined) return;
    const { type, message, delta } = body;
    begun ||= holdsOutput(body);
    if (type === 'message_start' && isObject(message)) usage = mergeUsage(usage, message['usage']);
    if (type === 'message_delta') usage = mergeUsage(usage, body['usage']);
    const hasReason = isObject(delta) && typeof delta['stop_reason'] === 'string';
    finished ||= type === 'message_stop' || hasReason;
  }

  return {
    push({ event, data }) {
      if (contentEvents.has(event) && (begun || event === 'ping')) return;
      const body = tryParseJson(data);
      if (isObject(body)) look(body);
      else if (event === 'error') error ??= plainError(data);
    },
    begun() {
      return begun;
    },
    finished() {
      return finished && error === undefined;
    },
    usage() {
      return decodeUsage(usage);
    },
    error() {
      return error;
    },
  };
}

/** Blocks of text and of thinking are opened before there is anything in them. */
const emptyBlocks: ReadonlySet<unknown> = new Set(['text', 'thinking']);

function holdsOutput({ type, content_block: block }: JsonObject): boolean {
  if (type === 'content_block_start') return isObject(block) && !emptyBlocks.has(block['type']);
  return type !== 'ping' && type !== 'message_start';
}
