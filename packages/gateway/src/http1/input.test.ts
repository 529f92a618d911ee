/** Bytes that wait on a connection. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { append, createInput, mayHoldHead, rest, sizeOf, take } from './input.ts';

const head = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(60_000)}\r\n\r\n`;

describe('the input of a connection', () => {
  it('asks for a head to be read once, however many pieces it came in', () => {
    const input = createInput();
    let asked = 0;
    for (const byte of Buffer.from(head)) {
      append(input, Buffer.of(byte));
      if (mayHoldHead(input)) asked++;
    }
    assert.equal(asked, 1);
    assert.equal(rest(input).toString(), head);
  });

  it('asks at the first line feed that stands alone', () => {
    const input = createInput();
    append(input, Buffer.from('GET / HTTP/1.1\r'));
    assert.equal(mayHoldHead(input), false);
    append(input, Buffer.from('\nHost: a'));
    assert.equal(mayHoldHead(input), false);
    append(input, Buffer.from('\n'));
    assert.equal(mayHoldHead(input), true);
  });

  it('never writes over what was taken from it', () => {
    const input = createInput();
    const taken: Buffer[] = [];
    const pieces = Array.from({ length: 500 }, (_, index) => String(index).padStart(4, '0'));
    append(input, Buffer.from('start'));
    for (const piece of pieces) {
      append(input, Buffer.from(piece));
      taken.push(rest(input).subarray(0, 4));
      take(input, 4);
    }
    assert.equal(sizeOf(input), 5);
    assert.equal(Buffer.concat([...taken, rest(input)]).toString(), `start${pieces.join('')}`);
  });
});
