/** Statuses and waiting times, as vendors and proxies tell them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kindOfStatus, retryAfterOfHeaders, retryAfterOfText } from './failure-hints.ts';

const withHeaders = (headers: Record<string, string>): number | undefined =>
  retryAfterOfHeaders({ status: 429, text: '', header: (name) => headers[name] });

describe('hints of a failure', () => {
  it('give every status a kind', () => {
    assert.deepEqual([200, 400, 401, 413, 418, 429, 500, 502, 503, 529].map(kindOfStatus), [
      'server',
      'invalid-request',
      'authentication',
      'too-large',
      'invalid-request',
      'rate-limited',
      'server',
      'server',
      'overloaded',
      'overloaded',
    ]);
  });

  it('read waiting times from headers, the exact one first', () => {
    assert.equal(withHeaders({ 'retry-after': '7' }), 7_000);
    assert.equal(withHeaders({ 'retry-after': '7', 'retry-after-ms': '1250' }), 1_250);
    for (const odd of ['', 'soon', '-1', 'Infinity', 'Wed, 21 Oct 2026 07:28:00 GMT']) {
      assert.equal(withHeaders({ 'retry-after': odd }), undefined, odd);
    }
  });

  it('read waiting times from words', () => {
    assert.equal(retryAfterOfText('Please try again in 1.5s.'), 1_500);
    assert.equal(retryAfterOfText('retry after 250 ms'), 250);
    assert.equal(retryAfterOfText('Try again in 1m30s'), 90_000);
    assert.equal(retryAfterOfText('never'), undefined);
  });
});
