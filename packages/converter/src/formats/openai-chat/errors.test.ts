import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ApiError } from '../../ir/response.ts';
import { openaiChat } from './index.ts';

const headersOf =
  (headers: Readonly<Record<string, string>>) =>
  (name: string): string | undefined =>
    headers[name];

function read(status: number, body: unknown, headers: Record<string, string> = {}): ApiError {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return openaiChat.upstream.decodeError({ status, header: headersOf(headers), text });
}

test('OpenAI’s own words are read', () => {
  const error = { message: 'Bad', type: 'invalid_request_error', param: 'n', code: 'bad_value' };
  assert.deepEqual(read(400, { error }, { 'x-request-id': 'req_1' }), {
    kind: 'invalid-request',
    status: 400,
    message: 'Bad',
    code: 'bad_value',
    param: 'n',
    requestId: 'req_1',
  });
});

describe('the kind', () => {
  const cases: readonly (readonly [number, unknown, ApiError['kind']])[] = [
    [400, { error: { message: 'x', code: 'context_length_exceeded' } }, 'context-length'],
    [
      400,
      { error: { message: "This model's maximum context length is 4097 tokens." } },
      'context-length',
    ],
    [400, { error: { message: 'prompt is too long: 210000 tokens > 200000' } }, 'context-length'],
    [
      400,
      { error: { message: 'The input token count (9) exceeds the maximum (8)' } },
      'context-length',
    ],
    [400, { error: { message: 'max_tokens is too large: 8192.' } }, 'invalid-request'],
    [
      429,
      { error: { message: 'Request too large: tokens per min, reduce the length of the input' } },
      'rate-limited',
    ],
    [429, { error: { message: 'x', type: 'insufficient_quota' } }, 'billing'],
    [400, { error: { message: 'x', code: 'insufficient_quota' } }, 'billing'],
    [402, { error: { message: 'Insufficient Balance' } }, 'billing'],
    [429, { error: { message: 'x', code: 'rate_limit_exceeded' } }, 'rate-limited'],
    [
      400,
      { error: { message: 'API key not valid. Please pass a valid API key.' } },
      'authentication',
    ],
    [401, { error: { message: 'x', type: 'invalid_request_error' } }, 'authentication'],
    [403, { error: { message: 'x' } }, 'permission'],
    [404, { error: { message: 'x', code: 'model_not_found' } }, 'not-found'],
    [408, '', 'timeout'],
    [409, '', 'conflict'],
    [413, '', 'too-large'],
    [422, { detail: [{ loc: ['body'], msg: 'field required' }] }, 'invalid-request'],
    [500, { error: { message: 'x', code: 'overloaded' } }, 'overloaded'],
    [500, { error: { message: 'x', type: 'server_error' } }, 'server'],
    [502, '<html><title>502 Bad Gateway</title></html>', 'server'],
    [503, '', 'overloaded'],
    [504, '', 'timeout'],
    [529, '', 'overloaded'],
  ];
  for (const [status, body, kind] of cases) {
    test(`of ${status} ${JSON.stringify(body).slice(0, 60)} is ${kind}`, () => {
      const error = read(status, body);
      assert.equal(error.kind, kind);
      assert.equal(error.status, status);
    });
  }
});

describe('the message', () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    ['in an array (CLIProxyAPI#2098)', [{ error: { message: 'Bad' } }], 'Bad'],
    ['as the error itself', { error: 'Bad' }, 'Bad'],
    ['of vLLM', { object: 'error', message: 'Bad', code: 400 }, 'Bad'],
    ['of FastAPI', { detail: 'Bad' }, 'Bad'],
    ['of FastAPI’s checks', { detail: [{ msg: 'Bad' }] }, 'Bad'],
    ['of Databricks', { error_code: 'BAD_REQUEST', message: 'Bad' }, 'Bad'],
    ['of Cloudflare', { success: false, errors: [{ code: 1, message: 'Bad' }] }, 'Bad'],
    ['inside a message', { error: { message: '{"error":{"message":"Bad"}}' } }, 'Bad'],
    ['in a text', '"Bad"', 'Bad'],
    [
      'behind OpenRouter’s own',
      { error: { code: 400, message: 'Provider returned error', metadata: { raw: 'Bad' } } },
      'Provider returned error: Bad',
    ],
    ['of a page', '<html><head><title> Bad </title>', 'the upstream answered with status 400: Bad'],
    ['of a page without a title', '<p>', 'the upstream answered with status 400 and a page'],
    ['of nothing', ' ', 'the upstream answered with status 400 and an empty body'],
    [
      'of compressed bytes (CLIProxyAPI#1771)',
      '\u001f\ufffd\u0008\u0000',
      'the upstream answered with status 400 and a body that is no text',
    ],
    ['of plain text', 'Bad', 'Bad'],
    ['of an empty object', {}, '{}'],
  ];
  for (const [name, body, message] of cases) {
    test(name, () => assert.equal(read(400, body).message, message));
  }
});

