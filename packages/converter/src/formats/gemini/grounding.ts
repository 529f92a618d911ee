/**
 * Grounding: where Gemini says which web page stands behind which words. Its positions are UTF-8 bytes
 * of all visible text of a candidate, whatever parts that text came in; ours are UTF-16 units of a part.
 */
import type { Citation } from '../../ir/part.ts';
import { isObject, type JsonObject, type JsonValue } from '../../json.ts';
import { numericOf } from './fields.ts';

/** One text part within the visible text of its candidate. */
export interface Segment {
  readonly index: number;
  /** Where it starts, in UTF-16 units. */
  readonly start: number;
}

export interface Visible {
  readonly text: string;
  readonly segments: readonly Segment[];
}

interface Source {
  readonly url: string;
  readonly title: string | undefined;
}

interface Span {
  readonly source: Source;
  readonly startByte: number | undefined;
  readonly endByte: number | undefined;
  readonly citedText: string | undefined;
}

/** Citations by the index of the part that they belong to. */
export function decodeGrounding(
  candidates: readonly JsonObject[],
  visible: Visible,
): ReadonlyMap<number, readonly Citation[]> {
  const spans = candidates.flatMap(spansOf);
  const bytes = spans.flatMap(({ startByte, endByte }) => [startByte ?? 0, endByte ?? 0]);
  const positions = unitsOfBytes(visible.text, bytes);
  const cited = new Map<number, Citation[]>();
  const seen = new Set<string>();
  for (const span of spans) {
    const { index, citation } = placed(span, visible, positions);
    const key = `${index} ${citation.start} ${citation.end} ${citation.url}`;
    // Chunks of a stream may repeat what earlier ones said.
    if (seen.has(key)) continue;
    seen.add(key);
    const list = cited.get(index);
    if (list === undefined) cited.set(index, [citation]);
    else list.push(citation);
  }
  return cited;
}

export function hasGrounding(candidate: JsonObject): boolean {
  const { groundingMetadata: grounding, citationMetadata: citations } = candidate;
  return (
    (isObject(grounding) && Array.isArray(grounding['groundingChunks'])) ||
    (isObject(citations) && Object.keys(citations).length > 0)
  );
}

function spansOf(candidate: JsonObject): readonly Span[] {
  const { groundingMetadata: grounding, citationMetadata: recited } = candidate;
  return [
    ...(isObject(grounding) ? groundedSpans(grounding) : []),
    ...(isObject(recited) ? recitedSpans(recited) : []),
  ];
}

function groundedSpans(grounding: JsonObject): readonly Span[] {
  const sources = objects(grounding['groundingChunks']).map(sourceOf);
  const supports = objects(grounding['groundingSupports']);
  if (supports.length === 0) return sources.flatMap((source) => unplaced(source));
  return supports.flatMap((support) => {
    const segment = isObject(support['segment']) ? support['segment'] : {};
    const chunks = support['groundingChunkIndices'];
    const indices = Array.isArray(chunks) ? chunks.map(numericOf) : [];
    return indices.flatMap((index) => {
      const source = index === undefined ? undefined : sources[index];
      if (source === undefined) return [];
      const citedText = typeof segment['text'] === 'string' ? segment['text'] : undefined;
      return [{ source, ...bytesOf(segment), citedText }];
    });
  });
}

/** Words that stand in some source as they are. */
function recitedSpans(recited: JsonObject): readonly Span[] {
  return objects(recited['citationSources'] ?? recited['citations']).flatMap((citation) => {
    const { uri, title } = citation;
    if (typeof uri !== 'string' || uri === '') return [];
    const source = { url: uri, title: typeof title === 'string' ? title : undefined };
    return [{ source, ...bytesOf(citation), citedText: undefined }];
  });
}

function bytesOf(segment: JsonObject): Pick<Span, 'startByte' | 'endByte'> {
  const endByte = numericOf(segment['endIndex']);
  // Zero is a proto3 default and so is left out.
  return {
    startByte: endByte === undefined ? undefined : (numericOf(segment['startIndex']) ?? 0),
    endByte,
  };
}

function unplaced(source: Source | undefined): readonly Span[] {
  if (source === undefined) return [];
  return [{ source, startByte: undefined, endByte: undefined, citedText: undefined }];
}

