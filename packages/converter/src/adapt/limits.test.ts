import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversionError } from '../errors.ts';
import { adaptFor, claude45, gemini3, gpt4o, look, someChat } from './testing/fixtures.ts';

const tokens = (target: typeof gpt4o, outputTokensMax?: number) =>
  adaptFor(target, { outputTokensMax }).request.outputTokensMax;

test("Messages upstreams always get a bound: the client's, else the model's", () => {
  assert.equal(tokens(claude45), 64_000);
  assert.equal(tokens(claude45, 50), 50);
  assert.equal(tokens({ format: 'anthropic-messages', model: 'some-model' }), 8192);
  assert.equal(tokens({ format: 'anthropic-messages', model: 'claude-next-9' }), 128_000);
  assert.equal(tokens(gpt4o), undefined);
});

test("a bound above the model's is cut to it (CLIProxyAPI#3469)", () => {
  const { request, lost } = adaptFor(gpt4o, { outputTokensMax: 32_000 });
  assert.equal(request.outputTokensMax, 16_384);
  assert.deepEqual(lost, ['output-tokens outputTokensMax weakened range hint']);
  assert.equal(tokens(gemini3, 128_000), 65_536);
  assert.equal(tokens(someChat, 1_000_000), 1_000_000);
});

test('an answer of no tokens warms a cache, where there is such a thing', () => {
  assert.equal(tokens(claude45, 0), 0);
  assert.throws(() => tokens(gpt4o, 0), ConversionError);
  assert.throws(() => tokens(claude45, -1), ConversionError);
});

test('no answers, and too many tools, are refused', () => {
  assert.throws(() => adaptFor(gpt4o, { candidates: 0 }), ConversionError);
  const tools = Array.from({ length: 129 }, (_, index) => ({ ...look, name: `t${index}` }));
  assert.throws(() => adaptFor(gpt4o, { tools }), /up to 128 tools/);
  assert.equal(adaptFor(someChat, { tools }).request.tools.length, 129);
});
