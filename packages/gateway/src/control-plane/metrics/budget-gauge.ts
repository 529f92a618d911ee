/** How much of each key's budget is used, from what requests learn of it anyway. */
import { Gauge, type Registry } from '@prometheus-io/client';
import { unixMs } from '../../lib/clock.ts';
import type { BudgetWatch } from '../../model/guard.ts';
import { createKeyLabels, OTHER } from './label-names.ts';

/** As many as there are labels for; the rest share one. */
const KEYS_MAX = 1_000;
const REST = '';

interface Budget {
  readonly label: string;
  used: number;
  limit: number;
  endMs: number;
}

export function createBudgetGauge(registry: Registry): BudgetWatch {
  const labelOf = createKeyLabels();
  const budgets = new Map<string, Budget>();
  const gauge = new Gauge({
    name: 'dragoman_budget_used_ratio',
    help: 'Share of the budget of a key that is used or reserved, as of its last request.',
    labelNames: ['key'],
    registers: [],
    collect() {
      this.reset();
      const shown = new Map<string, number>();
      for (const { label, used, limit, endMs } of budgets.values()) {
        // A new period begins with a counter of its own.
        if (unixMs() >= endMs) continue;
        shown.set(label, Math.max(shown.get(label) ?? 0, used / Math.max(1, limit)));
      }
      for (const [key, ratio] of shown) this.set({ key }, ratio);
    },
  });
  registry.registerMetric(gauge);

  function budgetOf(id: string, name: string): Budget {
    const place = budgets.has(id) || budgets.size < KEYS_MAX ? id : REST;
    const known = budgets.get(place);
    if (known !== undefined) return known;
    const label = place === REST ? OTHER : labelOf(name);
    const budget = { label, used: 0, limit: 1, endMs: 0 };
    budgets.set(place, budget);
    return budget;
  }

  return {
    counted({ key, used, limit, endMs }) {
      const budget = budgetOf(key.id, key.name);
      budget.used = used;
      budget.limit = limit;
      budget.endMs = endMs;
    },
    settled(keyId, endMs, change) {
      const budget = budgets.get(keyId);
      if (budget?.endMs === endMs) budget.used = Math.max(0, budget.used + change);
    },
  };
}
