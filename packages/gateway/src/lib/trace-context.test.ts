/** A trace context is taken as the W3C writes it, or not at all. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { traceContextHeaders, traceContextOf } from './trace-context.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const good = `00-${traceId}-${spanId}-01`;

function read(traceparent: string | undefined, tracestate?: string) {
  const headers = new Map([
    ['traceparent', traceparent],
    ['tracestate', tracestate],
  ]);
  return traceContextOf((name) => headers.get(name));
}

describe('a trace context', () => {
  it('is read and written again as it was', () => {
    const context = read(good, 'vendor=a:1,tenant@other=b');
    assert.deepEqual(context, { traceId, spanId, flags: 1, state: 'vendor=a:1,tenant@other=b' });
    assert.deepEqual(context && traceContextHeaders(context), {
      traceparent: good,
      tracestate: 'vendor=a:1,tenant@other=b',
    });
  });

  it('of a later version is read as far as it is known', () => {
    assert.equal(read(`cc-${traceId}-${spanId}-01-what-comes-later`)?.traceId, traceId);
    assert.equal(read(`cc-${traceId}-${spanId}-01`)?.spanId, spanId);
  });

  const bad: readonly (readonly [name: string, traceparent: string | undefined])[] = [
    ['none', undefined],
    ['nothing', ''],
    ['capital letters', good.toUpperCase()],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['a parent of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['the version that is forbidden', `ff-${traceId}-${spanId}-01`],
    ['more than version 0 has', `${good}-more`],
    ['two of them', `${good}, ${good}`],
    ['a cut one', good.slice(0, -1)],
    ['a line break', `${good}\r\nx: y`],
  ];
  for (const [name, traceparent] of bad) {
    it(`is not there with ${name}`, () => {
      assert.equal(read(traceparent, 'a=b'), undefined);
    });
  }

  const badStates: readonly (readonly [name: string, state: string])[] = [
    ['no member', ' , '],
    ['a member without value', 'a'],
    ['a capital name', 'A=b'],
    ['a key of the gateway', 'a=dgm_0123456789'],
    ['what no header can carry', 'a=\u00e9'],
    ['more than 512 characters', `a=${'b'.repeat(255)},c=${'d'.repeat(255)}`],
    ['33 members', Array.from({ length: 33 }, (_, index) => `k${index}=v`).join(',')],
  ];
  for (const [name, state] of badStates) {
    it(`has no state with ${name}`, () => {
      assert.equal(read(good, state)?.traceId, traceId);
      assert.equal(read(good, state)?.state, undefined);
    });
  }
});
