/** An address as its client may see it again: without what may be secret in it. */

const CHARACTERS_MAX = 200;

/** Signatures stand in the query, passwords before the host. */
export function shownUrl(text: string): string {
  const url = URL.parse(text);
  const shown = url === null ? 'the address' : `${url.protocol}//${url.host}${url.pathname}`;
  return shown.length > CHARACTERS_MAX ? `${shown.slice(0, CHARACTERS_MAX)}…` : shown;
}