describe('when to try again', () => {
  const wait = (message: string): number | undefined =>
    read(429, { error: { message } }).retryAfterMs;

  test('is said in headers', () => {
    assert.equal(read(429, '', { 'retry-after-ms': '1500' }).retryAfterMs, 1500);
    assert.equal(read(429, '', { 'retry-after': '2' }).retryAfterMs, 2000);
    const date = { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' };
    assert.equal(read(429, '', date).retryAfterMs, undefined);
  });

  test('is said in words', () => {
    assert.equal(wait('Please try again in 1.5s.'), 1500);
    assert.equal(wait('Please try again in 125ms. Visit'), 125);
    assert.equal(wait('try again in 1m30s'), 90_000);
    assert.equal(wait('Retry after 2 minutes'), 120_000);
    assert.equal(wait('Slow down'), undefined);
  });

  test('is said in Google’s details', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34s' }];
    const body = [{ error: { code: 429, message: 'x', status: 'RESOURCE_EXHAUSTED', details } }];
    assert.equal(read(429, body).retryAfterMs, 34_000);
  });
});

describe('a client reads', () => {
  function write(error: Partial<ApiError>): ReturnType<typeof openaiChat.client.encodeError> {
    return openaiChat.client.encodeError({
      kind: 'server',
      status: 500,
      message: 'Bad',
      ...error,
    });
  }

  const cases: readonly (readonly [Partial<ApiError>, number, string, string | null])[] = [
    [{ kind: 'invalid-request', status: 400 }, 400, 'invalid_request_error', null],
    [{ kind: 'invalid-request', status: 422 }, 422, 'invalid_request_error', null],
    [
      { kind: 'context-length', status: 413, code: 'x' },
      400,
      'invalid_request_error',
      'context_length_exceeded',
    ],
    [{ kind: 'authentication', status: 401 }, 401, 'invalid_request_error', 'invalid_api_key'],
    [{ kind: 'billing', status: 402 }, 429, 'insufficient_quota', 'insufficient_quota'],
    [{ kind: 'rate-limited', status: 429 }, 429, 'rate_limit_exceeded', 'rate_limit_exceeded'],
    [{ kind: 'overloaded', status: 529 }, 503, 'server_error', 'overloaded'],
    [{ kind: 'timeout', status: 504 }, 504, 'server_error', 'timeout'],
    [{ kind: 'server', status: 502, code: 'upstream_auth' }, 502, 'server_error', 'upstream_auth'],
    [{ kind: 'server', status: 200 }, 500, 'server_error', null],
    [{ kind: 'not-found', status: 404 }, 404, 'invalid_request_error', 'model_not_found'],
    [
      { kind: 'not-found', status: 404, code: 'not_found_error' },
      404,
      'invalid_request_error',
      'model_not_found',
    ],
    [
      { kind: 'not-found', status: 404, code: 'NOT_FOUND' },
      404,
      'invalid_request_error',
      'model_not_found',
    ],
    [
      { kind: 'not-found', status: 404, code: 'unknown_path' },
      404,
      'invalid_request_error',
      'unknown_path',
    ],
    [
      { kind: 'authentication', status: 401, code: 'authentication_error' },
      401,
      'invalid_request_error',
      'invalid_api_key',
    ],
  ];
  for (const [error, status, type, code] of cases) {
    test(`${error.kind} (${error.code ?? 'no code'}) as ${status} ${type}`, () => {
      const body = { error: { message: 'Bad', type, param: null, code } };
      assert.deepEqual(write(error), { status, body });
    });
  }

  test('which field was at fault', () => {
    assert.deepEqual(write({ kind: 'invalid-request', status: 400, param: 'n' }).body, {
      error: { message: 'Bad', type: 'invalid_request_error', param: 'n', code: null },
    });
  });
});
