/** Ids for calls that Gemini left without one: the same call gets the same id on every replay. */

/** `call_` and fourteen lower-case letters and digits. */
export function callIdOf(...fields: readonly (string | number)[]): string {
  const text = fields.join('\u0000');
  return `call_${fnv1a(text, 0x811c9dc5)}${fnv1a(text, 0x2f0b4c47)}`;
}

/** Gemini CLI stores ids as `name__id` and echoes them so. */
export function withoutNamePrefix(id: string, name: string): string {
  const prefix = withNamePrefix('', name);
  return name !== '' && id.length > prefix.length && id.startsWith(prefix)
    ? id.slice(prefix.length)
    : id;
}

export function withNamePrefix(id: string, name: string): string {
  return `${name}__${id}`;
}

function fnv1a(text: string, basis: number): string {
  let hash = basis;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0).toString(36).padStart(7, '0');
}
