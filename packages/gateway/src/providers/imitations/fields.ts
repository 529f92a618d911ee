/** Fields of a body that an imitation has under another name, or not at all. */
import type { JsonObject, JsonValue, Loss, Report } from 'ai-api-converter';
import type { Imitation } from './imitation.ts';

type Lost = Pick<Loss, 'feature' | 'effect'>;

const losses: { readonly [field: string]: Lost } = {
  verbosity: { feature: 'verbosity', effect: 'answer' },
  safety_identifier: { feature: 'user', effect: 'hint' },
  prompt_cache_key: { feature: 'prompt-cache-key', effect: 'hint' },
  service_tier: { feature: 'service-tier', effect: 'hint' },
  web_search_options: { feature: 'web-search', effect: 'answer' },
  stop: { feature: 'stop-sequences', effect: 'answer' },
  n: { feature: 'candidates', effect: 'answer' },
  reasoning_effort: { feature: 'reasoning-effort', effect: 'answer' },
};

/** Without these values, or with them, the answer is the same. */
const neutral: { readonly [field: string]: JsonValue } = {
  n: 1,
  logprobs: false,
  presence_penalty: 0,
  frequency_penalty: 0,
};

/** What the gateway asks for on its own behalf: nobody misses it. */
const ownWishes: ReadonlySet<string> = new Set(['stream_options']);

export function fitFields(imitation: Imitation, body: JsonObject, report: Report): JsonObject {
  const { renamed, dropped } = imitation;
  const names = Object.keys(body);
  if (!names.some((name) => Object.hasOwn(renamed, name) || dropped.includes(name))) return body;
  const fitted: { [name: string]: JsonValue | undefined } = {};
  for (const [name, value] of Object.entries(body)) {
    if (!dropped.includes(name)) fitted[renamed[name] ?? name] = value;
    else if (value !== neutral[name] && !ownWishes.has(name)) report(lossOf(name));
  }
  return fitted;
}

function lossOf(name: string): Loss {
  const { feature, effect } = losses[name] ?? {
    feature: name.replaceAll('_', '-'),
    effect: 'answer' as const,
  };
  return {
    feature,
    path: name,
    action: 'dropped',
    reason: 'unsupported',
    effect,
    detail: `this provider does not take ${name}`,
  };
}
