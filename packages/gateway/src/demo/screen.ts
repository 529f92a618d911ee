/** The terminal: colours where they are wanted, text that wraps beside its label. */
import { styleText } from 'node:util';
import { isObject } from './json.ts';

export type Style = 'bold' | 'dim' | 'green' | 'red' | 'cyan' | 'yellow' | 'magenta';

export interface Screen {
  readonly line: (text?: string) => void;
  /** A labelled line; what does not fit continues below its own beginning. */
  readonly row: (label: string, text: string, style?: Style) => void;
  /** A labelled line whose text comes piece by piece. */
  readonly openRow: (label: string) => OpenRow;
  readonly paint: (style: Style, text: string) => string;
}

interface OpenRow {
  readonly write: (text: string, style?: Style) => void;
  readonly end: () => void;
}

const LABEL_WIDTH = 17;
const COLUMNS_MAX = 120;

export function createScreen(
  stream: NodeJS.WritableStream & { readonly columns?: number },
): Screen {
  const columns = Math.max(60, Math.min(stream.columns ?? 100, COLUMNS_MAX));
  const paint = (style: Style, text: string): string => styleText(style, text, { stream });
  const indent = ' '.repeat(LABEL_WIDTH);

  function openRow(label: string): OpenRow {
    stream.write(paint('dim', `  ${label}`.padEnd(LABEL_WIDTH)));
    let column = LABEL_WIDTH;
    // White space waits for the word behind it, so that no line ends in it.
    let gap = 0;
    return {
      write(text, style) {
        for (const word of text.match(/\s+|\S+/gu) ?? []) {
          if (word.trim() === '') {
            gap = word.length;
            continue;
          }
          if (column + gap + word.length > columns && column > LABEL_WIDTH) {
            stream.write(`\n${indent}`);
            column = LABEL_WIDTH;
            gap = 0;
          }
          stream.write(' '.repeat(gap));
          stream.write(style === undefined ? word : paint(style, word));
          column += gap + word.length;
          gap = 0;
        }
      },
      end: () => {
        stream.write('\n');
      },
    };
  }

  return {
    line: (text = '') => {
      stream.write(`${text}\n`);
    },
    row(label, text, style) {
      const row = openRow(label);
      row.write(text, style);
      row.end();
    },
    openRow,
    paint,
  };
}

const STRING_MAX = 56;
const DEPTH_MAX = 5;

/** JSON in one line that breaks well, long texts and deep values cut short. */
export function abridged(value: unknown, depth = 0): string {
  if (typeof value === 'string') {
    const cut = value.length > STRING_MAX ? `${value.slice(0, STRING_MAX / 2)}…` : value;
    return JSON.stringify(cut);
  }
  if (Array.isArray(value)) {
    if (depth > DEPTH_MAX && value.length > 0) return '[…]';
    return `[${value.map((item) => abridged(item, depth + 1)).join(', ')}]`;
  }
  if (!isObject(value)) return JSON.stringify(value) ?? 'nothing';
  if (depth > DEPTH_MAX) return '{…}';
  const members = Object.entries(value).map(
    ([key, member]) => `${key}: ${abridged(member, depth + 1)}`,
  );
  return `{${members.join(', ')}}`;
}
