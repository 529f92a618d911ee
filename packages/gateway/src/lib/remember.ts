/** What follows from a text alone, worked out once for each text. */

/**
 * Texts may be the clients' to choose, so there is a bound: when it is reached, all are forgotten,
 * which costs less than knowing which of them was used last.
 */
export function remember<T>(textsMax: number, make: (text: string) => T): (text: string) => T {
  let known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const made = make(text);
    // What leads nowhere is no more than that, and would displace what leads somewhere.
    if (made === undefined) return made;
    if (known.size >= textsMax) known = new Map();
    known.set(text, made);
    return made;
  };
}
