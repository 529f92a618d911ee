/** What an exchange that was refused is counted as. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formats } from 'ai-api-converter';
import { type FailureCode, GatewayError } from '../model/errors.ts';
import type { Outcome } from '../model/exchange.ts';
import { UpstreamRefusal } from './failure.ts';
import { refuse } from './refuse.ts';

function outcomeOf(cause: unknown): Outcome {
  const [format] = formats;
  assert.ok(format !== undefined);
  const reply = {
    peer: () => '',
    isGone: () => false,
    isBegun: () => false,
    head() {},
    write: () => true,
    end() {},
    destroy() {},
    onDrain() {},
    onGone() {},
  };
  return refuse({ format, reply, headers: {}, cause, begun() {} });
}

describe('a refusal', () => {
  const ends: readonly (readonly [code: FailureCode, end: string])[] = [
    ['rate-limited', 'refused'],
    ['unknown-model', 'refused'],
    ['no-channel', 'refused'],
    ['internal', 'refused'],
    ['upstream-connect', 'upstream-error'],
    ['upstream-reset', 'upstream-error'],
    ['upstream-invalid-response', 'upstream-error'],
    ['upstream-timeout', 'timeout'],
    ['upstream-connect-timeout', 'timeout'],
    ['shutting-down', 'shutdown'],
  ];
  for (const [code, end] of ends)
    it(`for ${code} ends as ${end}`, () =>
      assert.equal(outcomeOf(new GatewayError(code, 'no')).cause, end));

  it('by the upstream is its error, and no text that it chose', () => {
    const error = { kind: 'server', status: 500, message: 'no' } as const;
    const refusal = (code: string): Outcome =>
      outcomeOf(new UpstreamRefusal({ ...error, code }, {}));
    assert.equal(refusal('server_error').cause, 'upstream-error');
    assert.equal(refusal('server_error').errorCode, 'server_error');
    assert.equal(refusal('you said: my secret').errorCode, 'server');
  });
});
