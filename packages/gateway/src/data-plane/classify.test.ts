/** What each failure of an attempt means. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { type ApiError, ConversionError, type ErrorKind } from 'ai-api-converter';
import { createRegistry } from '../channels/registry.ts';
import { compileChannel } from '../control-plane/channels.ts';
import type { Channel } from '../model/channel.ts';
import { type FailureCode, GatewayError } from '../model/errors.ts';
import type { KnownKey } from '../model/keys.ts';
import { defaultSettings } from '../model/settings.ts';
import { channelSettings } from '../model/testing/settings.ts';
import { classify, type Verdict } from './classify.ts';
import { errorOf, UpstreamRefusal } from './failure.ts';

const NOW_MS = 1_000_000;

function channelWith(apiKeys: readonly string[]): Channel {
  const settings = channelSettings('one', { apiKeys });
  return compileChannel(
    settings,
    defaultSettings,
    createRegistry(() => {}),
  );
}

const own = channelWith(['sk-own-secret']);
const clients = channelWith([]);
const nobody = { credential: undefined, caller: undefined };

/** As the verdict reads: `other-channel, failure`, `other-key, rate-limited for 5000`. */
function textOf({ retry, charge }: Verdict): string {
  if (charge.type !== 'park') return `${retry}, ${charge.type}`;
  const { reason, untilMs } = charge;
  return `${retry}, ${reason} for ${untilMs === undefined ? 'a while' : untilMs - NOW_MS}`;
}

function refusal(status: number, error: Partial<ApiError> = {}, headers = {}): UpstreamRefusal {
  const whole: ApiError = { kind: 'server', status, message: 'upstream says', ...error };
  return new UpstreamRefusal(whole, headers, { status, body: Buffer.from('{}') });
}

