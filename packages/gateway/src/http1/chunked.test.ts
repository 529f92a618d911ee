/** The chunked coding: every cut gives the same body, and nothing malformed passes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChunkedDecoder, decodeChunks, isDone } from './chunked.ts';
import { MalformedHttp } from './malformed.ts';

interface Decoded {
  readonly text: string;
  readonly isDone: boolean;
  readonly consumed: number;
}

function decode(parts: readonly string[]): Decoded {
  let text = '';
  let consumed = 0;
  const decoder = createChunkedDecoder();
  const receiver = {
    data(piece: Uint8Array) {
      assert.notEqual(piece.length, 0);
      text += Buffer.from(piece).toString('latin1');
    },
  };
  for (const part of parts)
    consumed += decodeChunks(decoder, Buffer.from(part, 'latin1'), receiver);
  return { text, isDone: isDone(decoder), consumed };
}

const wellFormed = [
  ['one chunk', '5\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['no payload', '0\r\n\r\n', ''],
  [
    'sizes in either case, with leading zeros',
    '0A\r\n0123456789\r\n00b\r\n0123456789a\r\n000\r\n\r\n',
    '01234567890123456789a',
  ],
  ['extensions', '3;name=value;flag\r\nabc\r\n1;q="a b"\r\nd\r\n0;last\r\n\r\n', 'abcd'],
  ['blanks before the name of an extension', '3; \ta=b\r\nabc\r\n0\r\n\r\n', 'abc'],
  ['a trailer without a value', '3\r\nabc\r\n0\r\nexpires:\r\n\r\n', 'abc'],
  ['trailers', '3\r\nabc\r\n0\r\nexpires: never\r\nx-sum: 1\r\n\r\n', 'abc'],
  ['line ends in the payload', '6\r\n\r\n0\r\n\r\r\n0\r\n\r\n', '\r\n0\r\n\r'],
] as const;

for (const [name, coded, text] of wellFormed) {
  test(`the body is the same at every cut: ${name}`, () => {
    const whole = { text, isDone: true, consumed: coded.length };
    assert.deepEqual(decode(coded.split('')), whole);
    for (let cut = 0; cut <= coded.length; cut += 1)
      assert.deepEqual(decode([coded.slice(0, cut), coded.slice(cut)]), whole);
    for (let cut = 0; cut < coded.length; cut += 1)
      assert.equal(decode([coded.slice(0, cut)]).isDone, false, `done after ${cut} bytes`);
  });
}

test('what follows the last chunk is not consumed', () => {
  const coded = '1\r\na\r\n0\r\n\r\n';
  assert.deepEqual(decode([`${coded}POST`]), { text: 'a', isDone: true, consumed: coded.length });
  assert.deepEqual(decode([coded, 'POST']), { text: 'a', isDone: true, consumed: coded.length });
});

test('a chunk that was read in one piece is handed on as it is, not copied', () => {
  const bytes = Buffer.from('5\r\nhello\r\n');
  const pieces: Uint8Array[] = [];
  decodeChunks(createChunkedDecoder(), bytes, { data: (piece) => pieces.push(piece) });
  assert.equal(pieces[0]?.buffer, bytes.buffer);
});

const malformed = [
  ['no size', '\r\nabc\r\n'],
  ['an extension without a size', ';a\r\n'],
  ['a size that is no number', 'xyz\r\n'],
  ['a sign', '+5\r\nhello\r\n'],
  ['a negative size', '-5\r\nhello\r\n'],
  ['a prefixed size', '0x5\r\nhello\r\n'],
  ['a blank before the size', ' 5\r\nhello\r\n'],
  ['a blank after the size', '5 \r\nhello\r\n'],
  ['an underscore in the size', '1_0\r\n'],
  ['a size that a double cannot hold', 'fffffffffffffff\r\n'],
  ['a size line that ends in a lone line feed', '5\nhello\r\n'],
  ['a size line that ends in a lone carriage return', '5\rhello\r\n'],
  ['a line feed in an extension', '5;a\nb\r\nhello\r\n'],
  ['a carriage return in an extension', '5;a\rb\r\nhello\r\n'],
  ['a zero byte in an extension', '5;a\0\r\nhello\r\n'],
  ['a payload longer than its size', '5\r\nhello!\r\n'],
  ['a payload without a line end', '5\r\nhello0\r\n\r\n'],
  ['a payload that ends in a lone line feed', '5\r\nhello\n0\r\n\r\n'],
  ['a payload that ends in a lone carriage return', '5\r\nhello\r0\r\n\r\n'],
  ['a trailer that ends in a lone line feed', '0\r\na: b\n\r\n'],
  ['a last line that is a lone line feed', '0\r\n\n'],
  ['a last line that is not finished', '0\r\n\rX'],
  ['an endless size line', `5;${'a'.repeat(400)}`],
  ['an endless row of zeros', '0'.repeat(400)],
  ['an extension without a name', '5;\r\nhello\r\n0\r\n\r\n'],
  ['an extension that begins with a semicolon', '5;;a\r\nhello\r\n0\r\n\r\n'],
  ['a trailer without a colon', '0\r\nnonsense\r\n\r\n'],
  ['a trailer without a name', '0\r\n: b\r\n\r\n'],
  ['a trailer with a blank before its colon', '0\r\na : b\r\n\r\n'],
  ['a trailer that begins with a blank', '0\r\n a: b\r\n\r\n'],
  ['a folded trailer', '0\r\na: b\r\n c\r\n\r\n'],
  ['a request in the place of trailers', '0\r\nGET / HTTP/1.1\r\na: b\r\n\r\n'],
  ['endless trailers', `0\r\n${'a: b\r\n'.repeat(4000)}`],
] as const;

for (const [name, coded] of malformed) {
  test(`is refused: ${name}`, () => {
    assert.throws(() => decode([coded]), MalformedHttp);
    assert.throws(() => decode(coded.split('')), MalformedHttp);
  });
}
