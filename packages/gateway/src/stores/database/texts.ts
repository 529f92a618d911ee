/**
 * Any JavaScript string as a text that every database keeps. PostgreSQL has no NUL in texts, and
 * UTF-8 has no lone surrogates; both are written as `\uXXXX`, as is a backslash before a `u`, so
 * that nothing else reads like one of them.
 */

const UNSTORABLE =
  /\\(?=u)|\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const ESCAPED = /\\u([0-9a-f]{4})/g;

export function storedText(text: string): string {
  return text.replace(
    UNSTORABLE,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function originalText(stored: string): string {
  return stored.replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
