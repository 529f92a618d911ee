/** Label values that are bounded by construction: what a client makes up has no series of its own. */
import { remember } from '../../lib/remember.ts';
import type { Settings } from '../../model/settings.ts';

/** What is not there, such as the channel of a request that was refused. */
export const NONE = 'none';
/** What has no label of its own. */
export const OTHER = 'other';

const MODELS_MAX = 200;
const REMEMBERED_MAX = 1_000;

export interface ModelLabels {
  /** Models that the configuration names have a label of their own, as long as there are not too many. */
  configured(models: Iterable<string>): void;
  /** `isProven`: an upstream answered, so that the name is one of a real model. */
  labelOf(model: string | undefined, isProven: boolean): string;
}

/** `listedName`: the name under which a price list knows a model; undefined: it does not. */
export function createModelLabels(listedName: (model: string) => string | undefined): ModelLabels {
  const labels = new Set<string>();
  // Found in the list or not: null.
  const listedOf = remember(REMEMBERED_MAX, (model) => listedName(model) ?? null);

  function admit(label: string): boolean {
    if (labels.has(label)) return true;
    if (labels.size >= MODELS_MAX) return false;
    labels.add(label);
    return true;
  }

  return {
    configured(models) {
      for (const model of models) admit(model);
    },
    labelOf(model, isProven) {
      if (model === undefined) return NONE;
      if (labels.has(model)) return model;
      if (!isProven) return OTHER;
      const name = listedOf(model);
      return name !== null && admit(name) ? name : OTHER;
    },
  };
}

/** Keys are made by the operator, but over the years there may be many. */
const KEYS_MAX = 1_000;

export function createKeyLabels(): (name: string | undefined) => string {
  const labels = new Set<string>();
  return (name) => {
    if (name === undefined) return NONE;
    if (labels.has(name)) return name;
    if (labels.size >= KEYS_MAX) return OTHER;
    labels.add(name);
    return name;
  };
}

/** The models that the configuration names literally, those that upstreams are asked for first. */
export function configuredModels(settings: Settings): ReadonlySet<string> {
  const { modelAliases, routes, channels } = settings;
  const named = [
    ...Object.values(modelAliases),
    ...routes.flatMap(({ rewrite }) => Object.values(rewrite)),
    ...channels.flatMap(({ models }) => models ?? []),
    ...routes.flatMap(({ models }) => models),
    ...Object.keys(modelAliases),
  ];
  return new Set(named.filter((name) => !name.includes('*')));
}
