/** Readers of single values: text in, a checked value out, with the same bounds wherever the text came from. */
import { suggestion } from './nearest.ts';

/** What a value looks like, for the schema of the file. */
export type Shape =
  | { readonly type: 'integer'; readonly least: number; readonly most: number }
  /** A whole number, or the word that stands for one. */
  | { readonly type: 'count'; readonly least: number; readonly most: number; readonly word: string }
  | { readonly type: 'positive' }
  | { readonly type: 'not-negative' }
  | { readonly type: 'share' }
  | { readonly type: 'boolean' }
  | { readonly type: 'choice'; readonly choices: readonly string[] }
  /** Without a pattern it is checked by who takes it. */
  | { readonly type: 'text'; readonly pattern: RegExp | undefined }
  /** Text of a kind that a bare number is a mistake for: the reader says what is missing. */
  | { readonly type: 'notation'; readonly pattern: RegExp }
  | { readonly type: 'aliases' }
  | { readonly type: 'metrics' };

export interface Reader<T> {
  readonly shape: Shape;
  /** What a mistake says: `expected …`. */
  readonly expected: string;
  /** Undefined: refused. */
  read(text: string): T | undefined;
  /** The way out for a text that was refused: `; did you mean …?`, or nothing. */
  hint?(text: string): string;
}

export function integer(least: number, most: number): Reader<number> {
  return {
    shape: { type: 'integer', least, most },
    expected: `expected a whole number from ${least} to ${most}`,
    read(text) {
      const value = Number(text);
      return /^\d+$/.test(text) && value >= least && value <= most ? value : undefined;
    },
  };
}

const WORKERS_MAX = 256;

export const workers: Reader<number | 'cores'> = {
  shape: { type: 'count', least: 1, most: WORKERS_MAX, word: 'cores' },
  expected: `expected a whole number from 1 to ${WORKERS_MAX}, or cores`,
  read(text) {
    if (text.toLowerCase() === 'cores') return 'cores';
    return integer(1, WORKERS_MAX).read(text);
  },
};

/** Several divided by commas. */
export const origins: Reader<readonly string[]> = {
  shape: { type: 'text', pattern: undefined },
  expected: 'expected * or origins such as https://app.example.com, several divided by commas',
  read(text) {
    const listed = text.split(',').map((origin) => origin.trim());
    return listed.every((origin) => origin === '*' || isOrigin(origin)) ? listed : undefined;
  },
};

/** As browsers send it: nothing that they would write otherwise. */
function isOrigin(text: string): boolean {
  return URL.canParse(text) && `${new URL(text).protocol}//${new URL(text).host}` === text;
}

export const port: Reader<number> = integer(0, 65_535);

export const positive: Reader<number> = {
  shape: { type: 'positive' },
  expected: 'expected a number above 0',
  read(text) {
    const value = Number(text);
    return text !== '' && value > 0 && Number.isFinite(value) ? value : undefined;
  },
};

export const share: Reader<number> = {
  shape: { type: 'share' },
  expected: 'expected a number from 0 to 1',
  read(text) {
    const value = Number(text);
    return text !== '' && value >= 0 && value <= 1 ? value : undefined;
  },
};

export const boolean: Reader<boolean> = {
  shape: { type: 'boolean' },
  expected: 'expected true or false',
  read(text) {
    if (/^(?:true|1|yes|on)$/i.test(text)) return true;
    return /^(?:false|0|no|off)$/i.test(text) ? false : undefined;
  },
};

export function choice<const T extends string>(choices: readonly T[]): Reader<T> {
  return {
    shape: { type: 'choice', choices },
    expected: `expected one of ${choices.join(', ')}`,
    read: (text) => choices.find((choice) => choice === text.toLowerCase()),
    hint: (text) => suggestion(text, choices),
  };
}

/** Text that matches as a whole; the pattern has its own `^` and `$`, and no flags. */
export function matching(pattern: RegExp, expected: string): Reader<string> {
  return {
    shape: { type: 'text', pattern },
    expected,
    read: (text) => (pattern.test(text) ? text : undefined),
  };
}

export const host: Reader<string> = matching(
  /^[A-Za-z0-9.:_-]+$/,
  'expected a host name or an IP address, without scheme, port or path',
);

export const aliases: Reader<{ readonly [alias: string]: string }> = {
  shape: { type: 'aliases' },
  expected: 'expected alias=model, several divided by commas',
  read(text) {
    const pairs = text.split(',').map((pair) => pair.split('=').map((side) => side.trim()));
    for (const [alias, model, ...rest] of pairs) {
      if (!alias || !model || rest.length > 0) return undefined;
    }
    return Object.fromEntries(pairs.map(([alias = '', model = '']) => [alias, model]));
  },
};

export const keys: Reader<readonly string[]> = {
  shape: { type: 'text', pattern: undefined },
  expected: 'expected keys of printable ASCII without spaces, several divided by commas',
  read(text) {
    const found = splitKeys(text);
    return found.length > 0 && found.every(isKey) ? found : undefined;
  },
};

/** One text may hold several keys; a key that is named twice counts once. */
export function splitKeys(text: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim());
  return [...new Set(parts)].filter((part) => part !== '');
}

/** Whether a header can carry it. */
export function isKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
