/** The table of keys, and which key somebody means. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KeySettings } from '../model/settings.ts';
import { keyOf } from '../stores/database/testing/records.ts';
import { keyTable, keyView } from './key-list.ts';
import { findKey } from './key-search.ts';

const nowMs = Date.UTC(2031, 0, 1);

describe('the table of keys', () => {
  it('has a line for every key, in columns', () => {
    const limits = { tokensPerWindow: 9, windowMs: 90_000, budgetMicroUsd: 500_000 };
    const lines = keyTable(
      [
        keyOf('key_a', { name: 'ann', channels: ['main', 'spare'], limits, expiresAt: nowMs }),
        keyOf('key_b', { name: 'bob', channels: [], limits: { concurrency: 2 } }),
        keyOf('key_c', { name: 'carol', revokedAt: 5 }),
      ],
      nowMs,
    ).split('\n');
    const cells = lines.map((line) => line.split(/ {2,}/).join(' | '));
    assert.deepEqual(cells, [
      'ID | NAME | HINT | CHANNELS | MODELS | LIMITS | CREATED | EXPIRES | STATE',
      'key_a | ann | …x7Qa | main,spare | all | 9 tokens/90s, $0.5 in total | 2025-11-24 | 2031-01-01T00:00:00Z | expired',
      'key_b | bob | …x7Qa | none | all | 2 at once | 2025-11-24 | never | active',
      'key_c | carol | …x7Qa | all | all | none | 2025-11-24 | never | revoked',
      '',
    ]);
    const starts = lines.slice(0, -1).map((line) => line.search(/CHANNELS|main|none|all/));
    assert.equal(new Set(starts).size, 1, lines.join('\n'));
  });

  it('gives the terminal no orders, whatever a name holds', () => {
    const name = 'a\u001b[2Jb\nc\u202ed';
    const table = keyTable([keyOf('key_a', { name })], nowMs);
    assert.ok(table.includes('a?[2Jb?c?d'), table);
    assert.equal(table.split('\n').length, 3);
  });

  it('shows a hash to nobody', () => {
    const key = keyOf('key_a', { hash: 'hash-canary' });
    const shown = keyTable([key], nowMs) + JSON.stringify(keyView(key, nowMs));
    assert.equal(shown.includes('hash-canary'), false);
  });
});

describe('the key that is meant', () => {
  const keys = [
    keyOf('key_1', { name: 'ann' }),
    keyOf('key_2', { name: 'ann', revokedAt: 5 }),
    keyOf('key_3', { name: 'twice' }),
    keyOf('key_4', { name: 'twice' }),
    keyOf('key_5', { name: 'gone', revokedAt: 5 }),
    keyOf('key_6', { name: 'key_1' }),
  ];
  const configured: readonly KeySettings[] = [
    {
      name: 'fixed',
      hash: '',
      user: undefined,
      channels: undefined,
      models: undefined,
      limits: {},
      expiresAt: undefined,
    },
  ];
  const find = (wanted: string): string => findKey(wanted, keys, configured).id;

  it('is found by its id, or by its name among those that are valid', () => {
    assert.equal(find('key_4'), 'key_4');
    assert.equal(find('ann'), 'key_1');
    assert.equal(find('key_1'), 'key_1', 'an id goes before a name');
  });

  it('is asked for when it is none or several', () => {
    assert.throws(
      () => find('twice'),
      /several keys are called "twice": name one by its id, key_3, key_4/,
    );
    assert.throws(
      () => find('key_5'),
      /key_5 \(gone\) was revoked before, at 1970-01-01T00:00:00Z/,
    );
    assert.throws(() => find('gone'), /was revoked before/);
    assert.throws(() => find('fixed'), /stands in the configuration/);
    assert.throws(() => find('an'), /no key has the id or the name "an"; see dragoman keys list/);
  });
});
