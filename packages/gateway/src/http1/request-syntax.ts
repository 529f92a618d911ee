/** The alphabets of a request head: which bytes may stand in names, targets and hosts. */

/** What may be in a name or method maps to its lower-case byte, everything else to 0. */
export const tokenBytes: Uint8Array = tableOf(
  (byte) => /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(byte)),
  (byte) => String.fromCharCode(byte).toLowerCase().charCodeAt(0),
);

/**
 * Not in it: blanks, controls, bytes beyond ASCII, and what a second reader of the target may take
 * for something else (a backslash for a slash, a number sign for the end).
 */
export const targetBytes: Uint8Array = tableOf(
  (byte) => byte > 32 && byte < 127 && !'"#<>\\'.includes(String.fromCharCode(byte)),
  () => 1,
);

function tableOf(isIn: (byte: number) => boolean, entry: (byte: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (isIn(byte) ? entry(byte) : 0));
}

const AUTHORITY_PATTERN =
  /^(?:[0-9A-Za-z._~-]+|\[[0-9A-Fa-f:.]+\])(?::(?:\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]))?$/;

/** A name, an IPv4 address or an IPv6 address in brackets, and perhaps a port: nothing else is dialled in practice. */
export function isAuthority(text: string): boolean {
  return AUTHORITY_PATTERN.test(text);
}

export const CR = 13;
export const LF = 10;
export const SPACE = 32;
export const TAB = 9;
export const COLON = 58;
export const DELETE = 127;
