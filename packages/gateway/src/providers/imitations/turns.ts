/** Who may speak after whom. */
import type { JsonArray, JsonObject, JsonValue, Report } from 'ai-api-converter';
import type { Imitation } from './imitation.ts';

/** What the assistant is taken to have said between a tool's result and the user's next words. */
const BRIDGE: JsonObject = { role: 'assistant', content: 'OK.' };

/** Between the texts of two messages that become one. */
const TEXT_SEPARATOR = '\n\n';

export function fitTurns(
  order: Imitation['turns'],
  messages: readonly JsonObject[],
  report: Report,
): readonly JsonObject[] {
  if (order === 'free') return messages;
  const fitted: JsonObject[] = [];
  let bridgedAt: number | undefined;
  for (const message of messages) {
    const last = fitted.at(-1);
    const isUser = message['role'] === 'user';
    if (isUser && last?.['role'] === 'tool') {
      bridgedAt ??= fitted.length;
      fitted.push(BRIDGE);
    }
    if (isUser && last?.['role'] === 'user' && order === 'alternating') {
      fitted[fitted.length - 1] = merged(last, message);
    } else fitted.push(message);
  }
  if (bridgedAt !== undefined) reportBridge(bridgedAt, report);
  return fitted;
}

function reportBridge(index: number, report: Report): void {
  report({
    feature: 'turn-order',
    path: `messages[${index}]`,
    action: 'weakened',
    reason: 'order',
    effect: 'hint',
    detail: 'this provider takes no user right after a tool: a short answer was put between',
  });
}

function merged(first: JsonObject, second: JsonObject): JsonObject {
  const [one, other] = [first['content'], second['content']];
  if (typeof one === 'string' && typeof other === 'string') {
    return { ...first, content: one + TEXT_SEPARATOR + other };
  }
  return { ...first, content: [...partsOf(one), ...partsOf(other)] };
}

function partsOf(content: JsonValue | undefined): JsonArray {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return Array.isArray(content) ? content : [];
}
