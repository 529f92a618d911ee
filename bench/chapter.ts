/** A part of the report: its tables, what is to be said of them, and figures that goals are held against. */

export interface Chapter {
  readonly title: string;
  /** In Markdown. */
  readonly paragraphs: readonly string[];
  readonly figures: Figures;
}

/** By names that `goals.ts` uses. */
export type Figures = Readonly<Record<string, number>>;

/** The first column is text, all others are figures. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((name, index) =>
    Math.max(name.length, 3, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string => {
    const padded = widths.map((width, index) => {
      const cell = cells[index] ?? '';
      return index === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${padded.join(' | ')} |`;
  };
  const rule = widths.map((width, index) =>
    index === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(columns), line(rule), ...rows.map(line)].join('\n');
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

/** With so many decimals; a dash for what there is none of. */
export function shown(value: number | undefined, decimals = 0): string {
  return value === undefined || !Number.isFinite(value) ? '-' : value.toFixed(decimals);
}
