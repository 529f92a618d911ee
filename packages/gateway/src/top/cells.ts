/** Text that is safe in a terminal and fills an exact number of its cells. */

/** Controls, format characters that are seen by nobody, separators, lone surrogates, and what is no character. */
const hostile = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;
const REPLACEMENT = '\ufffd';
const onlyMarks = /^\p{M}+$/u;
const emoji = /^\p{Emoji_Presentation}/u;
/** Code points of letters that take two cells, first and last. */
const wideRanges = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd],
] as const;
const EMOJI_STYLE = '\ufe0f';
/** More marks on one letter paint over the lines above and below. */
const GRAPHEME_LENGTH_MAX = 16;

/** Without anything that a terminal obeys or that changes how the rest is read. */
export function harmless(text: string): string {
  return text.replace(hostile, REPLACEMENT);
}

/** How many cells the text takes. */
export function cellsOf(text: string): number {
  return graphemesOf(text).reduce((sum, grapheme) => sum + cellsOfGrapheme(grapheme), 0);
}

/** Harmless, and cut with an ellipsis or filled with blanks: exactly `width` cells wide. */
export function fit(text: string, width: number): string {
  const graphemes = graphemesOf(text);
  const whole = graphemes.reduce((sum, grapheme) => sum + cellsOfGrapheme(grapheme), 0);
  if (whole <= width) return graphemes.join('') + ' '.repeat(width - whole);
  if (width < 1) return '';
  let kept = '';
  let used = 0;
  for (const grapheme of graphemes) {
    const cells = cellsOfGrapheme(grapheme);
    if (used + cells > width - 1) break;
    kept += grapheme;
    used += cells;
  }
  return `${kept}…${' '.repeat(width - 1 - used)}`;
}

/** The same, with the blanks before the text. */
export function fitRight(text: string, width: number): string {
  const blanks = width - cellsOf(text);
  return blanks > 0 ? ' '.repeat(blanks) + fit(text, width - blanks) : fit(text, width);
}

function graphemesOf(text: string): readonly string[] {
  if (/^[ -~]*$/.test(text)) return text.split('');
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(harmless(text)), ({ segment }) =>
    segment.length > GRAPHEME_LENGTH_MAX ? REPLACEMENT : segment,
  );
}

function cellsOfGrapheme(grapheme: string): number {
  if (onlyMarks.test(grapheme)) return 0;
  const first = grapheme.codePointAt(0) ?? 0;
  const isWide = wideRanges.some(([from, to]) => first >= from && first <= to);
  return isWide || emoji.test(grapheme) || grapheme.includes(EMOJI_STYLE) ? 2 : 1;
}
