/** A list in pages: which part of it was asked for. */
import { GatewayError } from '../../model/errors.ts';
import type { Listed, Query } from './listed.ts';

export interface Page {
  readonly models: readonly Listed[];
  /** In the direction that was asked for. */
  readonly hasMore: boolean;
}

interface Wanted {
  readonly size: number;
  /** The page begins behind this one, or ends before the other. */
  readonly afterId?: string | undefined;
  readonly beforeId?: string | undefined;
}

/** Undefined: no model has that id. */
export function pageOf(
  models: readonly Listed[],
  { size, afterId, beforeId }: Wanted,
): Page | undefined {
  const place = (id: string): number => models.findIndex((model) => model.id === id);
  if (beforeId !== undefined) {
    const end = place(beforeId);
    if (end === -1) return undefined;
    return { models: models.slice(Math.max(0, end - size), end), hasMore: end > size };
  }
  const last = afterId === undefined ? -1 : place(afterId);
  if (afterId !== undefined && last === -1) return undefined;
  const rest = models.slice(last + 1);
  return { models: rest.slice(0, size), hasMore: rest.length > size };
}

/** Undefined: the query does not say. Throws GatewayError for what is no whole number of at least `least`. */
export function sizeIn(query: Query, name: string, least: number): number | undefined {
  const given = query.get(name);
  if (given === null || given === '') return undefined;
  const size = Number(given);
  if (Number.isSafeInteger(size) && size >= least) return size;
  throw wrong(name, `expected a whole number of at least ${least}`);
}

export function wrong(param: string, expected: string): GatewayError {
  return new GatewayError('body-invalid', `${param}: ${expected}`, { param });
}
