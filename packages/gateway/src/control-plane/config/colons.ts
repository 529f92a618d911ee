/** `key:value` is one text in YAML, not a key and its value. */

export const COLON_TIGHT = 'a space is missing after the colon';

export function isColonTight(given: unknown): boolean {
  return typeof given === 'string' && /^["']?[a-z_]+["']?:[^\s/]/i.test(given);
}
