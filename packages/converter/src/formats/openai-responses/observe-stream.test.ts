import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamObserver } from '../../format.ts';
import type { JsonObject } from '../../json.ts';
import { observeStream } from './observe-stream.ts';
import { added, completed, created, message, textDelta } from './testing/upstream.ts';

function observing(...events: readonly JsonObject[]): StreamObserver {
  const observer = observeStream();
  for (const event of events) {
    const { type } = event;
    observer.push({
      event: typeof type === 'string' ? type : undefined,
      data: JSON.stringify(event),
    });
  }
  return observer;
}

test('output is the beginning, and what only announces it is not', () => {
  const silent = [created(), { type: 'response.in_progress' }, { type: 'keepalive' }];
  assert.equal(observing(...silent, added(message(), 0)).begun(), false);
  assert.equal(observing(...silent, textDelta('Hi')).begun(), true);
  assert.equal(observing(...silent, completed()).begun(), true);
});

test('a good end is the last event alone', () => {
  assert.equal(observing(created(), textDelta('Hi')).finished(), false);
  const whole = observing(created(), textDelta('"type":"response.completed"'));
  assert.equal(whole.finished(), false);
  for (const over of [{}, { status: 'incomplete' }]) {
    const ended = observing(created(), textDelta('Hi'), completed([], over));
    assert.equal(ended.finished(), true);
    assert.deepEqual(ended.usage(), {
      fresh: 5,
      cacheRead: 4,
      cacheWrite: 1,
      text: 5,
      reasoning: 3,
    });
  }
});

// ai-gateway#2184
test('failures are seen, before and after the beginning, with what they cost', () => {
  const response = {
    status: 'failed',
    error: { code: 'server_error', message: 'Oops' },
    usage: { input_tokens: 3, output_tokens: 1 },
  };
  const failed = { type: 'response.failed', response };
  for (const before of [[created()], [created(), textDelta('Hi')]]) {
    const observer = observing(...before, failed);
    assert.equal(observer.finished(), false);
    assert.equal(observer.error()?.message, 'Oops');
    assert.deepEqual(observer.usage(), { fresh: 3, text: 1 });
    const flat = observing(...before, { type: 'error', message: 'Busy', code: 'overloaded' });
    assert.equal(flat.error()?.kind, 'overloaded');
  }
  assert.equal(observing(created()).error(), undefined);
});
