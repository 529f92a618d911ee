/** Leaves absent fields out, so that what is written holds nothing that was not meant. */

/** For literals just built: the same object, or one without the fields that are undefined. */
export function compact<T extends object>(fresh: T): T;
export function compact(fresh: { readonly [key: string]: unknown }): object {
  for (const key in fresh) if (fresh[key] === undefined) return present(fresh);
  return fresh;
}

/** A copy: deleting a field makes V8 keep the object as a hash table, which doubled the cost of a conversion. */
function present(fresh: { readonly [key: string]: unknown }): object {
  const kept: { [key: string]: unknown } = {};
  for (const key in fresh) {
    const value = fresh[key];
    if (value !== undefined) kept[key] = value;
  }
  return kept;
}
