/** Chance, for choices that need not be secret. */

/** From 0 up to but not including 1. */
export function random(): number {
  return Math.random();
}
