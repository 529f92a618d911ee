/** Lines of a frame: pieces with a style each, cut to cells and painted last, so that nothing raw gets through. */
import { styleText } from 'node:util';
import { cellsOf, fit } from './cells.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'inverse';

export interface Piece {
  readonly text: string;
  readonly style?: Style | undefined;
}

export type Line = readonly Piece[];

/** Exactly `width` cells wide; every text becomes harmless here. */
export function lineText(line: Line, width: number, hasColour: boolean): string {
  let left = width;
  let text = '';
  for (const { text: raw, style } of line) {
    const cells = Math.min(left, cellsOf(raw));
    if (cells === 0) continue;
    const fitted = fit(raw, cells);
    const isPainted = hasColour && style !== undefined;
    text += isPainted ? styleText(style, fitted, { validateStream: false }) : fitted;
    left -= cells;
  }
  return text + ' '.repeat(left);
}

interface Item {
  readonly label: string;
  readonly value: string;
  readonly style?: Style | undefined;
}

const GAP = 3;

/** A head and labelled values; those that do not fit go on below, under the first. */
export function itemLines(head: string, items: readonly Item[], width: number): readonly Line[] {
  const indent = 12;
  const lines: Piece[][] = [[{ text: fit(head, indent), style: 'bold' }]];
  let used = indent;
  for (const { label, value, style } of items) {
    const cells = cellsOf(label) + 1 + cellsOf(value);
    const isFirst = used === indent;
    if (!isFirst && used + GAP + cells > width) {
      lines.push([{ text: ' '.repeat(indent) }]);
      used = indent;
    }
    const gap = used === indent ? 0 : GAP;
    lines
      .at(-1)
      ?.push({ text: `${' '.repeat(gap)}${label} `, style: 'dim' }, { text: value, style });
    used += gap + cells;
  }
  return lines;
}
