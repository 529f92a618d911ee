/** Looks into what a file holds while nothing of it is checked yet. */

export interface Entries {
  readonly [key: string]: unknown;
}

export function isEntries(value: unknown): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** None when it is something else. */
export function entriesOf(value: unknown): Entries {
  return isEntries(value) ? value : {};
}

export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
