/** Tokens and costs of the users that the operator named; of nobody without their names. */

import type { Registry } from '@prometheus-io/client';
import type { Usage } from 'ai-api-converter';
import type { ExchangeRecord } from '../../model/exchange.ts';
import { type Cell, createCounter } from './counter.ts';
import { NONE, OTHER } from './label-names.ts';

/** In the life of a process, however often its configuration changes. */
const USERS_MAX = 1_000;

export interface UserCounts {
  /** Only these have a label of their own from now on; the rest is one. */
  configured(users: readonly string[]): void;
  count(record: ExchangeRecord): void;
}

interface Cells {
  readonly input: Cell;
  readonly cacheRead: Cell;
  readonly cacheWrite: Cell;
  readonly output: Cell;
  readonly reasoning: Cell;
  readonly cost: Cell;
}

export function createUserCounts(registry: Registry): UserCounts {
  const tokens = createCounter(registry, {
    name: 'dragoman_user_tokens_total',
    help: 'Tokens used by the users that the configuration names; no token is of two types.',
    labelNames: ['user', 'type'],
  });
  const costs = createCounter(registry, {
    name: 'dragoman_user_cost_dollars_total',
    help: 'What these users cost in US dollars, where a price is known.',
    labelNames: ['user'],
    worth: 1e-6,
  });
  const labels = new Map<string, Cells>();
  let named: ReadonlySet<string> = new Set();

  function cellsOf(label: string): Cells {
    const known = labels.get(label);
    if (known !== undefined) return known;
    if (labels.size >= USERS_MAX && label !== OTHER && label !== NONE) return cellsOf(OTHER);
    const of = (type: string): Cell => tokens({ user: label, type });
    const cells: Cells = {
      input: of('input'),
      cacheRead: of('cache_read'),
      cacheWrite: of('cache_write'),
      output: of('output'),
      reasoning: of('reasoning'),
      cost: costs({ user: label }),
    };
    labels.set(label, cells);
    return cells;
  }

  return {
    configured(users) {
      named = new Set(users);
    },
    count({ user, outcome: { usage }, costMicroUsd = 0 }) {
      if (named.size === 0 || usage === undefined) return;
      const cells = cellsOf(user === undefined ? NONE : named.has(user) ? user : OTHER);
      countTokens(cells, usage);
      cells.cost.value += costMicroUsd;
    },
  };
}

function countTokens(cells: Cells, usage: Usage): void {
  const { fresh, text, cacheRead = 0, cacheWrite = 0, reasoning = 0 } = usage;
  cells.input.value += fresh;
  cells.output.value += text;
  cells.cacheRead.value += cacheRead;
  cells.cacheWrite.value += cacheWrite;
  cells.reasoning.value += reasoning;
}
