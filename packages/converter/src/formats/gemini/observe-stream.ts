/** Watches a stream that passes through: when it begins, whether it ends well, what it costs. */
import type { StreamObserver } from '../../format.ts';
import type { ApiError, Usage } from '../../ir/response.ts';
import { isObject, type JsonObject, tryParseJson } from '../../json.ts';
import { errorInBody } from './errors.ts';
import { isPresent, numericOf } from './fields.ts';
import { decodeUsage, finishNameOf } from './mappings.ts';

export function observeStream(): StreamObserver {
  const open = new Set<number>();
  const closed = new Set<number>();
  let isBlocked = false;
  let usage: Usage | undefined;
  let error: ApiError | undefined;

  function chunk(body: JsonObject): void {
    usage = decodeUsage(body['usageMetadata']) ?? usage;
    const feedback = body['promptFeedback'];
    isBlocked ||= isObject(feedback) && isPresent(feedback['blockReason']);
    const candidates = Array.isArray(body['candidates']) ? body['candidates'] : [];
    for (const [position, candidate] of candidates.entries()) {
      if (!isObject(candidate)) continue;
      const index = numericOf(candidate['index']) ?? position;
      if (finishNameOf(candidate['finishReason']) !== undefined) closed.add(index);
      else open.add(index);
    }
  }

  return {
    push({ data }) {
      const body = tryParseJson(data);
      error ??= errorInBody(body);
      for (const entry of Array.isArray(body) ? body : [body]) if (isObject(entry)) chunk(entry);
    },
    begun() {
      return isBlocked || open.size + closed.size > 0;
    },
    finished() {
      const isClosed = closed.size > 0 && [...open].every((index) => closed.has(index));
      return error === undefined && (isBlocked || isClosed);
    },
    usage() {
      return usage;
    },
    error() {
      return error;
    },
  };
}
