import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatRequest, Effort, ReasoningRequest } from '../ir/request.ts';
import { budgetOfEffort, effortOfBudget, nearestEffort } from './reasoning-amount.ts';
import {
  adaptFor,
  claude5,
  claude45,
  claude46,
  claude55,
  gemini3,
  gemini25,
  gpt4o,
  gpt5,
  look,
  someChat,
} from './testing/fixtures.ts';

const gpt51 = { format: 'openai-chat', model: 'gpt-5.1' };
const gpt56 = { format: 'openai-chat', model: 'gpt-5.6' };
const pro25 = { format: 'gemini', model: 'gemini-2.5-pro' };
const pro3 = { format: 'gemini', model: 'gemini-3-pro-preview' };
const lite25 = { format: 'gemini', model: 'gemini-2.5-flash-lite' };
const haiku3 = { format: 'anthropic-messages', model: 'claude-3-haiku-20240307' };

function reason(
  target: typeof gpt5,
  reasoning: ReasoningRequest | undefined,
  more: Partial<ChatRequest> = {},
) {
  const { request, lost } = adaptFor(target, { reasoning, ...more });
  // Undefined members say nothing.
  const told = request.reasoning && { ...request.reasoning };
  for (const [key, value] of Object.entries(told ?? {})) {
    if (value === undefined) Reflect.deleteProperty(told ?? {}, key);
  }
  return { told, lost, tokens: request.outputTokensMax };
}

function tellEffort(target: typeof gpt5, effort: Effort) {
  return reason(target, { mode: 'on', effort }).told;
}

test('an effort becomes the next higher one that the model has, or its highest', () => {
  assert.equal(nearestEffort('minimal', ['low', 'high']), 'low');
  assert.equal(nearestEffort('medium', ['low', 'high']), 'high');
  assert.equal(nearestEffort('max', ['low', 'high']), 'high');
  assert.equal(nearestEffort('low', []), undefined);
});

test('budgets and efforts stand for each other', () => {
  assert.deepEqual([1024, 4000, 10_000, 30_000].map(effortOfBudget), [
    'low',
    'medium',
    'high',
    'xhigh',
  ]);
  const bounds = { min: 1024, max: 50_000 };
  const efforts = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
  assert.deepEqual(
    efforts.map((effort) => budgetOfEffort(effort, bounds)),
    [1024, 5000, 15_000, 30_000, 45_000, 50_000],
  );
});

test('each model gets its own kind of amount (CLIProxyAPI#582)', () => {
  const effort = 'high';
  assert.deepEqual(tellEffort(gpt5, effort), { mode: 'on', effort });
  assert.deepEqual(tellEffort(claude5, effort), { mode: 'on', effort });
  assert.deepEqual(tellEffort(claude46, 'xhigh'), { mode: 'on', effort: 'max' });
  assert.deepEqual(tellEffort(claude45, effort), { mode: 'on', budget: 38_399 });
  assert.deepEqual(tellEffort(gemini25, effort), { mode: 'on', budget: 14_746, visible: true });
  assert.deepEqual(tellEffort(gemini3, effort), { mode: 'on', effort, visible: true });
  assert.deepEqual(tellEffort(pro3, 'medium'), { mode: 'on', effort, visible: true });
  assert.deepEqual(tellEffort(gpt51, 'max'), { mode: 'on', effort });
});

test('a budget is kept where there are budgets and becomes an effort elsewhere', () => {
  const asked = { mode: 'on', budget: 4000 } as const;
  assert.deepEqual(reason(claude5, asked).told, asked);
  assert.deepEqual(reason(claude45, asked).told, asked);
  assert.deepEqual(reason(claude55, asked).told, { mode: 'on', effort: 'medium' });
  assert.deepEqual(reason(gpt5, asked).told, { mode: 'on', effort: 'medium' });
  const over = reason(gemini25, { mode: 'on', budget: 99_999 });
  assert.equal(over.told?.budget, 24_576);
  assert.deepEqual(over.lost, ['reasoning-budget reasoning.budget weakened range hint']);
});

test('reasoning without an amount is left to models that measure it themselves', () => {
  const on = { mode: 'on' } as const;
  assert.deepEqual(reason(claude5, on).told, on);
  assert.deepEqual(reason(claude5, { mode: 'auto' }).told, on);
  assert.deepEqual(reason(gpt5, on).told, on);
  assert.deepEqual(reason(gpt51, on).told, { mode: 'on', effort: 'medium' });
  assert.deepEqual(reason(claude45, on).told, { mode: 'on', budget: 19_200 });
  assert.deepEqual(reason(gemini25, on).told, { mode: 'on', visible: true });
  assert.deepEqual(reason(lite25, on).told, { mode: 'on', budget: 7373, visible: true });
});

test('off is said where models would reason, and not where they do not', () => {
  const off = { mode: 'off' } as const;
  assert.deepEqual(reason(claude5, off), { told: off, lost: [], tokens: 128_000 });
  assert.deepEqual(reason(gpt51, off).told, off);
  assert.deepEqual(reason(gemini25, off), { told: off, lost: [], tokens: undefined });
  assert.deepEqual(reason(gemini25, { mode: 'on', budget: 0 }).told, off);
  for (const target of [claude45, haiku3, gpt4o, lite25]) {
    const { told, lost } = reason(target, off);
    assert.deepEqual([told, lost], [undefined, []], target.model);
  }
});

