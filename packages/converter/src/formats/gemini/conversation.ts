/** What stays the same through a conversation of this format. */
import type { ConversationStart } from '../../format.ts';
import { isObject, type JsonObject } from '../../json.ts';

export function conversation(body: JsonObject): ConversationStart {
  const contents = Array.isArray(body['contents']) ? body['contents'] : [body['contents'] ?? null];
  return {
    start: [body['systemInstruction'] ?? body['system_instruction'] ?? null, contents[0] ?? null],
    isContinued: contents.some((turn) => isObject(turn) && turn['role'] === 'model'),
  };
}
