/** Conversations are remembered for a while. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { createAffinity } from './affinity.ts';

describe('affinity', () => {
  let nowMs = 0;
  beforeEach(() => {
    nowMs = 1_000;
    mock.method(performance, 'now', () => nowMs);
  });
  afterEach(() => mock.restoreAll());

  it('knows the channel that answered a conversation last', () => {
    const affinity = createAffinity();
    assert.equal(affinity.recall('talk'), undefined);
    affinity.remember('talk', 'one');
    affinity.remember('other', 'two');
    assert.equal(affinity.recall('talk'), 'one');
    affinity.remember('talk', 'two');
    assert.equal(affinity.recall('talk'), 'two');
  });

  it('forgets it ten minutes after its last answer', () => {
    const affinity = createAffinity();
    affinity.remember('talk', 'one');
    nowMs += 599_999;
    assert.equal(affinity.recall('talk'), 'one');
    affinity.remember('talk', 'one');
    nowMs += 599_999;
    assert.equal(affinity.recall('talk'), 'one');
    nowMs += 1;
    assert.equal(affinity.recall('talk'), undefined);
  });

  it('forgets the conversation that was silent longest when there are too many', () => {
    const affinity = createAffinity();
    affinity.remember('first', 'one');
    affinity.remember('second', 'one');
    affinity.remember('first', 'one');
    for (let index = 0; index < 19_999; index += 1) affinity.remember(`talk ${index}`, 'two');
    assert.equal(affinity.recall('first'), 'one');
    assert.equal(affinity.recall('second'), undefined);
  });
});
