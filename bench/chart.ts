/** Curves as a picture in SVG: small panels beside each other, both axes logarithmic. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Curve {
  readonly name: string;
  readonly points: Point[];
}

export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly curves: readonly Curve[];
}

const PANEL = { width: 300, height: 220, left: 52, right: 14, top: 34, bottom: 42 } as const;
const PANELS_A_ROW = 3;
const LEGEND_HEIGHT = 28;
/** Tell apart in grey and by those who see no red. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73'] as const;

export function drawCurves(panels: readonly Panel[], unit: string): string {
  const rows = Math.ceil(panels.length / PANELS_A_ROW);
  const width = PANEL.width * PANELS_A_ROW;
  const height = PANEL.height * rows + LEGEND_HEIGHT;
  const all = panels.flatMap(({ curves }) => curves.flatMap(({ points }) => points));
  const range = decades(all.map(({ y }) => y));
  const drawn = panels.map((panel, index) => {
    const x = (index % PANELS_A_ROW) * PANEL.width;
    const y = Math.floor(index / PANELS_A_ROW) * PANEL.height + LEGEND_HEIGHT;
    return `<g transform="translate(${x} ${y})">\n${drawPanel(panel, range)}\n</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...legend(panels[0]?.curves ?? [], unit),
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/** Whole powers of ten around all values. */
function decades(values: readonly number[]): Range {
  const logarithms = values.filter((value) => value > 0).map(Math.log10);
  const low = Math.floor(Math.min(...logarithms));
  return { low, high: Math.max(low + 1, Math.ceil(Math.max(...logarithms))) };
}

function legend(curves: readonly Curve[], unit: string): readonly string[] {
  const entries = curves.map(({ name }, index) => {
    const x = 150 + index * 110;
    return `<rect x="${x}" y="10" width="14" height="4" fill="${colourOf(index)}"/>${text(name, { x: x + 20, y: 16 })}`;
  });
  return [text(unit, { x: 12, y: 16, weight: 'bold' }), ...entries];
}

function drawPanel({ title, unit, curves }: Panel, range: Range): string {
  const across = decades(curves.flatMap(({ points }) => points.map(({ x }) => x)));
  const right = PANEL.width - PANEL.right;
  const bottom = PANEL.height - PANEL.bottom;
  const place = ({ x, y }: Point): Point => ({
    x: scale(Math.log10(x), across, [PANEL.left, right]),
    y: scale(Math.log10(y), range, [bottom, PANEL.top]),
  });
  const rows = steps(range).map((power) => {
    const { y } = place({ x: 1, y: 10 ** power });
    const label = text(short(10 ** power), { x: PANEL.left - 6, y: y + 4, anchor: 'end' });
    return `<line x1="${PANEL.left}" x2="${right}" y1="${round(y)}" y2="${round(y)}" stroke="#ddd"/>${label}`;
  });
  const columns = steps(across).map((power) => {
    const { x } = place({ x: 10 ** power, y: 1 });
    return text(short(10 ** power), { x, y: bottom + 15, anchor: 'middle' });
  });
  const lines = curves.map(({ points }, index) => {
    const colour = colourOf(index);
    const places = points.map(place);
    const line = places.map(({ x, y }) => `${round(x)},${round(y)}`).join(' ');
    const dots = places.map(
      ({ x, y }) => `<circle cx="${round(x)}" cy="${round(y)}" r="2.5" fill="${colour}"/>`,
    );
    return `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}`;
  });
  return [
    text(title, { x: PANEL.left, y: PANEL.top - 12, weight: 'bold' }),
    text(unit, { x: (PANEL.left + right) / 2, y: bottom + 30, anchor: 'middle' }),
    ...rows,
    ...columns,
    ...lines,
  ].join('\n');
}

function steps({ low, high }: Range): readonly number[] {
  return Array.from({ length: high - low + 1 }, (_none, index) => low + index);
}

function scale(value: number, { low, high }: Range, [from, to]: readonly [number, number]): number {
  return from + ((value - low) / (high - low)) * (to - from);
}

interface TextStyle {
  readonly x: number;
  readonly y: number;
  readonly anchor?: 'middle' | 'end';
  readonly weight?: 'bold';
}

function text(words: string, { x, y, anchor, weight }: TextStyle): string {
  const style = `${anchor === undefined ? '' : ` text-anchor="${anchor}"`}${weight === undefined ? '' : ` font-weight="${weight}"`}`;
  const escaped = words.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<text x="${round(x)}" y="${round(y)}"${style} fill="#222">${escaped}</text>`;
}

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length] ?? COLOURS[0];
}

function round(value: number): string {
  return value.toFixed(1);
}

function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 1e3 ? `${value / 1e3}k` : String(value);
}
