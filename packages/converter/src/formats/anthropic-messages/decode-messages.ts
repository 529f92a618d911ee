/** Reads `system` and `messages` into instructions and turns. */
import { invalidRequest } from '../../errors.ts';
import type { SystemBlock, Turn } from '../../ir/request.ts';
import type { JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { objectsOf, requiredArray, requiredString } from '../../read.ts';
import {
  decodeAssistantContent,
  decodeSystemContent,
  decodeUserContent,
} from './decode-content.ts';
import { drop, type Keys, type Place, placeAt, reportRest } from './losses.ts';

export interface Conversation {
  readonly system: readonly SystemBlock[];
  readonly turns: readonly Turn[];
}

export function decodeMessages(body: JsonObject, report: Report): Conversation {
  const wire = requiredArray(body, 'messages', '');
  if (wire.length === 0) {
    throw invalidRequest('messages', 'messages: at least one message is required');
  }
  const system = [...decodeSystem(body, report)];
  const turns: Turn[] = [];
  for (const { value, path } of objectsOf(wire, 'messages')) {
    const turn = decodeTurn(value, { path, report });
    const isLeading = turn.role === 'system' && turns.length === 0;
    if (isLeading) system.push(...turn.parts.flatMap(systemBlockOf));
    else if (turn.role !== 'system' || turn.parts.length > 0) turns.push(turn);
  }
  return { system, turns };
}

function decodeSystem(body: JsonObject, report: Report): readonly SystemBlock[] {
  const place: Place = { path: '', report };
  return decodeSystemContent(body, place, 'system')
    .flatMap(systemBlockOf)
    .flatMap((block, index) => {
      const text =
        index === 0 ? withoutAttribution(block.text, placeAt(place, 'system')) : block.text;
      return text === '' ? [] : [{ ...block, text }];
    });
}

/**
 * Claude Code says with the first block who is billed. It changes with every request and so defeats
 * every other provider's prompt cache.
 */
function withoutAttribution(text: string, place: Place): string {
  if (!/^\s*x-anthropic-billing-header\s*:/i.test(text)) return text;
  drop(placeAt(place, 0), { feature: 'attribution', effect: 'hint' });
  return text.trimStart().replace(/^[^\n]*\n?\s*/, '');
}

function systemBlockOf(part: Turn['parts'][number]): readonly SystemBlock[] {
  if (part.type !== 'text') return [];
  const { text, cache, path } = part;
  return [{ text, role: 'system', path, ...(cache && { cache }) }];
}

const messageKeys: Keys = {
  known: new Set(['role', 'content']),
  hints: new Set(['id', 'clear_at']),
};

function decodeTurn(message: JsonObject, place: Place): Turn {
  const { path } = place;
  reportRest(message, messageKeys, place);
  const role = requiredString(message, 'role', path);
  switch (role) {
    case 'user':
      return { role, parts: decodeUserContent(message, place), path };
    case 'assistant':
      return { role, parts: decodeAssistantContent(message, place), path };
    case 'system':
      return { role, parts: decodeSystemContent(message, place), path };
    default:
      throw invalidRequest(
        `${path}.role`,
        `${path}.role: expected "user", "assistant" or "system", got "${role}"`,
      );
  }
}
