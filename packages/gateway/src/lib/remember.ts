/** What follows from texts alone, worked out once for them. */

/** Longer ones are worked out anew: nobody but a client who is up to something has so long a name. */
const CHARACTERS_MAX = 1_024;

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
    if (made === undefined || text.length > CHARACTERS_MAX) return made;
    if (known.size >= textsMax) known = new Map();
    known.set(text, made);
    return made;
  };
}

interface Crossing<T> {
  readonly roads: Map<unknown, Crossing<T>>;
  made: T | undefined;
}

/**
 * The same for several values together, given in the same order each time. They are looked for one
 * after the other: to put texts together to one, only to look for that, took four times as long.
 */
export function rememberPath<Path extends readonly unknown[], T extends object>(
  pathsMax: number,
  make: (path: Path) => T,
): (path: Path) => T {
  let start = newCrossing<T>();
  let known = 0;

  function add(path: Path): T {
    if (path.some(isLong)) return make(path);
    if (known >= pathsMax) {
      start = newCrossing();
      known = 0;
    }
    known += 1;
    let at = start;
    for (const value of path) {
      const next = at.roads.get(value) ?? newCrossing<T>();
      at.roads.set(value, next);
      at = next;
    }
    at.made = make(path);
    return at.made;
  }

  return (path) => {
    let at: Crossing<T> | undefined = start;
    for (let index = 0; at !== undefined && index < path.length; index += 1)
      at = at.roads.get(path[index]);
    return at?.made ?? add(path);
  };
}

function isLong(value: unknown): boolean {
  return typeof value === 'string' && value.length > CHARACTERS_MAX;
}

function newCrossing<T>(): Crossing<T> {
  return { roads: new Map(), made: undefined };
}
