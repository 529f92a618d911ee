/** What stays the same through a conversation of this format. */
import type { ConversationStart } from '../../format.ts';
import { isArray, isObject, type JsonObject } from '../../json.ts';
import { OUTLINE_FIRST } from '../../outline.ts';

export function conversation(body: JsonObject): ConversationStart {
  const messages = Array.isArray(body['messages']) ? body['messages'] : [];
  const { system } = body;
  return {
    // No further than an outline goes, so that it has the same start.
    start: [
      isArray(system) ? system.slice(0, OUTLINE_FIRST) : (system ?? null),
      messages[0] ?? null,
    ],
    isContinued: messages.some((turn) => isObject(turn) && turn['role'] === 'assistant'),
  };
}
