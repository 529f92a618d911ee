/** The name under which the price list knows a model: as many names as the list has, whatever is asked. */
import { namesOf } from './model-names.ts';
import prices from './prices.json' with { type: 'json' };
import type { PricedProvider } from './sheet.ts';

/** Those whose models are known by patterns too; elsewhere a model has to be spelt as listed. */
const vendors = ['openai', 'anthropic', 'google'];

interface Names {
  readonly spelt: ReadonlySet<string>;
  readonly patterns: readonly { readonly name: string; readonly pattern: RegExp }[];
}

const NAME_LENGTH_MAX = 256;

/** The function returns undefined for what is not in the list. */
export function createListedNames(): (model: string) => string | undefined {
  let names: Names | undefined;
  return (model) => {
    if (model.length > NAME_LENGTH_MAX) return undefined;
    names ??= readNames();
    const { spelt, patterns } = names;
    const spellings = namesOf(model, vendors);
    const exact = spellings.find((spelling) => spelt.has(spelling));
    if (exact !== undefined) return exact;
    return patterns.find(({ pattern }) => spellings.some((name) => pattern.test(name)))?.name;
  };
}

function readNames(): Names {
  const { providers }: { readonly providers: readonly PricedProvider[] } = prices;
  const models = providers
    .filter(({ id }) => vendors.includes(id))
    .flatMap((provider) => provider.models);
  return {
    spelt: new Set(providers.flatMap((provider) => provider.models.flatMap(({ names }) => names))),
    patterns: models.flatMap(({ names, pattern }) => {
      const name = pattern === undefined ? undefined : (names[0] ?? beginningOf(pattern));
      if (pattern === undefined || name === undefined) return [];
      return [{ name, pattern: new RegExp(pattern) }];
    }),
  };
}

/** Patterns of models without a listed name begin with it: `^claude-sonnet-4-5|…`. */
function beginningOf(pattern: string): string | undefined {
  return /^\^((?:[\w-]|\\\.)+)/.exec(pattern)?.[1]?.replaceAll('\\', '');
}
