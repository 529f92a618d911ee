/** Text in pieces: any bytes, cut anywhere, give what a streaming TextDecoder gives. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { createTextPieces, textOfPiece, textOfRest } from './text-pieces.ts';

function textOf(bytes: Uint8Array, cuts: readonly number[]): string {
  const pieces = createTextPieces();
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
  const sorted = ends.toSorted((a, b) => a - b);
  const texts = sorted.map((end, index) =>
    textOfPiece(pieces, bytes.subarray(sorted[index - 1] ?? 0, end)),
  );
  return texts.join('') + textOfRest(pieces);
}

const words = ['a', 'ä', '中', '😀', '\ufeff', '\n'].map((text) => [
  ...new TextEncoder().encode(text),
]);
/** Where a decoder has to decide: borders of what a first or a second byte may be. */
const odd = [
  0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4,
  0xf5, 0xff,
].map((byte) => [byte]);
const anyBytes = fc
  .array(fc.constantFrom(...words, ...odd), { maxLength: 12 })
  .map((parts) => Uint8Array.from(parts.flat()));

it('gives what a streaming decoder gives', () => {
  fc.assert(
    fc.property(anyBytes, fc.array(fc.nat(), { maxLength: 6 }), (bytes, cuts) => {
      assert.equal(textOf(bytes, cuts), new TextDecoder().decode(bytes));
    }),
    { numRuns: 5_000 },
  );
});

it('takes a byte order mark off the beginning, and no second one', () => {
  const bytes = new TextEncoder().encode('\ufeff\ufeffa');
  for (let cut = 0; cut <= bytes.length; cut += 1) assert.equal(textOf(bytes, [cut]), '\ufeffa');
});

it('keeps nothing of memory that is used again', () => {
  const pieces = createTextPieces();
  const shared = Buffer.from('中');
  assert.equal(textOfPiece(pieces, shared.subarray(0, 2)), '');
  const rest = Uint8Array.from(shared.subarray(2));
  shared.fill(0x41);
  assert.equal(textOfPiece(pieces, rest), '中');
});
