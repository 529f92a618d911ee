/** What channels and conversations remember through a change of the settings. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Asker, ChannelHealth } from '../model/channel.ts';
import type { ChannelSettings } from '../model/settings.ts';
import { createRegistry } from './registry.ts';

const channel: ChannelSettings = {
  id: 'one',
  provider: 'openai',
  baseUrl: 'https://one.example/v1',
  apiKeys: ['own'],
  weight: 1,
  enabled: true,
  models: undefined,
  headers: {},
  apiVersion: undefined,
  timeouts: {},
};
const asker: Asker = { model: 'gpt-4o', clientKey: undefined };

function breakIt(health: ChannelHealth): void {
  for (let time = 0; time < 5; time += 1) {
    const lease = health.begin(asker, false);
    lease.failed({ type: 'failure' });
    lease.release();
  }
}

function isBroken(health: ChannelHealth): boolean {
  return health.obstacle(asker, performance.now())?.type === 'broken';
}

describe('the registry of channels', () => {
  const heirs: readonly { name: string; heir: ChannelSettings; isSame: boolean }[] = [
    { name: 'weight', heir: { ...channel, weight: 5 }, isSame: true },
    { name: 'keys', heir: { ...channel, apiKeys: ['own', 'another'] }, isSame: true },
    { name: 'models', heir: { ...channel, models: ['gpt-*'] }, isSame: true },
    { name: 'name', heir: { ...channel, id: 'two' }, isSame: false },
    { name: 'address', heir: { ...channel, baseUrl: 'https://two.example/v1' }, isSame: false },
    { name: 'provider', heir: { ...channel, provider: 'anthropic' }, isSame: false },
  ];
  for (const { name, heir, isSame } of heirs) {
    it(`${isSame ? 'keeps' : 'ends'} the life of a channel that gets another ${name}`, () => {
      const registry = createRegistry(() => {});
      breakIt(registry.healthOf(channel));
      assert.equal(isBroken(registry.healthOf(heir)), isSame);
    });
  }

  it('takes the weight from the new settings', () => {
    const registry = createRegistry(() => {});
    registry.healthOf(channel);
    assert.equal(registry.healthOf({ ...channel, weight: 5 }).weight(), 5);
  });

  it('counts what still runs under the old settings', () => {
    const registry = createRegistry(() => {});
    const lease = registry.healthOf(channel).begin(asker, false);
    const heir = registry.healthOf({ ...channel, weight: 5 });
    assert.equal(heir.inFlight(), 1);
    lease.release();
    assert.equal(heir.inFlight(), 0);
  });

  it('leaves a key alone that was refused before the change, and no other', () => {
    const registry = createRegistry(() => {});
    const lease = registry.healthOf(channel).begin(asker, false);
    lease.failed({ type: 'park', reason: 'credential', untilMs: undefined });
    lease.release();
    const heir = registry.healthOf({ ...channel, apiKeys: ['own', 'another'] });
    assert.equal(heir.begin(asker, false).apiKey, 'another');
    assert.equal(heir.begin(asker, false).apiKey, 'another');
  });

  it('forgets channels that are gone from the settings', () => {
    const registry = createRegistry(() => {});
    breakIt(registry.healthOf(channel));
    registry.keep([channel]);
    assert.equal(isBroken(registry.healthOf(channel)), true);
    registry.keep([]);
    assert.equal(isBroken(registry.healthOf(channel)), false);
  });

  it('says which channel changed', () => {
    const changes: string[] = [];
    const registry = createRegistry((id, { type }) => changes.push(`${id} ${type}`));
    breakIt(registry.healthOf(channel));
    assert.deepEqual(changes, ['one broken']);
  });
});
