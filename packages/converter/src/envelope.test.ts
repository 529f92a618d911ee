/** Envelopes: there and back, told apart, damage noticed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  ENVELOPE_PREFIX,
  type Envelope,
  isEnvelope,
  readEnvelope,
  writeEnvelope,
} from './envelope.ts';

const envelopes: fc.Arbitrary<Envelope> = fc.record({
  binding: fc.constantFrom('self' as const, 'next' as const, 'previous' as const),
  seal: fc.option(
    fc.record({
      format: fc.constantFrom('gemini', 'anthropic-messages'),
      model: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
      kind: fc.constantFrom('signature' as const, 'redacted' as const),
      data: fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
    }),
    { nil: undefined },
  ),
  text: fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }),
  textLength: fc.option(fc.nat(), { nil: undefined }),
});

describe('envelopes', () => {
  it('give back what was put in', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const written = writeEnvelope(envelope);
        assert.ok(isEnvelope(written));
        assert.match(written, /^[A-Za-z0-9+/]+=*$/);
        assert.deepEqual(readEnvelope(written), structuredClone(envelope));
      }),
    );
  });

  it('are told apart from genuine signatures', () => {
    assert.equal(isEnvelope('EqQBCkYIARgCKkBz'), false);
    assert.equal(readEnvelope('EqQBCkYIARgCKkBz'), undefined);
  });

  it('carry reasoning text of any length', () => {
    const text = 'é🎉'.repeat(20_000);
    assert.equal(readEnvelope(writeEnvelope({ binding: 'self', text }))?.text, text);
  });

  it('carry what looks like JSON and long numbers', () => {
    const data = '{"a": [12345678901234567890, 1e999, {}, {}, {}, {}, {}, {}, {}, {}]}';
    const seal = { format: 'gemini', model: undefined, kind: 'signature', data } as const;
    const written = writeEnvelope({ binding: 'self', seal, text: `, ${data}`, textLength: 7 });
    assert.deepEqual(readEnvelope(written)?.seal, seal);
  });

  it('are refused when damaged', () => {
    const written = writeEnvelope({
      binding: 'self',
      seal: { format: 'gemini', kind: 'signature', data: 'abcdef' },
    });
    assert.equal(readEnvelope(written.slice(0, -8)), undefined);
    assert.equal(readEnvelope(`${ENVELOPE_PREFIX}!!!!`), undefined);
    const middle = Math.floor(written.length / 2);
    const other = written[middle] === 'A' ? 'B' : 'A';
    assert.equal(
      readEnvelope(written.slice(0, middle) + other + written.slice(middle + 1)),
      undefined,
    );
  });
});
