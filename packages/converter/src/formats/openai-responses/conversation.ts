/** What stays the same through a conversation of this format, and how stored ones are gone on with. */
import type { ConversationStart } from '../../format.ts';
import { isObject, type JsonArray, type JsonObject, type JsonValue } from '../../json.ts';
import { filledIn, listOf, textIn } from '../../openai/lenient.ts';
import { OUTLINE_FIRST } from '../../outline.ts';

/** A request's input as items; a string is what a user says. */
function inputItemsOf(body: JsonObject): JsonArray {
  const { input } = body;
  return typeof input === 'string' ? [{ role: 'user', content: input }] : listOf(input);
}

export function conversation(body: JsonObject): ConversationStart {
  const items = inputItemsOf(body);
  // No further than an outline goes, so that it has the same start.
  const first = items.slice(0, OUTLINE_FIRST);
  const firstUser = first.findIndex((item) => fieldOf(item, 'role') === 'user');
  const opening = firstUser === -1 ? first : first.slice(0, firstUser + 1);
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

/** Ids of the items that the input refers to instead of saying them, in order. */
export function itemReferences(body: JsonObject): readonly string[] {
  return listOf(body['input']).flatMap((item) => referredBy(item) ?? []);
}

/** The request with those items that are known in place of what refers to them. */
export function resolveReferences(
  known: ReadonlyMap<string, JsonObject>,
  body: JsonObject,
): JsonObject {
  const input = listOf(body['input']).map((item) => {
    const id = referredBy(item);
    return id === undefined ? item : (known.get(id) ?? item);
  });
  return { ...body, input };
}

/** The type may be left out of a reference, and of a message. */
function referredBy(item: JsonValue): string | undefined {
  if (!isObject(item)) return undefined;
  const type = textIn(item, 'type');
  const isReference =
    type === undefined ? filledIn(item, 'role') === undefined : type === 'item_reference';
  return isReference ? filledIn(item, 'id') : undefined;
}
