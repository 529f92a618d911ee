/** What stays the same through a conversation of this format, and how stored ones are gone on with. */
import type { ConversationStart } from '../../format.ts';
import { isObject, type JsonArray, type JsonObject, type JsonValue } from '../../json.ts';
import { filledIn, listOf } from '../../openai/lenient.ts';

/** A request's input as items; a string is what a user says. */
function inputItemsOf(body: JsonObject): JsonArray {
  const { input } = body;
  return typeof input === 'string' ? [{ role: 'user', content: input }] : listOf(input);
}

export function conversation(body: JsonObject): ConversationStart {
  const items = inputItemsOf(body);
  const firstUser = items.findIndex((item) => fieldOf(item, 'role') === 'user');
  const opening = firstUser === -1 ? items : items.slice(0, firstUser + 1);
  const instructions = filledIn(body, 'instructions');
  return {
    start: instructions === undefined ? opening : [instructions, ...opening],
    isContinued:
      filledIn(body, 'previous_response_id') !== undefined ||
      items.some((item) => fieldOf(item, 'role') === 'assistant' || isOfAssistant(item)),
    cacheKey: filledIn(body, 'prompt_cache_key'),
  };
}

function isOfAssistant(item: JsonValue): boolean {
  const type = fieldOf(item, 'type');
  return typeof type === 'string' && (type === 'reasoning' || type.endsWith('_call'));
}

function fieldOf(item: JsonValue, name: string): JsonValue | undefined {
  return isObject(item) ? item[name] : undefined;
}

/**
 * The request as if the client had sent the whole conversation. Instructions are the request's own:
 * those of earlier requests do not go on. A compaction in the input stands for all before it.
 */
export function joinConversation(stored: JsonArray, body: JsonObject): JsonObject {
  const { previous_response_id: _, ...rest } = body;
  const items = inputItemsOf(body);
  const isCompacted = items.some((item) => fieldOf(item, 'type') === 'compaction');
  return { ...rest, input: isCompacted ? items : [...stored, ...items] };
}
