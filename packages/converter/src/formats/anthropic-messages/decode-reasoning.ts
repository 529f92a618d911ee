/** Reads what is said of thinking: `thinking` says whether, `output_config.effort` how much. */
import type { ReasoningRequest } from '../../ir/request.ts';
import type { JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { optionalInteger, optionalObject, optionalString, requiredString } from '../../read.ts';
import { drop, type Keys, placeAt, reportRest } from './losses.ts';
import { decodeEffort } from './mappings.ts';

/** For who says nothing of thinking none is asked: many read the first block as the answer. */
export function decodeReasoning(body: JsonObject, report: Report): ReasoningRequest {
  const thinking = optionalObject(body, 'thinking', '');
  const effort = effortOf(body, report);
  if (thinking === undefined) return { mode: 'auto', visible: false, ...(effort && { effort }) };
  const place = { path: 'thinking', report };
  reportRest(thinking, thinkingKeys, place);
  const display = optionalString(thinking, 'display', 'thinking');
  const rest = {
    ...(effort !== undefined && { effort }),
    ...(display !== undefined && { visible: display !== 'omitted' }),
  };
  const type = requiredString(thinking, 'type', 'thinking');
  switch (type) {
    case 'disabled':
      return { mode: 'off', ...rest, visible: false };
    case 'enabled': {
      const budget = optionalInteger(thinking, 'budget_tokens', 'thinking');
      return { mode: 'on', ...rest, ...(budget !== undefined && { budget }) };
    }
    case 'adaptive':
      // Thinking that is wanted but not to be seen is not the same as no wish for any.
      return { mode: rest.visible === false ? 'on' : 'auto', ...rest };
    case 'between_tools':
      drop(placeAt(place, 'type'), {
        feature: 'thinking-between-tools',
        action: 'weakened',
        effect: 'answer',
        detail: 'other models think whenever they find it useful',
      });
      return { mode: 'auto', ...rest };
    default:
      drop(placeAt(place, 'type'), {
        feature: 'thinking-type',
        action: 'weakened',
        reason: 'unknown',
        effect: 'hint',
        detail: `"${type}" is read as "adaptive"`,
      });
      return { mode: 'auto', ...rest };
  }
}

const thinkingKeys: Keys = {
  known: new Set(['type', 'budget_tokens', 'display']),
  hints: new Set(['block_binding']),
};

function effortOf(body: JsonObject, report: Report): ReasoningRequest['effort'] {
  const config = optionalObject(body, 'output_config', '');
  const word = config && optionalString(config, 'effort', 'output_config');
  const effort = decodeEffort(word);
  if (word !== undefined && effort === undefined) {
    const place = { path: 'output_config.effort', report };
    drop(place, { feature: 'effort', effect: 'answer', reason: 'unknown' });
  }
  return effort;
}
