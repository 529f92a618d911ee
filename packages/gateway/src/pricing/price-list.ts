/** The price list that comes along: which sheets a model of a provider has. */
import type { ProviderId } from '../model/settings.ts';
import { namesOf } from './model-names.ts';
import prices from './prices.json' with { type: 'json' };
import type { PricedModel, PricedProvider, PriceSheet } from './sheet.ts';

interface Listed {
  readonly id: string;
  /** What gateways and clients put before the names of its models. */
  readonly vendors: readonly string[];
}

const listed: { readonly [id in ProviderId]: Listed | undefined } = {
  openai: { id: 'openai', vendors: ['openai'] },
  anthropic: { id: 'anthropic', vendors: ['anthropic'] },
  gemini: { id: 'google', vendors: ['google', 'gemini'] },
  'azure-openai': { id: 'azure', vendors: ['azure', 'openai'] },
  // What a model costs there is known by the address only.
  'openai-compatible': undefined,
};

export interface PriceList {
  /** Empty: no price is known. `provider` is an id of ours, or the address of an API. */
  sheetsOf(provider: string, model: string): readonly PriceSheet[];
}

/** The models of one provider, ready to be searched. */
interface Shelf {
  readonly placeOf: ReadonlyMap<string, number>;
  readonly patterns: readonly { readonly place: number; readonly pattern: RegExp }[];
  readonly models: readonly PricedModel[];
}

export function createPriceList(): PriceList {
  const { providers }: { readonly providers: readonly PricedProvider[] } = prices;
  const shelves = new Map<string, Shelf>();

  function shelfOf(provider: PricedProvider): Shelf {
    const known = shelves.get(provider.id);
    const shelf = known ?? buildShelf(provider);
    if (known === undefined) shelves.set(provider.id, shelf);
    return shelf;
  }

  function sellersFor(provider: string): readonly PricedProvider[] {
    const id = entryOf(provider)?.id;
    const own = providers.find((one) =>
      id === undefined ? new RegExp(one.address).test(provider) : one.id === id,
    );
    if (own === undefined) return [];
    return [own, ...own.fallback.flatMap((other) => providers.filter((one) => one.id === other))];
  }

  return {
    sheetsOf(provider, model) {
      const sellers = sellersFor(provider);
      const vendors = entryOf(provider)?.vendors ?? sellers.slice(0, 1).map(({ id }) => id);
      for (const name of namesOf(model, vendors)) {
        for (const seller of sellers) {
          const found = findIn(shelfOf(seller), name);
          if (found !== undefined) return found.sheets;
        }
      }
      return [];
    },
  };
}

function entryOf(provider: string): Listed | undefined {
  return Object.entries(listed).find(([id]) => id === provider)?.[1];
}

function buildShelf({ models }: PricedProvider): Shelf {
  const placeOf = new Map<string, number>();
  for (const [place, { names }] of models.entries()) {
    for (const name of names) {
      if (!placeOf.has(name)) placeOf.set(name, place);
    }
  }
  const patterns = models.flatMap(({ pattern }, place) =>
    pattern === undefined ? [] : [{ place, pattern: new RegExp(pattern) }],
  );
  return { placeOf, patterns, models };
}

/** The first model of the list that the name belongs to, whether it is spelt out there or fits a pattern. */
function findIn({ placeOf, patterns, models }: Shelf, name: string): PricedModel | undefined {
  const spelt = placeOf.get(name) ?? models.length;
  const fitting = patterns.find(({ place, pattern }) => place < spelt && pattern.test(name));
  return models[fitting?.place ?? spelt];
}
