import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiError, ErrorKind } from '../../ir/response.ts';
import type { JsonValue } from '../../json.ts';
import { decodeError, encodeError } from './errors.ts';
import { plain } from './testing/exchange.ts';

function read(
  status: number,
  body: JsonValue,
  headers: Readonly<Record<string, string>> = {},
): ApiError {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return decodeError({ status, text, header: (name) => headers[name] });
}

function kind(status: number, name: string, message = 'm'): ErrorKind {
  return read(status, { error: { code: status, status: name, message } }).kind;
}

test('names of states tell the kind, numbers where there is no name', () => {
  assert.equal(kind(400, 'INVALID_ARGUMENT'), 'invalid-request');
  assert.equal(kind(401, 'UNAUTHENTICATED'), 'authentication');
  assert.equal(kind(403, 'PERMISSION_DENIED'), 'permission');
  assert.equal(kind(404, 'NOT_FOUND'), 'not-found');
  assert.equal(kind(409, 'ABORTED'), 'conflict');
  assert.equal(kind(429, 'RESOURCE_EXHAUSTED'), 'rate-limited');
  assert.equal(kind(499, 'CANCELLED'), 'cancelled');
  assert.equal(kind(500, 'INTERNAL'), 'server');
  assert.equal(kind(503, 'UNAVAILABLE'), 'overloaded');
  assert.equal(kind(504, 'DEADLINE_EXCEEDED'), 'timeout');
  assert.equal(kind(402, 'SOMETHING_NEW'), 'billing');
  assert.equal(kind(418, 'SOMETHING_NEW'), 'invalid-request');
});

test('messages tell what names leave open', () => {
  const tokens =
    'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).';
  assert.equal(kind(400, 'INVALID_ARGUMENT', tokens), 'context-length');
  assert.equal(
    kind(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'),
    'authentication',
  );
  const details = [{ reason: 'API_KEY_INVALID' }];
  assert.equal(read(400, { error: { code: 400, message: 'x', details } }).kind, 'authentication');
  assert.equal(
    kind(400, 'INVALID_ARGUMENT', 'Request payload size exceeds the limit: 20971520 bytes.'),
    'too-large',
  );
  assert.equal(
    kind(
      429,
      'RESOURCE_EXHAUSTED',
      'You exceeded your current quota, please check your plan and billing details.',
    ),
    'rate-limited',
  );
  assert.equal(kind(429, 'RESOURCE_EXHAUSTED', 'Your prepayment credits are depleted.'), 'billing');
  assert.equal(
    kind(403, 'PERMISSION_DENIED', 'This API method requires billing to be enabled.'),
    'billing',
  );
});

test('CLIProxyAPI#2098, openclaude#67: an error in a list is an error', () => {
  const error = { code: 404, status: 'NOT_FOUND', message: 'no such model' };
  assert.deepEqual(plain(read(404, [{ error }])), {
    kind: 'not-found',
    status: 404,
    message: 'no such model',
    code: 'NOT_FOUND',
  });
});

test('an error inside a message is the error', () => {
  const inner = { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'slow down' } };
  const error = read(400, { error: { message: `  ${JSON.stringify(inner)}`, code: 400 } });
  assert.equal(error.message, 'slow down');
  assert.equal(error.kind, 'rate-limited');
});

test('other shapes: a bare string, a bare object, another vendor’s', () => {
  assert.equal(read(400, { error: 'no' }).message, 'no');
  assert.equal(read(400, { message: 'no', code: 3 }).message, 'no');
  const error = read(429, { error: { type: 'rate_limit_exceeded', message: 'no' } });
  assert.deepEqual([error.kind, error.code], ['rate-limited', 'rate_limit_exceeded']);
});

