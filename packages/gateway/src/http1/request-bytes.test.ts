/** Writing requests: one buffer where it pays, and never more lines than were meant. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeRequest } from './request-bytes.ts';

const plain = { path: '/v1/a?b=c', headers: { accept: '*/*' }, body: '{}' };

function textOf(request: typeof plain, host = 'api.example.com'): string | undefined {
  const bytes = encodeRequest(request, host);
  if (bytes === undefined) return undefined;
  return bytes.head.toString('latin1') + Buffer.from(bytes.body ?? []).toString('latin1');
}

test('a request is a head with its own fields, and the body', () => {
  assert.equal(
    textOf(plain),
    'POST /v1/a?b=c HTTP/1.1\r\nhost: api.example.com\r\nconnection: keep-alive\r\ncontent-length: 2\r\naccept: */*\r\n\r\n{}',
  );
});

test('a question without a body says nothing of one', () => {
  const asked = { ...plain, method: 'GET' as const };
  assert.equal(
    textOf(asked),
    'GET /v1/a?b=c HTTP/1.1\r\nhost: api.example.com\r\nconnection: keep-alive\r\naccept: */*\r\n\r\n',
  );
});

test('the length counts bytes, not characters', () => {
  const body = '{"a":"ä€😀"}';
  const text = textOf({ ...plain, body }) ?? '';
  assert.match(text, new RegExp(`content-length: ${Buffer.byteLength(body)}\r\n`));
  assert.ok(Buffer.from(text, 'latin1').toString('utf8').endsWith(body));
});

test('a small body leaves in one piece with its head, a large one beside it and uncopied', () => {
  const small = new Uint8Array(64 * 1024).fill(97);
  const large = new Uint8Array(64 * 1024 + 1).fill(97);
  assert.equal(encodeRequest({ ...plain, body: small }, 'h')?.body, undefined);
  assert.equal(encodeRequest({ ...plain, body: large }, 'h')?.body, large);
  assert.equal(encodeRequest({ ...plain, body: 'ä'.repeat(40_000) }, 'h')?.body?.length, 80_000);
});

test('fields that belong to the connection are not taken from the caller', () => {
  const headers = {
    host: 'evil',
    'Content-Length': '7',
    'transfer-encoding': 'chunked',
    'x-a': '1',
  };
  const text = encodeRequest({ ...plain, headers }, 'h')?.head.toString('latin1') ?? '';
  assert.doesNotMatch(text, /evil|content-length: 7|transfer-encoding/i);
  assert.match(text, /\r\nx-a: 1\r\n/);
});

test('text beyond ASCII in a value is kept as it is', () => {
  assert.match(
    textOf({ ...plain, headers: { accept: 'caf\xe9\t1' } }) ?? '',
    /accept: caf\xe9\t1\r\n/,
  );
});

const unwritable = [
  ['a line end in a value', { headers: { accept: 'a\r\nx-injected: 1' } }],
  ['a lone line feed in a value', { headers: { accept: 'a\nb' } }],
  ['a lone carriage return in a value', { headers: { accept: 'a\rb' } }],
  ['a zero byte in a value', { headers: { accept: 'a\0b' } }],
  // Cut to its low byte, it would be a line feed.
  ['a character that latin1 lacks in a value', { headers: { accept: 'a\u010ab' } }],
  ['a line end in a name', { headers: { 'x\r\ny': '1' } }],
  ['a blank in a name', { headers: { 'x y': '1' } }],
  ['an empty name', { headers: { '': '1' } }],
  ['a line end in the path', { path: '/a HTTP/1.1\r\nhost: evil' }],
  ['a blank in the path', { path: '/a b' }],
  ['a path that is none', { path: 'http://evil/' }],
] as const;

for (const [name, part] of unwritable) {
  test(`cannot be written: ${name}`, () => {
    assert.equal(encodeRequest({ ...plain, ...part }, 'h'), undefined);
  });
}
