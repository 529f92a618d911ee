import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Part, Seal } from '../ir/part.ts';
import { capabilitiesOf } from './capabilities.ts';
import { adaptFor, user } from './testing/fixtures.ts';

const of = (model: string) => capabilitiesOf('openai-responses', model);
const target = (model: string) => ({ format: 'openai-responses', model });

test('models are the same as behind Chat Completions, but for what this format lets them do', () => {
  assert.equal(of('gpt-4o').outputTokensMax, 16_384);
  assert.equal(of('gpt-5.6').reasoning.withTools, true);
  assert.equal(capabilitiesOf('openai-chat', 'gpt-5.6').reasoning.withTools, false);
  assert.equal(of('gpt-5.6-terra').reasoning.efforts.at(-1), 'max');
  assert.equal(of('gpt-6-luna').reasoning.efforts.at(-1), 'max');
  assert.equal(of('gpt-7').reasoning.efforts.at(-1), 'max');
  assert.equal(of('gpt-5.2').reasoning.efforts.at(-1), 'xhigh');
  assert.deepEqual(of('gpt-5-pro').reasoning.efforts, ['high']);
  assert.equal(of('gpt-5-codex').reasoning.efforts.includes('minimal'), false);
  assert.equal(of('deepseek-v4').reasoningHistory, 'echoed');
});

test('seals are asked for where the model is going to reason, and nowhere else', () => {
  const asked = (model: string, effort?: 'high'): boolean | undefined => {
    const wish = effort === undefined ? {} : { reasoning: { mode: 'on', effort } as const };
    return adaptFor(target(model), wish).request.sealedReasoning;
  };
  assert.equal(asked('gpt-5'), true);
  assert.equal(asked('o3-mini'), true);
  assert.equal(asked('gpt-5.1'), undefined);
  assert.equal(asked('gpt-5.1', 'high'), true);
  assert.equal(asked('gpt-4o'), undefined);
  assert.equal(asked('some-deployment', 'high'), undefined);
  assert.equal(
    adaptFor({ format: 'openai-chat', model: 'gpt-5' }, {}).request.sealedReasoning,
    undefined,
  );
});

test('sealed reasoning goes back to the format and model that made it, and to no other', () => {
  const seal: Seal = {
    format: 'openai-responses',
    model: 'gpt-5',
    kind: 'signature',
    data: '{"encrypted_content":"gAAA"}',
  };
  const said: readonly Part[] = [
    { type: 'reasoning', text: 'Hmm', seal },
    { type: 'text', text: 'Hi' },
  ];
  const turns = [user('Hello'), { role: 'assistant', parts: said } as const, user('And?')];
  const kept = (to: { format: string; model: string }): readonly string[] =>
    adaptFor(to, { turns }).request.turns[1]?.parts.map(({ type }) => type) ?? [];
  assert.deepEqual(kept(target('gpt-5')), ['reasoning', 'text']);
  assert.deepEqual(kept(target('gpt-5.1')), ['text']);
  assert.deepEqual(kept({ format: 'openai-chat', model: 'gpt-5' }), ['text']);
  assert.deepEqual(kept({ format: 'anthropic-messages', model: 'claude-opus-4-6' }), ['text']);
});

test('custom tools and structured output stay what they are', () => {
  const { request, lost } = adaptFor(target('gpt-5'), {
    tools: [{ type: 'custom', name: 'sql' }],
    output: {
      type: 'schema',
      schema: { type: 'object', properties: {}, additionalProperties: false },
    },
  });
  assert.equal(request.tools[0]?.type, 'custom');
  assert.equal(request.output?.type, 'schema');
  assert.deepEqual(lost, []);
});
