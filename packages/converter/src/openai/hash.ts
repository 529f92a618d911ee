/** Short names for long or missing ids; the same text gets the same name, so that replays stay equal. */

/** FNV-1a twice, with different starts, as base 36: at most 14 letters and digits. */
export function shortHash(text: string): string {
  return fnv(text, 0x811c9dc5).toString(36) + fnv(text, 0x050c5d1f).toString(36);
}

function fnv(text: string, start: number): number {
  let hash = start;
  for (let at = 0; at < text.length; at++) {
    hash ^= text.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}