function sourceOf(chunk: JsonObject): Source | undefined {
  for (const kind of ['web', 'retrievedContext', 'maps', 'image']) {
    const source = chunk[kind];
    if (!isObject(source)) continue;
    const url = source['uri'] ?? source['sourceUri'];
    const title = source['title'];
    if (typeof url !== 'string' || url === '') return undefined;
    return { url, title: typeof title === 'string' ? title : undefined };
  }
  return undefined;
}

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

interface Placed {
  readonly index: number;
  readonly citation: Citation;
}

function placed(
  { source, startByte, endByte, citedText }: Span,
  { text, segments }: Visible,
  positions: ReadonlyMap<number, number>,
): Placed {
  const start = startByte === undefined ? undefined : positions.get(startByte);
  const end = endByte === undefined ? undefined : positions.get(endByte);
  const last = segments.at(-1)?.index ?? 0;
  const bare = { url: source.url, title: source.title, citedText };
  if (start === undefined || end === undefined) return { index: last, citation: bare };
  const range = corrected(text, { start, end }, citedText);
  const at = segments.findLastIndex((segment) => segment.start <= range.start);
  const segment = segments[at];
  if (segment === undefined) return { index: last, citation: bare };
  const bound = segments[at + 1]?.start ?? text.length;
  return {
    index: segment.index,
    citation: {
      ...bare,
      citedText: citedText ?? text.slice(range.start, range.end),
      start: range.start - segment.start,
      end: Math.min(range.end, bound) - segment.start,
    },
  };
}

/** Real answers are sometimes off by a few bytes; their own quotation tells. */
function corrected(
  text: string,
  range: { readonly start: number; readonly end: number },
  quoted: string | undefined,
): { readonly start: number; readonly end: number } {
  if (quoted === undefined || quoted === '') return range;
  if (text.slice(range.start, range.end) === quoted) return range;
  const found = text.indexOf(quoted);
  return found === -1 ? range : { start: found, end: found + quoted.length };
}

/** Positions in UTF-16 units of positions in UTF-8 bytes, all found in one walk over the text. */
function unitsOfBytes(text: string, bytes: readonly number[]): ReadonlyMap<number, number> {
  const wanted = [...new Set(bytes)].toSorted((a, b) => a - b);
  const units = new Map<number, number>();
  let byte = 0;
  let unit = 0;
  for (const position of wanted) {
    while (byte < position && unit < text.length) {
      const code = text.codePointAt(unit) ?? 0;
      byte += utf8Length(code);
      unit += code > 0xffff ? 2 : 1;
    }
    units.set(position, unit);
  }
  return units;
}

/** The length in UTF-8 of a stretch of text. */
export function bytesIn(text: string, start: number, end: number): number {
  let bytes = 0;
  for (let unit = start; unit < end && unit < text.length; unit++) {
    const code = text.codePointAt(unit) ?? 0;
    bytes += utf8Length(code);
    if (code > 0xffff) unit++;
  }
  return bytes;
}

function utf8Length(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

/**
 * A citation to write, with its place in bytes of the visible text; undefined: not known. Its
 * `citedText` are the answer's own words, which Gemini repeats, rather than the source's.
 */
export interface PlacedCitation {
  readonly citation: Citation;
  readonly startByte: number | undefined;
  readonly endByte: number | undefined;
}

export function encodeGrounding(cited: readonly PlacedCitation[]): JsonObject | undefined {
  if (cited.length === 0) return undefined;
  const chunks: JsonObject[] = [];
  const indices = new Map<string, number>();
  const supports: JsonObject[] = [];
  for (const { citation, startByte, endByte } of cited) {
    const { url, title, citedText } = citation;
    const index = indices.get(url) ?? chunks.length;
    if (index === chunks.length) {
      indices.set(url, index);
      chunks.push({ web: { uri: url, title: title ?? url } });
    }
    if (endByte === undefined && citedText === undefined) continue;
    supports.push({
      segment: { startIndex: startByte, endIndex: endByte, text: citedText },
      groundingChunkIndices: [index],
    });
  }
  return { groundingChunks: chunks, groundingSupports: supports };
}
