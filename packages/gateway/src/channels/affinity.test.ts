/** Conversations are remembered for a while. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { createAffinity, createConversationMemory } from './affinity.ts';

const channels = [{ id: 'one' }, { id: 'two' }];

describe('affinity', () => {
  let nowMs = 0;
  beforeEach(() => {
    nowMs = 1_000;
    mock.method(performance, 'now', () => nowMs);
  });
  afterEach(() => mock.restoreAll());

  it('knows the channel that answered a conversation last', () => {
    const affinity = createAffinity();
    assert.equal(affinity.recall('talk', channels), undefined);
    affinity.remember('talk', 'one');
    affinity.remember('other', 'two');
    assert.equal(affinity.recall('talk', channels), 0);
    affinity.remember('talk', 'two');
    assert.equal(affinity.recall('talk', channels), 1);
  });

  it('forgets it ten minutes after its last answer', () => {
    const affinity = createAffinity();
    affinity.remember('talk', 'one');
    nowMs += 599_999;
    assert.equal(affinity.recall('talk', channels), 0);
    affinity.remember('talk', 'one');
    nowMs += 599_999;
    assert.equal(affinity.recall('talk', channels), 0);
    nowMs += 1;
    assert.equal(affinity.recall('talk', channels), undefined);
  });

  it('forgets those that were silent longest when there are too many', () => {
    const affinity = createAffinity();
    affinity.remember('first', 'one');
    for (let index = 0; index < 200_000; index += 1) {
      nowMs += 1;
      affinity.remember(`talk ${index}`, 'two');
    }
    assert.equal(affinity.recall('first', channels), undefined);
    for (let index = 199_000; index < 200_000; index += 1) {
      assert.equal(affinity.recall(`talk ${index}`, channels), 1, `talk ${index}`);
    }
  });

  it('is the same in all threads that share its memory', () => {
    const memory = createConversationMemory();
    createAffinity(memory).remember('talk', 'two');
    assert.equal(createAffinity(memory).recall('talk', channels), 1);
  });

  it('does not name a channel that is not among those that may answer', () => {
    const affinity = createAffinity();
    affinity.remember('talk', 'gone');
    assert.equal(affinity.recall('talk', channels), undefined);
  });
});
