/** How much an imitation is to reason, in words that it knows. */
import type { JsonObject, Report } from 'ai-api-converter';
import type { Effort, Imitation } from './imitation.ts';

const ascending: readonly string[] = [
  'minimal',
  'low',
  'medium',
  'high',
  'xhigh',
  'max',
] satisfies readonly Effort[];

export function fitReasoning(imitation: Imitation, body: JsonObject, report: Report): JsonObject {
  const { reasoning_effort: asked, ...rest } = body;
  if (typeof asked !== 'string') return body;
  const { efforts, reasoningOff, reasoningOn } = imitation;
  if (asked === 'none') {
    return reasoningOff['reasoning_effort'] === asked ? body : { ...rest, ...reasoningOff };
  }
  const nearest = nearestEffort(asked, efforts);
  if (nearest === asked) return body;
  report({
    feature: 'reasoning-effort',
    path: 'reasoning_effort',
    action: 'weakened',
    reason: 'range',
    effect: 'hint',
    detail: `this provider has no effort ${asked}; ${nearest ?? 'its own'} is used`,
  });
  const effort = nearest === undefined ? {} : { reasoning_effort: nearest };
  return { ...rest, ...effort, ...reasoningOn };
}

/** The higher of two that are equally near, as vendors round. Undefined: there are none. */
function nearestEffort(asked: string, efforts: readonly Effort[]): Effort | undefined {
  const place = ascending.indexOf(asked);
  let nearest: Effort | undefined;
  let shortest = Number.POSITIVE_INFINITY;
  for (const effort of efforts) {
    const distance = Math.abs(ascending.indexOf(effort) - place);
    if (distance > shortest) continue;
    nearest = effort;
    shortest = distance;
  }
  return nearest;
}
