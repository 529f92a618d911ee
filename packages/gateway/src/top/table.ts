/** Tables that fit: the first column takes what the others leave, and columns that matter least go first. */
import { cellsOf, fit, fitRight } from './cells.ts';
import type { Line, Piece, Style } from './lines.ts';

export interface Column<Row> {
  readonly head: string;
  readonly align: 'left' | 'right';
  /** Those with the largest one are left out first where there is no room; 0: never. */
  readonly rank: number;
  readonly cell: (row: Row) => string;
  readonly style?: (row: Row) => Style | undefined;
}

interface Sized<Row> {
  readonly column: Column<Row>;
  readonly width: number;
}

const GAP = 2;
const NAME_WIDTH_MIN = 12;
const NAME_WIDTH_MAX = 40;

/** `columns`: the first one is that of the name. The head and at most `rowsMax` lines below it. */
export function tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { width, rowsMax }: { readonly width: number; readonly rowsMax: number },
): readonly Line[] {
  // In a single line a row says more than how many there are.
  const isTold = rows.length > rowsMax && rowsMax > 1;
  const shown = rows.slice(0, isTold ? rowsMax - 1 : Math.max(0, rowsMax));
  const sized = sizes(columns, shown, width);
  const head = sized.map((one): Piece => ({ text: aligned(one, one.column.head), style: 'dim' }));
  const body = shown.map((row) =>
    sized.map(
      (one): Piece => ({
        text: aligned(one, one.column.cell(row)),
        style: one.column.style?.(row),
      }),
    ),
  );
  const lines = [head, ...body].map(spaced);
  if (!isTold) return lines;
  return [...lines, [{ text: `… and ${rows.length - shown.length} more`, style: 'dim' }]];
}

function sizes<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
): readonly Sized<Row>[] {
  const natural = columns.map((column) => ({
    column,
    width: Math.max(cellsOf(column.head), ...rows.map((row) => cellsOf(column.cell(row)))),
  }));
  const [name, ...others] = natural;
  if (name === undefined) return [];
  const kept = [...others];
  const leftFor = (): number =>
    width - kept.reduce((sum, { width: cells }) => sum + GAP + cells, 0);
  while (leftFor() < Math.min(NAME_WIDTH_MIN, name.width)) {
    const least = kept.toSorted((one, other) => other.column.rank - one.column.rank)[0];
    if (least === undefined || least.column.rank === 0) break;
    kept.splice(kept.indexOf(least), 1);
  }
  const room = Math.max(1, Math.min(leftFor(), NAME_WIDTH_MAX));
  return [
    { column: name.column, width: Math.min(room, Math.max(name.width, NAME_WIDTH_MIN)) },
    ...kept,
  ];
}

function aligned<Row>({ column: { align }, width }: Sized<Row>, text: string): string {
  return align === 'left' ? fit(text, width) : fitRight(text, width);
}

function spaced(pieces: readonly Piece[]): Line {
  return pieces.flatMap((one, index) => (index === 0 ? [one] : [{ text: ' '.repeat(GAP) }, one]));
}

/** As many lines for each as it wants, or what there is in equal parts. */
export function shares(available: number, wanted: readonly number[]): readonly number[] {
  const given = wanted.map(() => 0);
  let left = Math.max(0, available);
  while (left > 0) {
    const hungry = wanted
      .map((_, index) => index)
      .filter((index) => (given[index] ?? 0) < (wanted[index] ?? 0));
    if (hungry.length === 0) break;
    for (const index of hungry.slice(0, left)) given[index] = (given[index] ?? 0) + 1;
    left -= Math.min(left, hungry.length);
  }
  return given;
}
