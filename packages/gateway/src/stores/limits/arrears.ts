/** What a lost shared store has still to be told: settlements, and what totals it did not see. */
import type { Counter, Reservation } from '../../model/limits.ts';
import { settledAmount } from './claims.ts';

export interface Settlement {
  readonly reservation: Reservation;
  readonly used: readonly number[];
}

/** What a total has not been told of. */
export interface Debt {
  readonly counter: Counter;
  readonly amount: number;
}

export interface Arrears {
  /** The first settlement of a reservation is the one that counts. */
  keep(settlement: Settlement): void;
  /**
   * What was used without the shared store. Only totals are told later: a window lets it go by
   * itself before long, and told later it would stay there for longer.
   */
  owe(settlement: Settlement): void;
  /** A debt that could not be paid is one still. */
  add(debt: Debt): void;
  /** Whether there is something to tell. */
  isEmpty(): boolean;
  takeSettlements(): readonly Settlement[];
  takeDebts(): readonly Debt[];
}

/** So many of each kind wait; more displace the oldest. */
export function createArrears(most: number): Arrears {
  const settlements = new Map<string, Settlement>();
  const debts = new Map<string, Debt>();
  const owed = new Map<string, true>();

  function add({ counter, amount }: Debt): void {
    const name = `${counter.spanMs} ${counter.subject}`;
    const sum = (debts.get(name)?.amount ?? 0) + amount;
    const unlimited = { ...counter, limit: Number.MAX_SAFE_INTEGER };
    put(debts, most, [name, { counter: unlimited, amount: Math.min(sum, unlimited.limit) }]);
  }

  return {
    keep(settlement) {
      const { id } = settlement.reservation;
      if (!settlements.has(id)) put(settlements, most, [id, settlement]);
    },
    owe({ reservation, used }) {
      if (owed.has(reservation.id)) return;
      for (const [index, counter] of reservation.counters.entries()) {
        if (counter.shape !== 'total') continue;
        put(owed, most, [reservation.id, true]);
        const reserved = reservation.amounts[index] ?? 0;
        add({ counter, amount: settledAmount(counter, reserved, used[index]) });
      }
    },
    add,
    isEmpty: () => settlements.size === 0 && debts.size === 0,
    takeSettlements() {
      const all = [...settlements.values()];
      settlements.clear();
      return all;
    },
    takeDebts() {
      const all = [...debts.values()];
      debts.clear();
      return all;
    },
  };
}

function put<T>(map: Map<string, T>, most: number, [name, value]: readonly [string, T]): void {
  const [oldest] = map.keys();
  if (!map.has(name) && map.size >= most && oldest !== undefined) map.delete(oldest);
  map.set(name, value);
}
