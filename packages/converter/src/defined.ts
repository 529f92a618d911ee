/** Lists from which is left out what came to nothing. */

/** The same list where nothing is: made at its length, it takes a fifth of what one takes that grows. */
export function defined<T>(items: readonly (T | undefined)[]): readonly T[] {
  return items.every(isDefined) ? items : items.filter(isDefined);
}

function isDefined<T>(item: T | undefined): item is T {
  return item !== undefined;
}
