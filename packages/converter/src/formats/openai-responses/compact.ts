/** Leaves absent fields out, so that what is written holds nothing that was not meant. */

/** Changes the object that it is given; meant for literals just built. */
export function compact<T extends object>(fresh: T): T {
  for (const key of Object.keys(fresh)) {
    if (Reflect.get(fresh, key) === undefined) Reflect.deleteProperty(fresh, key);
  }
  return fresh;
}