test('pages, plain words, nothing and garbage still name the status', () => {
  const page = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>';
  assert.equal(read(502, page).message, 'the upstream answered 502: 502 Bad Gateway');
  assert.equal(
    read(503, 'no healthy upstream').message,
    'the upstream answered 503: no healthy upstream',
  );
  assert.equal(read(500, '').message, 'the upstream answered 500');
  assert.equal(read(500, '\u001f\uFFFD\u0008\u0000\u0000').message, 'the upstream answered 500');
  assert.equal(read(529, '').kind, 'overloaded');
  assert.equal(read(500, '[]').message, 'the upstream answered 500: []');
});

test('CLIProxyAPI#449: when to try again, from every place that says it', () => {
  const retry = (details: JsonValue, message = 'm'): number | undefined =>
    read(429, { error: { code: 429, message, details } }).retryAfterMs;
  assert.equal(retry([{ '@type': 'x', retryDelay: '34.4s' }]), 34_400);
  assert.equal(retry([{ retryDelay: { seconds: '2', nanos: 500_000_000 } }]), 2500);
  assert.equal(retry([], 'Please retry in 1.5s.'), 1500);
  assert.equal(retry([], 'please try again in 20ms'), 20);
  assert.equal(retry([], 'try again in 3 seconds'), 3000);
  assert.equal(retry([], 'later'), undefined);
  assert.equal(read(503, '', { 'retry-after': '7' }).retryAfterMs, 7000);
  assert.equal(read(503, '', { 'retry-after-ms': '12', 'retry-after': '7' }).retryAfterMs, 12);
  assert.equal(
    read(503, '', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }).retryAfterMs,
    undefined,
  );
});

test('the field at fault and the request’s id are kept', () => {
  const details = [{ fieldViolations: [{ field: 'contents[0].parts', description: 'x' }] }];
  const error = read(400, { error: { code: 400, message: 'm', details } }, { 'x-request-id': 'r' });
  assert.equal(error.param, 'contents[0].parts');
  assert.equal(error.requestId, 'r');
});

test('every kind has its status and name', () => {
  const wire = (kind: ErrorKind): string => {
    const { status, body } = encodeError({ kind, status: 418, message: 'm' });
    assert.equal(body.error.code, status);
    return `${status} ${body.error.status}`;
  };
  assert.equal(wire('invalid-request'), '400 INVALID_ARGUMENT');
  assert.equal(wire('context-length'), '400 INVALID_ARGUMENT');
  assert.equal(wire('authentication'), '401 UNAUTHENTICATED');
  assert.equal(wire('billing'), '403 PERMISSION_DENIED');
  assert.equal(wire('permission'), '403 PERMISSION_DENIED');
  assert.equal(wire('not-found'), '404 NOT_FOUND');
  assert.equal(wire('conflict'), '409 ABORTED');
  assert.equal(wire('too-large'), '413 INVALID_ARGUMENT');
  assert.equal(wire('rate-limited'), '429 RESOURCE_EXHAUSTED');
  assert.equal(wire('overloaded'), '503 UNAVAILABLE');
  assert.equal(wire('timeout'), '504 DEADLINE_EXCEEDED');
  assert.equal(wire('server'), '500 INTERNAL');
  assert.equal(wire('cancelled'), '499 CANCELLED');
});

test('an error that is written is read back', () => {
  const limited = { kind: 'rate-limited', status: 429, retryAfterMs: 1234 } as const;
  const odd = { kind: 'invalid-request', status: 400, param: 'a.b' } as const;
  for (const [error, code] of [
    [limited, 'RESOURCE_EXHAUSTED'],
    [odd, 'INVALID_ARGUMENT'],
  ] as const) {
    const { status, body } = encodeError({ ...error, message: 'm' });
    const again = plain(read(status, plain<JsonValue>(body)));
    assert.deepEqual(again, { ...error, message: 'm', code });
  }
});

test('a field is at fault for bad requests alone', () => {
  for (const kind of ['not-found', 'authentication', 'rate-limited', 'server'] as const) {
    const { body } = encodeError({ kind, status: 404, message: 'm', param: 'model' });
    assert.equal(body.error.details, undefined, kind);
  }
});
