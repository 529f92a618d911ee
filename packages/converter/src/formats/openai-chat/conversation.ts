/** What stays the same through a conversation of this format. */
import type { ConversationStart } from '../../format.ts';
import { isObject, type JsonObject, type JsonValue } from '../../json.ts';
import { OUTLINE_FIRST } from '../../outline.ts';

export function conversation(body: JsonObject): ConversationStart {
  const messages = Array.isArray(body['messages']) ? body['messages'] : [];
  const cacheKey = body['prompt_cache_key'];
  // No further than an outline goes, so that it has the same start.
  const opening = messages.slice(0, OUTLINE_FIRST);
  const firstUser = opening.findIndex((message) => roleOf(message) === 'user');
  return {
    start: firstUser === -1 ? opening : opening.slice(0, firstUser + 1),
    isContinued: messages.some((message) => roleOf(message) === 'assistant'),
    cacheKey: typeof cacheKey === 'string' ? cacheKey : undefined,
  };
}

function roleOf(message: JsonValue): JsonValue | undefined {
  return isObject(message) ? message['role'] : undefined;
}
