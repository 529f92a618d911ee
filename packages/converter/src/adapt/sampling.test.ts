import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatRequest, Sampling } from '../ir/request.ts';
import {
  adaptFor,
  claude5,
  claude45,
  gemini3,
  gemini25,
  gpt4o,
  gpt5,
  someChat,
} from './testing/fixtures.ts';

const gpt51 = { format: 'openai-chat', model: 'gpt-5.1' };

function sample(target: typeof gpt5, sampling: Sampling, more: Partial<ChatRequest> = {}) {
  const { request, lost } = adaptFor(target, { sampling, ...more });
  const kept = Object.fromEntries(
    Object.entries(request.sampling).filter(([, value]) => value !== undefined),
  );
  return { kept, lost, logprobs: request.logprobs };
}

test('what the model takes goes through as the same object', () => {
  const sampling = { temperature: 0.5, seed: 1, stop: ['x'] };
  assert.equal(adaptFor(gpt4o, { sampling }).request.sampling, sampling);
});

test('newer Claude takes no sampling parameters', () => {
  const { kept, lost } = sample(claude5, { temperature: 0.5, topP: 0.9, topK: 5, seed: 1 });
  assert.deepEqual(kept, { seed: 1 });
  assert.deepEqual(lost, [
    'temperature sampling.temperature dropped model answer',
    'top-p sampling.topP dropped model answer',
    'top-k sampling.topK dropped model answer',
  ]);
  assert.deepEqual(sample(claude5, { temperature: 1, topP: 0.99 }).lost, [
    'temperature sampling.temperature dropped model hint',
    'top-p sampling.topP dropped model hint',
  ]);
});

test('older Claude takes temperatures up to one, and not beside top-p', () => {
  const { kept, lost } = sample(claude45, { temperature: 1.5, topP: 0.9, topK: 5 });
  assert.deepEqual(kept, { temperature: 1, topK: 5 });
  assert.deepEqual(lost, [
    'temperature sampling.temperature weakened range answer',
    'top-p sampling.topP dropped model answer',
  ]);
});

test('older Claude takes none of them while it thinks (CLIProxyAPI#2509)', () => {
  const { kept } = sample(
    claude45,
    { temperature: 0.5, topK: 5 },
    { reasoning: { mode: 'on', effort: 'low' } },
  );
  assert.deepEqual(kept, {});
});

test('reasoning models of OpenAI take no sampling, some of them without reasoning', () => {
  const sampling = {
    temperature: 0.5,
    presencePenalty: 1,
    logitBias: { 1: 1 },
    stop: ['x'],
    seed: 1,
  };
  const { kept, logprobs } = sample(gpt5, sampling, { logprobs: { top: 2 } });
  assert.deepEqual([kept, logprobs], [{ seed: 1 }, undefined]);
  assert.deepEqual(sample(gpt51, { temperature: 0.5 }).kept, { temperature: 0.5 });
  const reasoning = { mode: 'on', effort: 'low' } as const;
  assert.deepEqual(sample(gpt51, { temperature: 0.5 }, { reasoning }).kept, {});
});

test('Gemini 2.5 takes no penalties, Gemini 3 does', () => {
  const sampling = { presencePenalty: 0.5, frequencyPenalty: 0 };
  assert.deepEqual(sample(gemini25, sampling), {
    kept: {},
    lost: [
      'presence-penalty sampling.presencePenalty dropped model answer',
      'frequency-penalty sampling.frequencyPenalty dropped model hint',
    ],
    logprobs: undefined,
  });
  assert.deepEqual(sample(gemini3, sampling).kept, sampling);
});

test('the first stop sequences are kept where there are too many', () => {
  const stop = ['a', 'b', 'c', 'd', 'e', 'f'];
  assert.deepEqual(sample(someChat, { stop }).kept.stop, ['a', 'b', 'c', 'd']);
  assert.deepEqual(sample(gemini3, { stop }).kept.stop, ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(sample(claude45, { stop }), { kept: { stop }, lost: [], logprobs: undefined });
  assert.deepEqual(sample(someChat, { stop }).lost, ['stop sampling.stop weakened limit answer']);
});

test('Claude takes no stop sequences of white space', () => {
  assert.deepEqual(sample(claude45, { stop: ['\n', 'x'] }).kept, { stop: ['x'] });
  assert.deepEqual(sample(claude45, { stop: ['\n'] }).kept, {});
  assert.deepEqual(sample(gpt4o, { stop: ['\n'] }).kept, { stop: ['\n'] });
});
