/** What a request has to claim: the same list for the same asker, and never another's. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { compilePatterns } from '../lib/patterns.ts';
import type { KnownKey } from '../model/keys.ts';
import { defaultSettings, type LimitSettings } from '../model/settings.ts';
import { compileRules, type Demand, type Rules } from './rules.ts';

const rule: LimitSettings = {
  by: 'all',
  match: undefined,
  tokens: 100,
  requests: 10,
  concurrency: 2,
  windowMs: 60_000,
};

function rules(...limits: readonly Partial<LimitSettings>[]): Rules {
  const settings = { ...defaultSettings, limits: limits.map((limit) => ({ ...rule, ...limit })) };
  return compileRules({ settings, placeMs: 1_000, patterns: compilePatterns });
}

function key(id: string, limits: KnownKey['limits'] = {}): KnownKey {
  const everything = { channels: undefined, serves: () => true, expiresAt: undefined };
  return { id, name: id, user: undefined, limits, ...everything };
}

function demandsOf(
  compiled: Rules,
  by: { readonly key?: KnownKey; readonly user?: string; readonly model?: string },
  isFree = false,
): readonly Demand[] {
  const identity = { key: by.key, owner: by.key?.id ?? 'anonymous', user: by.user };
  return compiled.demands({ identity, model: by.model ?? 'm', isFree });
}

test('users, keys and models have counters of their own, and each asker always the same', () => {
  const compiled = rules({ by: 'user' }, { by: 'key' }, { by: 'model' });
  const [first, second] = [key('key_1'), key('key_2')];
  const askers = [first, second].flatMap((each) =>
    ['ann', 'bob'].flatMap((user) => ['m', 'n'].map((model) => ({ key: each, user, model }))),
  );
  const lists = askers.map((asker) => demandsOf(compiled, asker));
  const names = lists.flat().map(({ subject }) => subject);
  assert.equal(new Set(lists).size, 8);
  assert.equal(new Set(names).size, (2 + 2 + 2) * 3);
  for (const [index, asker] of askers.entries())
    assert.equal(demandsOf(compiled, asker), lists[index]);
});

test('a rule is about those whom its patterns name', () => {
  const compiled = rules({ by: 'model', match: ['big-*'] }, { by: 'channel', match: ['slow'] });
  assert.equal(demandsOf(compiled, { model: 'small' }).length, 0);
  assert.equal(demandsOf(compiled, { model: 'big-1' }).length, 3);
  assert.equal(compiled.channelDemands('fast').length, 0);
  assert.equal(compiled.channelDemands('slow').length, 3);
});

test('where nothing is generated only requests and places are claimed', () => {
  const compiled = rules({});
  const budgeted = key('key_1', { budgetMicroUsd: 5, tokensPerWindow: 9 });
  const units = (isFree: boolean): readonly string[] =>
    demandsOf(compiled, { key: budgeted }, isFree).map(({ unit }) => unit);
  assert.deepEqual(units(true), ['requests', 'concurrency']);
  assert.deepEqual(units(false), ['tokens', 'budget', 'tokens', 'requests', 'concurrency']);
});

test('a budget of a day has another counter the day after', () => {
  mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-25T23:59:59Z') });
  const compiled = rules({ by: 'user' });
  const asker = { key: key('key_1', { budgetMicroUsd: 5, budgetPeriod: 'day' }) };
  const before = demandsOf(compiled, asker);
  assert.equal(demandsOf(compiled, asker), before);
  mock.timers.tick(1_000);
  const [first, ...others] = demandsOf(compiled, asker);
  assert.equal(before[0]?.subject, 'budget:key_1:2026-11-25');
  assert.equal(first?.subject, 'budget:key_1:2026-11-26');
  assert.deepEqual(others, before.slice(1));
  mock.timers.reset();
});

test('what clients make up is not remembered without end, and counted all the same', () => {
  const compiled = rules({ by: 'user' });
  const first = demandsOf(compiled, { user: 'ann' });
  for (let index = 0; index < 6_000; index += 1) demandsOf(compiled, { user: `user ${index}` });
  const again = demandsOf(compiled, { user: 'ann' });
  assert.notEqual(again, first);
  assert.deepEqual(again, first);
});
