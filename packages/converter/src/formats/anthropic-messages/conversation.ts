/** What stays the same through a conversation of this format. */
import type { ConversationStart } from '../../format.ts';
import { isObject, type JsonObject } from '../../json.ts';

export function conversation(body: JsonObject): ConversationStart {
  const messages = Array.isArray(body['messages']) ? body['messages'] : [];
  return {
    start: [body['system'] ?? null, messages[0] ?? null],
    isContinued: messages.some((turn) => isObject(turn) && turn['role'] === 'assistant'),
  };
}
