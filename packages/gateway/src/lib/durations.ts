/** Durations as people write them: a number and `s`, `m`, `h` or `d`. */

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** In milliseconds; undefined: it is none. */
export function durationOf(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const [, unitMs] = units.find(([name]) => name === unit) ?? [];
  return unitMs === undefined ? undefined : Number(amount) * unitMs;
}

/** In the largest unit that divides it. */
export function durationText(durationMs: number): string {
  const [unit, unitMs] = units.find(([, unitMs]) => durationMs % unitMs === 0) ?? ['ms', 1];
  return `${durationMs / unitMs}${unit}`;
}
