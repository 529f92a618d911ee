import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../json.ts';
import { bytesIn, decodeGrounding, encodeGrounding } from './grounding.ts';
import { plain } from './testing/exchange.ts';

const web = { uri: 'https://a.b/c', title: 'A' };
const source = { url: web.uri, title: web.title };

function candidate(
  supports: readonly JsonObject[],
  chunks: readonly JsonObject[] = [{ web }],
): JsonObject {
  return { groundingMetadata: { groundingChunks: chunks, groundingSupports: supports } };
}

function support(startIndex: number | undefined, endIndex: number, text?: string): JsonObject {
  return plain({ segment: { startIndex, endIndex, text }, groundingChunkIndices: [0] });
}

/** The words that each citation covers, by part. */
function cited(texts: readonly string[], ...candidates: readonly JsonObject[]): unknown {
  let start = 0;
  const segments = texts.map((text, index) => {
    const segment = { index, start };
    start += text.length;
    return segment;
  });
  const found = decodeGrounding(candidates, { text: texts.join(''), segments });
  return [...found].map(([index, citations]) => [
    index,
    ...citations.map((citation) =>
      citation.start === undefined ? '?' : texts[index]?.slice(citation.start, citation.end),
    ),
  ]);
}

test('positions are bytes: letters beyond ASCII and beyond the BMP count as they are written', () => {
  assert.deepEqual(cited(['é😀 naïve'], candidate([support(7, 13), support(undefined, 2)])), [
    [0, 'naïve', 'é'],
  ]);
});

test('positions run through all visible parts, and land in the right one', () => {
  assert.deepEqual(cited(['ñandú ', 'corre'], candidate([support(8, 13), support(0, 7)])), [
    [1, 'corre'],
    [0, 'ñandú'],
  ]);
  assert.deepEqual(cited(['abc', 'def'], candidate([support(1, 6)])), [[0, 'bc']]);
});

test('where the position is off, the quotation tells', () => {
  assert.deepEqual(cited(['one two three'], candidate([support(5, 8, 'two')])), [[0, 'two']]);
});

test('chunks without supports, and other kinds of chunks', () => {
  assert.deepEqual(cited(['abc'], candidate([])), [[0, '?']]);
  const maps = { maps: { uri: 'https://maps', title: 'M' } };
  const file = { retrievedContext: { text: 'no address' } };
  const both = { ...support(0, 1), groundingChunkIndices: [0, 1, 9] };
  assert.deepEqual(cited(['abc'], candidate([both], [file, maps])), [[0, 'a']]);
});

test('what several chunks of a stream repeat is told once', () => {
  const one = candidate([support(0, 3)]);
  assert.deepEqual(cited(['abc'], one, one), [[0, 'abc']]);
});

test('words that stand in some source are citations too', () => {
  const citationMetadata = {
    citationSources: [
      { startIndex: 1, endIndex: 2, uri: 'https://x' },
      { endIndex: 1, uri: '' },
    ],
  };
  assert.deepEqual(cited(['abc'], { citationMetadata }), [[0, 'b']]);
});

test('nonsense is nothing', () => {
  const wrong = candidate([{ groundingChunkIndices: ['x', -1, 7] }, { segment: 3 }]);
  assert.deepEqual(cited(['abc'], wrong, { groundingMetadata: 3, citationMetadata: null }), []);
  assert.deepEqual(cited([], candidate([support(3, 9, 'zzz')])), [[0, '?']]);
});

test('sources are written once, however often they are cited', () => {
  const citation = { ...source, citedText: 'x' };
  assert.deepEqual(
    plain(
      encodeGrounding([
        { citation, startByte: 0, endByte: 1 },
        { citation, startByte: undefined, endByte: undefined },
        { citation: { url: 'https://z' }, startByte: undefined, endByte: undefined },
      ]) ?? null,
    ),
    {
      groundingChunks: [{ web }, { web: { uri: 'https://z', title: 'https://z' } }],
      groundingSupports: [
        { segment: { startIndex: 0, endIndex: 1, text: 'x' }, groundingChunkIndices: [0] },
        { segment: { text: 'x' }, groundingChunkIndices: [0] },
      ],
    },
  );
  assert.equal(encodeGrounding([]), undefined);
});

test('lengths in bytes are those of UTF-8', () => {
  for (const text of ['', 'abc', 'é', '€', '😀', 'a😀é']) {
    assert.equal(bytesIn(text, 0, text.length), new TextEncoder().encode(text).length, text);
  }
});
