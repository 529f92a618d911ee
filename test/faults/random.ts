/** Seeded chance: the same seed and the same names give the same choices, whatever the order of events. */

export interface Random {
  /** From 0 up to but not including 1. */
  next(): number;
  /** A whole number from 0 up to but not including `bound`. */
  below(bound: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** One of `list`, each as often as its weight says. */
  weighted<T>(list: readonly (readonly [weight: number, value: T])[]): T;
}

export function seeded(...names: readonly (string | number)[]): Random {
  let state = hash(names.join('\u0000'));

  /** Mulberry32. */
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  function below(bound: number): number {
    return Math.floor(next() * bound);
  }

  function pick<T>(list: readonly T[]): T {
    const found = list[below(list.length)];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  }

  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick,
    weighted(list) {
      let left = next() * list.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, value] of list) {
        left -= weight;
        if (left < 0) return value;
      }
      return pick(list)[1];
    },
  };
}

/** FNV-1a with a last stir, so that names which differ in one digit lie far apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  return value ^ (value >>> 16);
}

/** `FAULT_SEED` repeats a run that was printed. */
export function seedOfRun(): number {
  const given = Number(process.env['FAULT_SEED']);
  return Number.isInteger(given) && given > 0 ? given : 20_261_101;
}
