/** Media where the target has no place for them, or no word for how closely to look. */
import type { MediaPart, Part, ToolResultPart } from '../ir/part.ts';
import { partPathOf } from '../ir/place.ts';
import type { Turn } from '../ir/request.ts';
import type { Rule, Situation } from './contract.ts';
import { mapKeeping, mapParts } from './unchanged.ts';

export const adaptMedia: Rule = (request, situation) => {
  if (!request.turns.some(({ parts }) => parts.some(holdsMedia))) return request;
  const detailed = mapParts(request.turns, (part, path) => fitDetail(part, path, situation));
  const turns = situation.can.mediaInToolResults
    ? detailed
    : mapKeeping(detailed, (turn, index) => hoist(turn, `turns[${index}]`, situation));
  return turns === request.turns ? request : { ...request, turns };
};

function holdsMedia(part: Part): boolean {
  return part.type === 'media' || (part.type === 'tool-result' && part.content.some(holdsMedia));
}

function fitDetail(part: Part, path: string, situation: Situation): Part {
  if (part.type === 'media') return withoutDetail(part, path, situation);
  if (part.type !== 'tool-result') return part;
  const content = mapKeeping(part.content, (inner, index) =>
    inner.type === 'media'
      ? withoutDetail(inner, inner.path ?? `${path}.content[${index}]`, situation)
      : inner,
  );
  return content === part.content ? part : { ...part, content };
}

function withoutDetail(part: MediaPart, path: string, { can, report }: Situation): MediaPart {
  if (part.detail === undefined || can.imageDetails.includes(part.detail)) return part;
  const { detail, ...rest } = part;
  if (detail !== 'auto') {
    report({
      feature: 'image-detail',
      path: part.path ?? `${path}.detail`,
      action: 'dropped',
      reason: 'unsupported',
      effect: 'hint',
    });
  }
  return rest;
}

/** Puts media of tool results after the results, where the model sees them beside the words. */
function hoist(turn: Turn, path: string, { report }: Situation): Turn {
  const hoisted: MediaPart[] = [];
  const parts = mapKeeping(turn.parts, (part, index) => {
    if (part.type !== 'tool-result') return part;
    const media = part.content.filter((inner) => inner.type === 'media');
    if (media.length === 0) return part;
    hoisted.push(...media);
    report({
      feature: 'tool-result-media',
      path: partPathOf(part, turn) ?? `${path}.parts[${index}]`,
      action: 'weakened',
      reason: 'order',
      effect: 'hint',
      detail: 'the model takes no media in tool results: they follow the results',
    });
    return withoutMedia(part);
  });
  if (hoisted.length === 0) return turn;
  const afterResults = parts.findLastIndex(({ type }) => type === 'tool-result') + 1;
  return {
    ...turn,
    parts: [...parts.slice(0, afterResults), ...hoisted, ...parts.slice(afterResults)],
  };
}

function withoutMedia(part: ToolResultPart): ToolResultPart {
  const content = part.content.filter((inner) => inner.type === 'text');
  if (content.length > 0) return { ...part, content };
  return { ...part, content: [{ type: 'text', text: '[the media follow the tool results]' }] };
}
