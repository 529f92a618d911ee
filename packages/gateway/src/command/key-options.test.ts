/** What the options of a new key mean. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type KeyOptions, readKeyOptions } from './key-options.ts';

const nowMs = Date.UTC(2031, 0, 1, 12);
const DAY_MS = 86_400_000;
const channels = ['main', 'spare'];

const read = (options: Omit<KeyOptions, 'name'>) =>
  readKeyOptions({ name: 'ann', ...options }, { channels, nowMs });

describe('options of a new key', () => {
  it('mean no limits when there are none', () => {
    const nothing = { user: undefined, channels: undefined, models: undefined };
    const wanted = { name: 'ann', ...nothing, limits: {}, expiresAt: undefined };
    assert.deepEqual(read({}), { wanted, mistakes: [] });
  });

  it('have an hour as window, and a budget that lasts for good', () => {
    const { wanted } = read({ tokensPerWindow: '5', budget: '0.000001' });
    assert.deepEqual(wanted.limits, {
      tokensPerWindow: 5,
      windowMs: 3_600_000,
      budgetMicroUsd: 1,
      budgetPeriod: 'total',
    });
  });

  it('take lists with commas, several times, and each name once', () => {
    const { wanted } = read({ channel: ['main, spare', 'main'], models: ['gpt-*', ' o3 ,'] });
    assert.deepEqual(wanted.channels, ['main', 'spare']);
    assert.deepEqual(wanted.models, ['gpt-*', 'o3']);
    assert.deepEqual(read({ channel: [' , '], models: [''] }).mistakes, [
      '--channel: expected at least one, got none',
      '--models: expected at least one, got none',
    ]);
  });

  it('say of a time that is none only that, not what would go with it', () => {
    const { mistakes } = read({ window: '5minutes', budgetPeriod: 'monthly' });
    assert.equal(mistakes.length, 2, mistakes.join('\n'));
    assert.match(mistakes[0] ?? '', /^--window: expected a time .*, got "5minutes"$/);
    assert.match(mistakes[1] ?? '', /^--budget-period: expected one of .*; did you mean month\?$/);
    assert.deepEqual(read({ window: '5m' }).mistakes, [
      '--window: needs --tokens-per-window or --requests-per-window',
    ]);
  });

  it('take the end as a time from now, as a day, and as a moment', () => {
    for (const [text, expiresAt] of [
      ['30d', nowMs + 30 * DAY_MS],
      ['90s', nowMs + 90_000],
      ['2031-01-02', Date.UTC(2031, 0, 2)],
      ['2031-01-01T12:00:01Z', nowMs + 1_000],
      ['2031-01-01T14:30:00+02:00', nowMs + 1_800_000],
    ] as const)
      assert.equal(read({ expires: text }).wanted.expiresAt, expiresAt, text);
  });

  it('take no end that is past, that is no day, or that no calendar has', () => {
    for (const text of [
      '2031-01-01',
      '2030-12-31T23:59:59Z',
      '0d',
      '-1d',
      '2031-02-30',
      '2031-13-01',
      '31.12.2031',
      '2031-01-02T10:00',
      'tomorrow',
      '30',
      '999999999d',
    ]) {
      const { mistakes } = read({ expires: text });
      assert.equal(mistakes.length, 1, text);
      assert.match(String(mistakes), /^--expires: expected a time to come: .*, got "/);
    }
  });
});