test('models that always reason are told to do the least', () => {
  const off = { mode: 'off' } as const;
  const lost = ['reasoning reasoning weakened model answer'];
  assert.deepEqual(reason(claude55, off).told, { mode: 'on', effort: 'low' });
  assert.deepEqual(reason(claude55, off).lost, lost);
  assert.deepEqual(reason(gpt5, off).told, { mode: 'on', effort: 'minimal' });
  assert.deepEqual(reason(pro25, off).told, { mode: 'on', budget: 128, visible: true });
  assert.deepEqual(reason(pro3, off).told, { mode: 'on', effort: 'low', visible: true });
  assert.deepEqual(reason(someChat, off), {
    told: undefined,
    lost: ['reasoning reasoning weakened model hint'],
    tokens: undefined,
  });
});

test('models that do not reason are not asked to', () => {
  const { told, lost } = reason(gpt4o, { mode: 'on', effort: 'high' });
  assert.deepEqual([told, lost], [undefined, ['reasoning reasoning weakened model answer']]);
  assert.deepEqual(reason(haiku3, { mode: 'auto' }).lost, []);
});

test('Gemini shows its reasoning unless the client does not want it', () => {
  assert.deepEqual(reason(gemini3, undefined).told, { mode: 'auto', visible: true });
  const hidden = { mode: 'on', visible: false } as const;
  assert.deepEqual(reason(gemini3, hidden).told, hidden);
  assert.deepEqual(reason(gemini3, { mode: 'auto', visible: true }).told, {
    mode: 'on',
    visible: true,
  });
  assert.equal(reason(lite25, undefined).told, undefined);
  assert.equal(reason({ format: 'gemini', model: 'gemini-2.0-flash' }, undefined).told, undefined);
  assert.equal(reason(claude5, undefined).told, undefined);
});

test('who says nothing of reasoning and wants to see none leaves every model as it is', () => {
  const nothing = { mode: 'auto', visible: false } as const;
  for (const target of [
    claude45,
    claude46,
    claude5,
    gemini25,
    gemini3,
    lite25,
    gpt4o,
    gpt5,
    gpt51,
  ]) {
    const { told, lost, tokens } = reason(target, nothing);
    assert.deepEqual([told, lost], [undefined, []], target.model);
    assert.equal(tokens, reason(target, undefined).tokens, target.model);
  }
  const sampling = { temperature: 0.5 };
  for (const target of [gpt5, gemini3, claude5]) {
    const silent = adaptFor(target, { reasoning: nothing, sampling });
    assert.deepEqual(silent.lost, adaptFor(target, { sampling }).lost, target.model);
  }
  const effort = { ...nothing, effort: 'low' } as const;
  assert.deepEqual(reason(gemini3, effort).told, { mode: 'on', effort: 'low', visible: false });
});

test("an effort takes its share of the client's bound, which includes reasoning", () => {
  const { told, lost, tokens } = reason(
    claude45,
    { mode: 'on', effort: 'medium' },
    { outputTokensMax: 10_001 },
  );
  assert.deepEqual([told?.budget, tokens, lost], [3000, 10_001, []]);
});

test('a bound without room for the least reasoning is raised (CLIProxyAPI#340)', () => {
  const { told, lost, tokens } = reason(
    claude45,
    { mode: 'on', effort: 'low' },
    { outputTokensMax: 100 },
  );
  assert.deepEqual([told?.budget, tokens], [1024, 1124]);
  assert.deepEqual(lost, ['output-tokens outputTokensMax weakened range answer']);
});

test('a budget above the bound raises it, never beyond what the model can (CLIProxyAPI#1940)', () => {
  const asked = { mode: 'on', budget: 20_000 } as const;
  const raised = reason(claude45, asked, { outputTokensMax: 8000 });
  assert.deepEqual([raised.told?.budget, raised.tokens], [20_000, 28_000]);
  const capped = reason(claude45, { mode: 'on', budget: 63_999 }, { outputTokensMax: 10_000 });
  assert.deepEqual([capped.told?.budget, capped.tokens], [57_600, 64_000]);
});

test('a forced call turns reasoning off on older Claude (CLIProxyAPI#757)', () => {
  const forced = { tools: [look], toolChoice: { mode: 'required' } } as const;
  const asked = { mode: 'on', effort: 'high' } as const;
  const older = reason(claude45, asked, forced);
  assert.deepEqual(older.told, undefined);
  assert.deepEqual(older.lost, ['reasoning reasoning weakened model answer']);
  assert.deepEqual(reason(claude46, asked, forced).told, { mode: 'off' });
  assert.deepEqual(reason(claude5, asked, forced).told, asked);
});

test('GPT-5.6 does not reason beside functions', () => {
  const asked = { mode: 'on', effort: 'high' } as const;
  const { told, lost } = reason(gpt56, asked, { tools: [look] });
  assert.deepEqual([told, lost.length], [{ mode: 'off' }, 1]);
  assert.deepEqual(reason(gpt56, undefined, { tools: [look] }), {
    told: { mode: 'off' },
    lost: [],
    tokens: undefined,
  });
  assert.deepEqual(reason(gpt56, asked).told, asked);
});
