/** What Chat Completions does not serve goes to Responses, and nothing else does. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChatRequest, ReasoningRequest } from '../ir/request.ts';
import { needsResponses } from './openai-apis.ts';

function request(reasoning: ReasoningRequest | undefined, hasTools: boolean): ChatRequest {
  return {
    model: 'm',
    stream: false,
    streamUsage: false,
    system: [],
    turns: [],
    tools: hasTools ? [{ type: 'function', name: 'look_up' }] : [],
    sampling: {},
    reasoning,
  };
}

const hard: ReasoningRequest = { mode: 'on', effort: 'high' };

describe('Responses is needed', () => {
  for (const model of [
    'o1-pro',
    'o3-pro-2025-06-10',
    'o3-deep-research',
    'computer-use-preview',
    'codex-mini-latest',
    'gpt-5-pro',
    'gpt-5-codex',
    'gpt-5.1-codex-max',
    'gpt-5.2-pro',
  ]) {
    it(`for ${model}, whatever is asked`, () => {
      assert.equal(
        needsResponses(model, () => assert.fail('the request does not matter')),
        true,
      );
    });
  }

  const table: readonly (readonly [string, ReasoningRequest | undefined, boolean, boolean])[] = [
    ['gpt-5.6', hard, true, true],
    ['gpt-5.6', hard, false, false],
    ['gpt-5.6', { mode: 'off' }, true, false],
    ['gpt-5.6', undefined, true, false],
    ['gpt-5.6', { mode: 'auto', visible: false }, true, false],
    ['gpt-5.6', { mode: 'auto', effort: 'low' }, true, true],
    ['gpt-5', hard, true, false],
    ['gpt-4o', undefined, true, false],
    ['o3', hard, true, false],
    ['o1', hard, true, false],
    ['some-other-model', hard, true, false],
  ];
  for (const [model, reasoning, hasTools, isNeeded] of table) {
    const wish = `${reasoning?.mode ?? 'no word of'} reasoning ${hasTools ? 'and' : 'without'} tools`;
    it(`${isNeeded ? '' : 'not '}for ${model}: ${wish}`, () => {
      assert.equal(
        needsResponses(model, () => request(reasoning, hasTools)),
        isNeeded,
      );
    });
  }

  it('not for what is malformed', () => {
    assert.equal(
      needsResponses('gpt-5.6', () => undefined),
      false,
    );
  });
});
