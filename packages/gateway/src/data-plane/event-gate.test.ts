/** Whole events pass as they came; a beginning waits for its end. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEventGate, passRest, passWhole } from './event-gate.ts';

function passed(chunks: readonly string[]): readonly string[] {
  const gate = createEventGate();
  const pieces = chunks.map((chunk) => Buffer.from(passWhole(gate, Buffer.from(chunk))).toString());
  return [...pieces, Buffer.from(passRest(gate, true)).toString()];
}

describe('the gate of a stream that passes through', () => {
  const table: readonly (readonly [
    name: string,
    in_: readonly string[],
    out: readonly string[],
  ])[] = [
    ['whole events pass at once', ['data: 1\n\ndata: 2\n\n'], ['data: 1\n\ndata: 2\n\n', '']],
    [
      'half an event waits',
      ['data: 1\n\nda', 'ta: 2\n', '\n'],
      ['data: 1\n\n', '', 'data: 2\n\n', ''],
    ],
    [
      'CRLF',
      ['data: 1\r\n\r\nda', 'ta: 2\r\n\r', '\n'],
      ['data: 1\r\n\r\n', '', 'data: 2\r\n\r\n', ''],
    ],
    ['CR', ['data: 1\r\rda', 'ta: 2\r', '\r'], ['data: 1\r\r', '', 'data: 2\r\r', '']],
    [
      'a blank line over a cut, more behind it',
      ['data: 1\n', '\ndata: 2'],
      ['', 'data: 1\n\n', 'data: 2\n\n'],
    ],
    ['a last event without its blank line', ['data: {"a":1}'], ['', 'data: {"a":1}\n\n']],
    ['a last word without its blank line', ['data: [DONE]\n'], ['', 'data: [DONE]\n\n\n']],
    ['half a last event', ['data: {"a":', '1'], ['', '', '']],
    ['half a last word', ['data: [DO'], ['', '']],
  ];
  for (const [name, chunks, expected] of table) {
    it(`handles: ${name}`, () => assert.deepEqual(passed(chunks), expected));
  }

  it('leaves a last event as it is where its end is certain', () => {
    const gate = createEventGate();
    passWhole(gate, Buffer.from('data: {"a":1}\n'));
    assert.equal(Buffer.from(passRest(gate, false)).toString(), 'data: {"a":1}\n');
  });

  it('hands on the chunk itself where nothing waits', () => {
    const chunk = Buffer.from('data: 1\n\n');
    assert.equal(passWhole(createEventGate(), chunk), chunk);
  });

  it('gives the same bytes however they are cut', () => {
    const text =
      ': hi\n\nevent: a\ndata: {"x":"é🎈"}\n\ndata: 1\r\n\r\ndata: 2\r\rdata: [DONE]\n\n';
    const bytes = Buffer.from(text);
    for (let first = 0; first <= bytes.length; first += 1) {
      for (let second = first; second <= bytes.length; second += 3) {
        const gate = createEventGate();
        const pieces = [
          bytes.subarray(0, first),
          bytes.subarray(first, second),
          bytes.subarray(second),
        ].map((piece) => passWhole(gate, piece));
        assert.equal(Buffer.concat([...pieces, passRest(gate, false)]).toString(), text);
      }
    }
  });
});
