import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiError, ErrorKind } from '../../ir/response.ts';
import { decodeError, encodeError, streamError } from './errors.ts';
import { plain } from './testing/exchange.ts';

function understood(status: number, text: string, headers: Record<string, string> = {}): ApiError {
  return plain(decodeError({ status, text, header: (name) => headers[name] }));
}

function typed(type: string, message = 'M'): string {
  return JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_1' });
}

test('every type has its kind', () => {
  const kinds: readonly (readonly [type: string, status: number, kind: ErrorKind])[] = [
    ['invalid_request_error', 400, 'invalid-request'],
    ['authentication_error', 401, 'authentication'],
    ['billing_error', 402, 'billing'],
    ['permission_error', 403, 'permission'],
    ['not_found_error', 404, 'not-found'],
    ['conflict_error', 409, 'conflict'],
    ['request_too_large', 413, 'too-large'],
    ['invalid_request_error', 413, 'too-large'],
    ['rate_limit_error', 429, 'rate-limited'],
    ['api_error', 500, 'server'],
    ['overloaded_error', 503, 'overloaded'],
    ['timeout_error', 504, 'timeout'],
    ['overloaded_error', 529, 'overloaded'],
  ];
  for (const [type, status, kind] of kinds) {
    const error = understood(status, typed(type));
    assert.deepEqual(error, { kind, status, message: 'M', code: type, requestId: 'req_1' });
  }
});

test('what the type leaves open is read from the message', () => {
  const kind = (message: string): ErrorKind =>
    understood(400, typed('invalid_request_error', message)).kind;
  assert.equal(kind('prompt is too long: 210000 tokens > 200000 maximum'), 'context-length');
  assert.equal(
    kind('input length and `max_tokens` exceed context limit: 1 + 2 > 2'),
    'context-length',
  );
  assert.equal(kind("This model's maximum context length is 8192 tokens"), 'context-length');
  assert.equal(kind('Your credit balance is too low to access the Anthropic API.'), 'billing');
  assert.equal(kind('max_tokens: 1 is too many'), 'invalid-request');
});

test('the machine code and the place of the fault are kept', () => {
  const details = { error_code: 'image_dimensions_too_large' };
  const message = 'messages.3.content.8.image: too large';
  const text = JSON.stringify({ error: { type: 'invalid_request_error', message, details } });
  const error = understood(400, text, { 'request-id': 'req_2' });
  assert.equal(error.code, 'image_dimensions_too_large');
  assert.equal(error.param, 'messages[3].content[8].image');
  assert.equal(error.requestId, 'req_2');
});

test('arrays, bare errors, errors inside messages and words are understood', () => {
  const inner = JSON.stringify({ error: { type: 'overloaded_error', message: 'Overloaded' } });
  assert.equal(understood(500, `[${typed('rate_limit_error')}]`).kind, 'rate-limited');
  assert.equal(understood(403, '{"message":"no"}').message, 'no');
  assert.equal(understood(422, '{"detail":"no"}').message, 'no');
  assert.equal(understood(500, '{"error":"no"}').message, 'no');
  const nested = understood(500, typed('api_error', inner));
  assert.deepEqual([nested.kind, nested.message], ['overloaded', 'Overloaded']);
});

test('pages, nothing and garbage keep the status', () => {
  const page = '<html><head><title>502 Bad Gateway</title></head></html>';
  assert.equal(understood(502, page).message, 'the upstream answered 502: 502 Bad Gateway');
  assert.equal(understood(401, '').kind, 'authentication');
  assert.equal(understood(529, '\u001f\uFFFD\u0008\u0000').message, 'the upstream answered 529');
  assert.equal(understood(503, 'try later').kind, 'overloaded');
});

test('hints to wait are read from headers and from words', () => {
  const text = typed('rate_limit_error');
  assert.equal(understood(429, text, { 'retry-after': '12' }).retryAfterMs, 12_000);
  assert.equal(understood(429, text, { 'retry-after-ms': '250' }).retryAfterMs, 250);
  const date = 'Wed, 21 Oct 2026 07:28:00 GMT';
  assert.equal(understood(429, text, { 'retry-after': date }).retryAfterMs, undefined);
  const words = typed('rate_limit_error', 'Please try again in 1.5s.');
  assert.equal(understood(429, words).retryAfterMs, 1500);
  const info = '{"error":{"message":"M","details":[{"retryDelay":"34s"}]}}';
  assert.equal(understood(429, info).retryAfterMs, 34_000);
});

test('every kind has this format’s status and type', () => {
  const answer = (kind: ErrorKind): readonly unknown[] => {
    const { status, body } = encodeError({ kind, status: 418, message: 'M', requestId: 'r' });
    assert.deepEqual(body.error.message.endsWith('M'), true);
    return [status, body.type, body.error.type, body.request_id];
  };
  assert.deepEqual(answer('overloaded'), [529, 'error', 'overloaded_error', 'r']);
  assert.deepEqual(answer('rate-limited'), [429, 'error', 'rate_limit_error', 'r']);
  assert.deepEqual(answer('authentication'), [401, 'error', 'authentication_error', 'r']);
  assert.deepEqual(answer('billing'), [402, 'error', 'billing_error', 'r']);
  assert.deepEqual(answer('permission'), [403, 'error', 'permission_error', 'r']);
  assert.deepEqual(answer('not-found'), [404, 'error', 'not_found_error', 'r']);
  assert.deepEqual(answer('conflict'), [409, 'error', 'conflict_error', 'r']);
  assert.deepEqual(answer('too-large'), [413, 'error', 'invalid_request_error', 'r']);
  assert.deepEqual(answer('invalid-request'), [400, 'error', 'invalid_request_error', 'r']);
  assert.deepEqual(answer('timeout'), [504, 'error', 'timeout_error', 'r']);
  assert.deepEqual(answer('server'), [500, 'error', 'api_error', 'r']);
});

test('a conversation that is too long is said in the words that agents look for', () => {
  const said = (message: string): string =>
    encodeError({ kind: 'context-length', status: 400, message }).body.error.message;
  assert.equal(
    said('maximum context length is 8'),
    'prompt is too long: maximum context length is 8',
  );
  assert.equal(said('Prompt is too long'), 'Prompt is too long');
});

test('an error in a stream ends the event that was cut and is one itself', () => {
  const text = streamError({ kind: 'overloaded', status: 503, message: 'busy' });
  assert.equal(
    text,
    '\n\nevent: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"},"request_id":null}\n\n',
  );
});
