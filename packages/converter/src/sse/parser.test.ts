/** The SSE parser: every line end, every cut. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createSseParser, type SseEvent } from './parser.ts';

function parse(chunks: readonly Uint8Array[]): readonly SseEvent[] {
  const events: SseEvent[] = [];
  const parser = createSseParser();
  for (const chunk of chunks) parser.push(chunk, (event) => events.push(event));
  parser.end((event) => events.push(event));
  return events;
}

function check(text: string, expected: readonly SseEvent[]): void {
  const bytes = new TextEncoder().encode(text);
  assert.deepEqual(parse([bytes]), expected);
  assert.deepEqual(parse([...bytes].map((byte) => Uint8Array.of(byte))), expected, 'byte by byte');
}

const data = (text: string, event?: string): SseEvent => ({ event, data: text });

describe('createSseParser', () => {
  it('reads events with and without a space after the colon', () => {
    check('data: a\n\ndata:b\n\ndata:  c\n\n', [data('a'), data('b'), data(' c')]);
  });

  it('reads LF, CR and CRLF, also mixed', () => {
    check('data: a\r\n\r\ndata: b\r\rdata: c\n\ndata: d\r\n\n', [
      data('a'),
      data('b'),
      data('c'),
      data('d'),
    ]);
  });

  it('joins several data lines and keeps the event name', () => {
    check('event: x\ndata: 1\ndata: 2\n\n', [data('1\n2', 'x')]);
  });

  it('ignores comments, unknown fields, ids and events without data', () => {
    check(': hello\nid: 7\nretry: 10\nfoo: bar\n\nevent: only\n\ndata: a\n\n', [data('a')]);
  });

  it('forgets the event name of an event without data', () => {
    check('event: old\n\ndata: a\n\n', [data('a')]);
  });

  it('hands over a last event that has no blank line', () => {
    check('data: a\n\ndata: b', [data('a'), data('b')]);
    check('data: a\n', [data('a')]);
  });

  it('skips a byte order mark', () => {
    check('\ufeffdata: a\n\n', [data('a')]);
  });

  it('reads an empty data line as empty data', () => {
    check('data\n\ndata:\n\n', [data(''), data('')]);
  });

  it('gives the same events however the bytes are cut', () => {
    const text =
      'event: ü\r\ndata: {"t":"日本語 🎉"}\r\n\r\n: x\ndata: a\rdata: é\n\ndata: end\n\n';
    const bytes = new TextEncoder().encode(text);
    const whole = parse([bytes]);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (places) => {
        const cuts = [0, ...places.toSorted((a, b) => a - b), bytes.length];
        const chunks = cuts.slice(1).map((end, at) => bytes.subarray(cuts[at], end));
        assert.deepEqual(parse(chunks), whole);
      }),
      { numRuns: 300 },
    );
  });
});