describe('a failed attempt', () => {
  beforeEach(() => {
    mock.method(performance, 'now', () => NOW_MS);
    mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-03-01T12:00:00Z') });
  });
  afterEach(() => {
    mock.restoreAll();
    mock.timers.reset();
  });

  it('is told by what happened where a stream broke off before it began', () => {
    const resultOf = (code: string): string => classify(refusal(502, { code }), own, nobody).result;
    assert.deepEqual(
      ['upstream_reset', 'upstream_stream_cut', 'upstream_invalid_response', 'their_own'].map(
        resultOf,
      ),
      ['reset', 'reset', 'invalid', '502'],
    );
  });

  const statuses: readonly (readonly [status: number, own: string, clients?: string])[] = [
    [400, 'never, none'],
    [401, 'other-key, credential for a while', 'never, none'],
    [402, 'other-key, billing for a while', 'never, none'],
    [403, 'other-key, forbidden for 5000', 'never, none'],
    [404, 'never, none'],
    [408, 'other-channel, failure'],
    [409, 'never, none'],
    [413, 'never, none'],
    [422, 'never, none'],
    [429, 'other-key, rate-limited for a while'],
    [500, 'any-channel, failure'],
    [501, 'other-channel, failure'],
    [502, 'other-channel, failure'],
    [503, 'other-channel, failure'],
    [504, 'other-channel, failure'],
    [520, 'other-channel, failure'],
    [529, 'other-channel, failure'],
  ];
  for (const [status, withOwn, withClients = withOwn] of statuses) {
    it(`with status ${status} is: ${withOwn}`, () => {
      assert.equal(textOf(classify(refusal(status), own, nobody)), withOwn);
      assert.equal(classify(refusal(status), own, nobody).result, String(status));
    });
    it(`with status ${status} and the client's key is: ${withClients}`, () => {
      assert.equal(textOf(classify(refusal(status), clients, nobody)), withClients);
    });
  }

  const waits: readonly {
    readonly status: number;
    readonly error?: Partial<ApiError>;
    readonly retryAfter?: string;
    readonly verdict: string;
  }[] = [
    { status: 429, error: { retryAfterMs: 3_000 }, verdict: 'other-key, rate-limited for 3000' },
    {
      status: 429,
      retryAfter: 'Sun, 01 Mar 2026 12:00:30 GMT',
      verdict: 'other-key, rate-limited for 30000',
    },
    {
      status: 429,
      retryAfter: 'Sun, 01 Mar 2026 11:00:00 GMT',
      verdict: 'other-key, rate-limited for 0',
    },
    { status: 429, retryAfter: '-1', verdict: 'other-key, rate-limited for a while' },
    { status: 429, retryAfter: 'soon', verdict: 'other-key, rate-limited for a while' },
    { status: 503, error: { retryAfterMs: 2_000 }, verdict: 'other-channel, overloaded for 2000' },
    { status: 529, error: { retryAfterMs: 2_000 }, verdict: 'other-channel, overloaded for 2000' },
    { status: 500, error: { retryAfterMs: 2_000 }, verdict: 'any-channel, failure' },
    { status: 401, error: { retryAfterMs: 1 }, verdict: 'other-key, credential for a while' },
  ];
  for (const { status, error = {}, retryAfter, verdict } of waits) {
    it(`with status ${status} and ${retryAfter ?? `${error.retryAfterMs} ms`} to wait is: ${verdict}`, () => {
      const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
      assert.equal(textOf(classify(refusal(status, error, headers), own, nobody)), verdict);
    });
  }

  const said: readonly (readonly [status: number, kind: ErrorKind, verdict: string])[] = [
    [400, 'authentication', 'other-key, forbidden for 5000'],
    [400, 'billing', 'other-key, forbidden for 5000'],
    [400, 'context-length', 'never, none'],
    [403, 'billing', 'other-key, forbidden for 5000'],
    [429, 'billing', 'other-key, billing for a while'],
  ];
  for (const [status, kind, verdict] of said) {
    it(`with status ${status} that means ${kind} is: ${verdict}`, () => {
      assert.equal(textOf(classify(refusal(status, { kind }), own, nobody)), verdict);
    });
  }

  const codes: readonly (readonly [FailureCode, string, result: string])[] = [
    ['upstream-connect', 'other-channel, failure', 'connect'],
    ['upstream-connect-timeout', 'other-channel, failure', 'connect-timeout'],
    ['upstream-reset', 'other-channel, failure', 'reset'],
    ['upstream-timeout', 'other-channel, failure', 'timeout'],
    ['upstream-invalid-response', 'other-channel, failure', 'invalid'],
    ['upstream-redirect', 'never, failure', 'redirect'],
    ['client-gone', 'never, none', 'client-gone'],
    ['shutting-down', 'never, none', 'shutting-down'],
  ];
  for (const [code, verdict, result] of codes) {
    it(`by ${code} is: ${verdict}`, () => {
      const cause = new GatewayError(code, 'told');
      const found = classify(cause, own, nobody);
      assert.equal(textOf(found), verdict);
      assert.equal(found.result, result);
      assert.equal(found.cause, cause);
    });
  }

  it('whose answer could not be converted counts as failed', () => {
    const error: ApiError = { kind: 'server', status: 502, message: 'no answer' };
    assert.equal(
      textOf(classify(new ConversionError(error), own, nobody)),
      'other-channel, failure',
    );
  });

  it('that nobody foresaw is not tried again', () => {
    assert.equal(textOf(classify(new TypeError('oops'), own, nobody)), 'never, none');
  });

  for (const status of [401, 402, 403]) {
    it(`with status ${status} for its own key tells the client of a 502 and nothing of the key`, () => {
      const error = errorOf(
        classify(refusal(status, { message: 'sk-own-secret' }), own, nobody).cause,
      );
      assert.equal(error.status, 502);
      assert.equal(error.code, 'upstream_credential');
      assert.equal(JSON.stringify(error).includes('sk-own-secret'), false);
    });
    it(`with status ${status} for the client's key tells the client what came`, () => {
      const cause = refusal(status);
      assert.equal(classify(cause, clients, nobody).cause, cause);
    });
  }

  describe('for want of a key, where the client’s is one of the gateway', () => {
    const key: KnownKey = {
      id: 'key_1',
      name: 'team-a',
      user: undefined,
      channels: undefined,
      serves: () => true,
      limits: {},
      expiresAt: undefined,
    };
    const holder = { credential: undefined, caller: { key, owner: key.id } };

    it('goes on to another channel, and tells whose fault it is', () => {
      const verdict = classify(refusal(401), clients, holder);
      assert.equal(textOf(verdict), 'other-channel, none');
      const { status, message } = errorOf(verdict.cause);
      assert.equal(status, 502);
      assert.match(message, /^channel one has no key .* give it one \(api_keys\)$/);
    });

    it('is as ever where the client sent a key for the provider', () => {
      const credential = { scheme: 'bearer', secret: 'sk-of-client' } as const;
      const cause = refusal(401);
      assert.equal(classify(cause, clients, { ...holder, credential }).cause, cause);
    });
  });
});
