/** JSON that shows whatever is in it: what terminals obey, and line ends of any kind, are escaped. */

import type { JsonValue } from 'ai-api-converter';

/** Left as they are by JSON: controls, soft hyphens, zero widths, line separators, changes of direction. */
const unseen = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

export function visibleJson(value: JsonValue | undefined): string {
  return JSON.stringify(value ?? null).replaceAll(unseen, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
