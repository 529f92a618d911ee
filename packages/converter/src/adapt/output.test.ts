import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatRequest, OutputFormat } from '../ir/request.ts';
import {
  adaptFor,
  claude45,
  claude55,
  gemini3,
  gemini25,
  gpt4o,
  look,
  user,
} from './testing/fixtures.ts';

const closed = {
  type: 'object',
  properties: { a: { type: 'string' } },
  required: ['a'],
  additionalProperties: false,
};
const map = { type: 'object', additionalProperties: { type: 'string' } };
const gpt4 = { format: 'openai-chat', model: 'gpt-4' };

function ask(schema: Record<string, unknown>, more: Partial<ChatRequest> = {}) {
  const output: OutputFormat = { type: 'schema', schema };
  return { output, ...more };
}

test("a schema within the limits is the model's own business", () => {
  assert.deepEqual(adaptFor(claude45, ask(closed)).request.output, ask(closed).output);
  assert.deepEqual(adaptFor(gemini3, ask(closed)).request.output, ask(closed).output);
  assert.deepEqual(adaptFor(gpt4o, ask(closed)).request.output, {
    ...ask(closed).output,
    strict: true,
  });
});

test('strict is asked of OpenAI only for schemas that it takes', () => {
  const { required: _, ...optional } = closed;
  const { request, lost } = adaptFor(gpt4o, ask(optional));
  assert.deepEqual(request.output, { ...ask(optional).output, strict: false });
  assert.deepEqual(lost, ['output-schema output.schema weakened unsupported answer']);
});

test('objects that say nothing of further properties are closed for OpenAI, maps are not', () => {
  const { additionalProperties: _, ...open } = closed;
  const output = { ...ask(closed).output, strict: true };
  assert.deepEqual(adaptFor(gpt4o, ask(open)).request.output, output);
  const holdsMap = { ...closed, properties: { a: map } };
  assert.deepEqual(adaptFor(gpt4o, ask(holdsMap)).request.output, {
    ...ask(holdsMap).output,
    strict: false,
  });
});

test('elsewhere a tool stands for the answer, forced and alone', () => {
  const { request, restoration, lost } = adaptFor(claude45, ask(map));
  assert.equal(request.output, undefined);
  assert.deepEqual(request.tools, [
    {
      type: 'function',
      name: 'json',
      description: 'Respond with a JSON object.',
      schema: { ...map, properties: {} },
    },
  ]);
  assert.deepEqual(request.toolChoice, { mode: 'required', only: ['json'], parallel: false });
  assert.equal(restoration.outputTool, 'json');
  assert.deepEqual(lost, ['output-schema output weakened emulated hint']);
});

test('beside tools of the client the model may still call those', () => {
  const tools = [{ ...look, name: 'json' }];
  const { request, restoration } = adaptFor(gemini25, ask(closed, { tools }));
  assert.equal(restoration.outputTool, 'json_1');
  assert.deepEqual(request.toolChoice, { mode: 'required' });
  const none = adaptFor(gemini25, ask(closed, { tools, toolChoice: { mode: 'none' } }));
  assert.deepEqual(none.request.toolChoice, { mode: 'required', only: ['json_1'] });
});

test('Gemini 3 takes a schema beside functions, unless a call is forced', () => {
  const tools = [look];
  const auto = adaptFor(gemini3, ask(closed, { tools }));
  assert.deepEqual([auto.request.output?.type, auto.lost], ['schema', []]);
  const forced = adaptFor(gemini3, ask(closed, { tools, toolChoice: { mode: 'required' } }));
  assert.equal(forced.request.output, undefined);
  assert.deepEqual(forced.request.tools, tools);
  assert.deepEqual(forced.lost, ['output-schema output dropped model hint']);
});

test('a schema whose root is no object is wrapped in its tool', () => {
  const list = { type: 'array', items: { type: 'string' } };
  for (const target of [claude45, gpt4o]) {
    const { request, restoration } = adaptFor(target, ask(list));
    assert.deepEqual([...restoration.wrappedTools], ['json']);
    const [tool] = request.tools;
    assert.deepEqual(tool?.type === 'function' && tool.schema, {
      type: 'object',
      properties: { input: list },
      required: ['input'],
      additionalProperties: false,
    });
  }
  assert.deepEqual(adaptFor(gemini3, ask(list)).request.output, ask(list).output);
});

test('models that have no schemas get the tool, models that cannot be forced get words', () => {
  assert.equal(adaptFor(gpt4, ask(closed)).restoration.outputTool, 'json');
  const { request, restoration, lost } = adaptFor(claude55, ask(map));
  assert.equal(restoration.outputTool, undefined);
  assert.match(request.system[0]?.text ?? '', /JSON schema:\n\{"type":"object"/);
  assert.deepEqual(lost, ['output-schema output weakened emulated answer']);
});

test('a forced tool for the answer turns off reasoning on older Claude', () => {
  const reasoning = { mode: 'on', budget: 2000 } as const;
  const { request, lost } = adaptFor(claude45, ask(map, { reasoning }));
  assert.equal(request.reasoning, undefined);
  assert.deepEqual(lost.slice(1), ['reasoning reasoning weakened model answer']);
});

test('any JSON is native where it exists and an instruction for Claude (litellm#6741)', () => {
  const output = { type: 'json' } as const;
  const turns = [user('Answer in JSON.')];
  assert.deepEqual(adaptFor(gpt4o, { output, turns }).request.system, []);
  assert.deepEqual(adaptFor(gemini3, { output }).request.system, []);
  const { request, lost } = adaptFor(claude45, { output });
  assert.equal(request.output, undefined);
  assert.equal(request.system[0]?.text, 'Respond with one JSON object only.');
  assert.deepEqual(lost, ['json-output output weakened emulated answer']);
  assert.deepEqual(adaptFor(gemini25, { output, tools: [look] }).lost, lost);
});

test('OpenAI refuses any JSON unless the prompt says the word', () => {
  const { request, lost } = adaptFor(gpt4o, { output: { type: 'json' } });
  assert.equal(request.system[0]?.text, 'Respond with one JSON object only.');
  assert.deepEqual([request.output, lost], [{ type: 'json' }, []]);
});

test('search on Gemini before 3 leaves only words to ask for JSON', () => {
  const tools = [{ type: 'web-search' } as const];
  const { request, restoration } = adaptFor(gemini25, ask(closed, { tools }));
  assert.deepEqual([request.tools, restoration.outputTool], [tools, undefined]);
  assert.match(request.system[0]?.text ?? '', /JSON/);
});
