import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adaptFor, claude45, claude55, gemini3, gpt4o, look } from './testing/fixtures.ts';

const tools = [look];

test('models that cannot be forced are told to call the tool', () => {
  const forced = { mode: 'required', only: ['look'] } as const;
  const { request, lost } = adaptFor(claude55, { tools, toolChoice: forced });
  assert.deepEqual(request.toolChoice, { mode: 'auto', only: ['look'] });
  assert.deepEqual(request.system, [{ role: 'system', text: 'You must call the tool look.' }]);
  assert.deepEqual(lost, ['tool-choice toolChoice.mode weakened model answer']);
  const any = adaptFor(claude55, { tools, toolChoice: { mode: 'required' } });
  assert.equal(any.request.system[0]?.text, 'You must call one of the tools.');
});

test('others are forced as asked', () => {
  const toolChoice = { mode: 'required', only: ['look'], parallel: false } as const;
  for (const target of [claude45, gpt4o]) {
    const { request, lost } = adaptFor(target, { tools, toolChoice });
    assert.equal(request.toolChoice, toolChoice);
    assert.deepEqual(lost, []);
  }
});

test('one call at a time cannot be asked of Gemini', () => {
  const toolChoice = { mode: 'auto', parallel: false } as const;
  const { request, lost } = adaptFor(gemini3, { tools, toolChoice });
  assert.deepEqual(request.toolChoice, { mode: 'auto' });
  assert.deepEqual(lost, ['parallel-tool-calls toolChoice.parallel dropped unsupported answer']);
  assert.deepEqual(
    adaptFor(gemini3, { tools, toolChoice: { mode: 'auto', parallel: true } }).lost,
    [],
  );
});
