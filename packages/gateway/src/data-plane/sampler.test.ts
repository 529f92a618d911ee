/** A sample is small, of whole events, and says how much it stands for. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { addToSample, createSampler, sampleOf } from './sampler.ts';

function sampleFrom(texts: readonly string[]) {
  const sampler = createSampler();
  for (const text of texts) addToSample(sampler, text);
  return sampleOf(sampler);
}

it('of nothing there is none', () => {
  assert.equal(sampleFrom(['', '']), undefined);
});

it('a short stream is its own sample', () => {
  assert.deepEqual(sampleFrom(['{"a":1}', '{"b":2}']), { text: '{"a":1}\n{"b":2}\n', scale: 1 });
});

it('a long stream is known by whole events from its beginning, and by its length', () => {
  const events = Array.from({ length: 1_000 }, (_none, index) => `{"delta":"${index} äöü 中文"}`);
  const sample = sampleFrom(events);
  assert.ok(sample !== undefined);
  const lines = sample.text.trimEnd().split('\n');
  assert.deepEqual(lines, events.slice(0, lines.length));
  assert.ok(lines.length > 50 && Buffer.byteLength(sample.text) <= 4_096);
  const all = events.reduce((sum, { length }) => sum + length + 1, 0);
  assert.equal(Math.round(sample.text.length * sample.scale), all);
});

it('events that are too long to be kept do not stand for those that follow', () => {
  const long = JSON.stringify({ instructions: 'x'.repeat(60_000) });
  assert.deepEqual(sampleFrom([long, long, '{"delta":"a"}', '{"delta":"b"}']), {
    text: '{"delta":"a"}\n{"delta":"b"}\n',
    scale: 1,
  });
});

it('where there is no other event, the beginning of a long one has to do', () => {
  const sample = sampleFrom(['x'.repeat(8_192)]);
  assert.equal(sample?.text.length, 4_096);
  assert.ok((sample?.scale ?? 0) > 1.9);
});
