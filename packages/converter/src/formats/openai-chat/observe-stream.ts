/** Reads a stream that passes through untouched: has it begun, has it ended well, what did it cost. */
import type { StreamObserver } from '../../format.ts';
import type { ApiError, Usage } from '../../ir/response.ts';
import { isObject, type JsonObject, tryParseJson } from '../../json.ts';
import { filledIn, numberIn, objectIn, objectsIn } from '../../openai/lenient.ts';
import type { SseEvent } from '../../sse/parser.ts';
import { errorInChoice, readUsage } from './decode-response.ts';
import { errorInBody } from './errors.ts';

/**
 * Of a stream that has begun only these chunks say anything new. In text the quotes are escaped, so
 * that what a model writes does not match.
 */
const telling =
  /"finish_reason"\s*:\s*"|"usage"\s*:\s*\{|"error"\s*:|"error_code"\s*:|"index"\s*:\s*[1-9]/;

export function observeStream(): StreamObserver {
  const unfinished = new Set<number>();
  let hasChoices = false;
  let hasEnded = false;
  let begun = false;
  let usage: Usage | undefined;
  let error: ApiError | undefined;

  function take(chunk: JsonObject): void {
    const choices = objectsIn(chunk, 'choices');
    error ??= errorInBody(chunk) ?? choices.map(errorInChoice).find(isObject);
    const counted = readUsage(chunk);
    if (counted !== undefined && (usage === undefined || counted.fresh + counted.text > 0)) {
      usage = counted;
    }
    if (error !== undefined) return;
    for (const [position, choice] of choices.entries()) {
      hasChoices = true;
      const index = numberIn(choice, 'index') ?? position;
      const isFinished = filledIn(choice, 'finish_reason') !== undefined;
      if (isFinished) unfinished.delete(index);
      else unfinished.add(index);
      begun ||= isFinished || holdsOutput(choice);
    }
  }

  return {
    push(event: SseEvent) {
      const text = event.data.trim();
      if (text === '[DONE]') {
        hasEnded = true;
        return;
      }
      if (begun && event.event !== 'error' && !telling.test(text)) return;
      const chunk = tryParseJson(text);
      if (!isObject(chunk)) return;
      if (event.event === 'error') error ??= errorInBody(chunk) ?? errorInBody({ error: chunk });
      take(chunk);
    },
    begun() {
      return begun;
    },
    finished() {
      return error === undefined && (hasEnded || (hasChoices && unfinished.size === 0));
    },
    usage() {
      return usage;
    },
    error() {
      return error;
    },
  };
}

/** Keys of a delta that are there before anything was said. */
const silentKeys: ReadonlySet<string> = new Set(['role', 'name', 'index', 'token_id', 'channel']);

function holdsOutput(choice: JsonObject): boolean {
  const delta = objectIn(choice, 'delta') ?? objectIn(choice, 'message') ?? {};
  if (filledIn(choice, 'text') !== undefined) return true;
  return Object.keys(delta).some((key) => {
    const value = delta[key];
    const isEmpty = value === null || value === '' || (Array.isArray(value) && value.length === 0);
    return !silentKeys.has(key) && !isEmpty;
  });
}
