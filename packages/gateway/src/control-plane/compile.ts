/** Settings into the snapshot that the data plane reads. */
import type { Provider, Target } from '../model/exchange.ts';
import type { ProviderId, Settings, UpstreamAddress } from '../model/settings.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { providers } from '../providers/index.ts';

interface ModelRule {
  readonly pattern: RegExp;
  readonly provider: ProviderId;
}

/** Which provider a model belongs to, by its name; the first match wins. */
export const modelRules: readonly ModelRule[] = [
  { pattern: /^(?:gpt-|o\d|chatgpt-|codex-)/, provider: 'openai' },
  { pattern: /^claude/, provider: 'anthropic' },
  { pattern: /^gemini/, provider: 'gemini' },
];

/** Where models go that no rule names: the most spoken format. */
export const fallbackProvider: ProviderId = 'openai';

export function compile(settings: Settings): Snapshot {
  const aliases = new Map(Object.entries(settings.modelAliases));
  const byId = new Map<ProviderId, { readonly provider: Provider; readonly origin: string }>();
  for (const provider of providers) {
    byId.set(provider.id, { provider, origin: originOf(settings.upstreams[provider.id]) });
  }

  function route(model: string): Target {
    const name = aliases.get(model) ?? model;
    const id = modelRules.find(({ pattern }) => pattern.test(name))?.provider ?? fallbackProvider;
    const found = byId.get(id);
    if (found === undefined) throw new Error(`no provider ${id}`);
    return { ...found, model: name };
  }

  return Object.freeze({
    route,
    strict: settings.strict,
    bodyBytesMax: settings.bodyBytesMax,
    timeouts: settings.timeouts,
    explainFormat: settings.logLevel === 'debug' || settings.logLevel === 'trace',
  });
}

export function originOf({ domain, port, tls }: UpstreamAddress): string {
  const host = domain.includes(':') && !domain.startsWith('[') ? `[${domain}]` : domain;
  return new URL(`${tls ? 'https' : 'http'}://${host}:${port}`).origin;
}
