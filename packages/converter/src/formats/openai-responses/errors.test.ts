import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ApiError } from '../../ir/response.ts';
import { decodeError, errorInEvent, errorInResponse } from './errors.ts';

function read(status: number, body: unknown, headers: Record<string, string> = {}): ApiError {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return decodeError({ status, header: (name) => headers[name], text });
}

test('OpenAI’s own words are read', () => {
  const error = {
    message: 'Bad',
    type: 'invalid_request_error',
    param: 'input',
    code: 'bad_value',
  };
  assert.deepEqual(read(400, { error }, { 'x-request-id': 'req_1' }), {
    kind: 'invalid-request',
    status: 400,
    message: 'Bad',
    code: 'bad_value',
    param: 'input',
    requestId: 'req_1',
  });
  const general = { message: 'Bad', type: 'invalid_request_error', code: 'invalid_request_error' };
  assert.equal(read(400, { error: general }).code, undefined);
});

describe('the kind', () => {
  const cases: readonly (readonly [number, unknown, ApiError['kind']])[] = [
    [400, { error: { message: 'x', code: 'context_length_exceeded' } }, 'context-length'],
    [400, { error: { message: 'x', code: 'model_not_found' } }, 'not-found'],
    [400, { error: { message: 'x', code: 'image_too_large' } }, 'invalid-request'],
    [401, { error: { message: 'x', code: 'invalid_api_key' } }, 'authentication'],
    [429, { error: { message: 'x', code: 'insufficient_quota' } }, 'billing'],
    [429, { error: { message: 'x', type: 'usage_limit_reached' } }, 'rate-limited'],
    [500, { error: { message: 'x', type: 'server_error' } }, 'server'],
    [503, '', 'overloaded'],
    [404, { detail: 'Not Found' }, 'not-found'],
    [422, { detail: [{ msg: 'field required' }] }, 'invalid-request'],
    [502, '<html><title>Bad gateway</title></html>', 'server'],
    [400, [{ error: { message: 'x' } }], 'invalid-request'],
  ];
  for (const [status, body, kind] of cases) {
    test(`${status} ${JSON.stringify(body).slice(0, 50)}`, () => {
      const error = read(status, body);
      assert.equal(error.kind, kind);
      assert.notEqual(error.message, '');
    });
  }
});

// CLIProxyAPI#1668
test('when to try again is found in headers, fields and words', () => {
  const error = {
    message: 'Try again in 1.5s',
    type: 'usage_limit_reached',
    resets_in_seconds: 60,
  };
  assert.equal(read(429, { error }).retryAfterMs, 60_000);
  assert.equal(read(429, { error: { message: error.message } }).retryAfterMs, 1500);
  assert.equal(read(429, { error }, { 'retry-after': '7' }).retryAfterMs, 7000);
});

test('answers that failed are told from those that did not', () => {
  const answer = { object: 'response', status: 'completed', error: null, output: [] };
  assert.equal(errorInResponse(answer), undefined);
  assert.equal(errorInResponse({ ...answer, status: 'incomplete' }), undefined);
  for (const failed of [
    { ...answer, status: 'failed' },
    { ...answer, status: 'cancelled' },
    { ...answer, error: { code: 'server_error', message: 'Oops' } },
    { detail: 'Not Found' },
  ]) {
    assert.ok(errorInResponse(failed));
  }
});

test('codes of failed answers', () => {
  assert.equal(errorInEvent({ type: 'error', code: 'invalid_prompt', message: 'x' }).status, 400);
  assert.equal(errorInEvent({ type: 'error', code: 'server_error', message: 'x' }).status, 502);
  assert.equal(errorInEvent({ type: 'error', code: 'rate_limit_exceeded' }).kind, 'rate-limited');
});
