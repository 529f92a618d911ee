import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamObserver } from '../../format.ts';
import type { JsonValue } from '../../json.ts';
import { openaiChat } from './index.ts';
import { callDelta, chunk } from './testing/exchange.ts';

function observed(...chunks: readonly JsonValue[]): StreamObserver {
  const observer = openaiChat.upstream.observeStream();
  for (const value of chunks) {
    const data = typeof value === 'string' ? value : JSON.stringify(value);
    observer.push({ event: undefined, data });
  }
  return observer;
}

const usage = { prompt_tokens: 4, completion_tokens: 2 };
const stop = chunk({}, { finish_reason: 'stop' });

test('a role or an empty text is no beginning; anything said is', () => {
  assert.equal(observed().begun(), false);
  assert.equal(observed(chunk({ role: 'assistant', content: '', refusal: null })).begun(), false);
  assert.equal(observed({ id: '', choices: [], prompt_filter_results: [] }).begun(), false);
  assert.equal(observed(chunk({ content: 'Hi' })).begun(), true);
  assert.equal(observed(chunk({ reasoning_content: 'hm' })).begun(), true);
  assert.equal(observed(chunk(callDelta({ index: 0, id: 'a' }))).begun(), true);
  assert.equal(observed(stop).begun(), true);
});

test('the end mark, or a finish of every candidate, is a good end', () => {
  const hi = chunk({ content: 'Hi' });
  assert.equal(observed(hi).finished(), false);
  assert.equal(observed(hi, stop).finished(), true);
  assert.equal(observed(hi, chunk({ content: 'Hi' }, { index: 1 }), stop).finished(), false);
  assert.equal(observed(hi, '[DONE]').finished(), true);
});

test('usage is read wherever it stands', () => {
  assert.deepEqual(observed(stop, { choices: [], usage }).usage(), { fresh: 4, text: 2 });
  const zeros = { choices: [], usage: { prompt_tokens: 0, completion_tokens: 0 } };
  assert.deepEqual(observed({ ...stop, usage }, zeros).usage(), { fresh: 4, text: 2 });
  assert.equal(observed(stop).usage(), undefined);
});

test('an error before anything was said is no beginning, and one midway is no good end', () => {
  const failure = { error: { message: 'busy', code: 503 } };
  const first = observed(failure);
  assert.deepEqual(
    [first.begun(), first.finished(), first.error()?.kind],
    [false, false, 'overloaded'],
  );
  const inside = { delta: {}, finish_reason: 'error', error: { code: 503, message: 'busy' } };
  assert.equal(observed({ choices: [inside] }).begun(), false);
  const midway = observed(chunk({ content: 'Hi' }), failure, '[DONE]');
  assert.deepEqual([midway.begun(), midway.finished()], [true, false]);
  assert.equal(midway.error()?.message, 'busy');
});

test('what a model writes about errors is none', () => {
  const text = '{"error": {"message": "x"}, "usage": {"prompt_tokens": 9}}';
  const observer = observed(chunk({ content: 'Hi' }), chunk({ content: text }));
  assert.equal(observer.error(), undefined);
  assert.equal(observer.usage(), undefined);
});
