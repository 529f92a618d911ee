import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MediaPart, Part, ToolCallPart, ToolResultPart } from '../../ir/part.ts';
import type { ChatRequest, Tool, Turn } from '../../ir/request.ts';
import type { JsonObject } from '../../json.ts';
import { gemini } from './index.ts';
import { chatRequest, createLedger, plain } from './testing/exchange.ts';

function encoded(over: Partial<ChatRequest> = {}): JsonObject {
  return plain(gemini.upstream.encodeRequest(chatRequest(over), () => {}));
}

function contentsOf(...turns: readonly Turn[]): unknown {
  return encoded({ turns })['contents'];
}

function lossesOf(over: Partial<ChatRequest>): readonly string[] {
  const { losses, report } = createLedger();
  gemini.upstream.encodeRequest(chatRequest(over), report);
  return losses.map(({ feature, effect }) => `${feature} ${effect}`);
}

const user = (...parts: readonly Part[]): Turn => ({ role: 'user', parts });
const assistant = (...parts: readonly Part[]): Turn => ({ role: 'assistant', parts });
const text = (value: string): Part => ({ type: 'text', text: value });
const call = (id: string, name: string, over: Partial<ToolCallPart> = {}): Part => ({
  type: 'tool-call',
  id,
  name,
  kind: 'function',
  input: '{}',
  ...over,
});
const result = (callId: string, over: Partial<ToolResultPart> = {}): Part => ({
  type: 'tool-result',
  callId,
  isError: false,
  content: [{ type: 'text', text: 'ok' }],
  ...over,
});
const image = (source: MediaPart['source'], over: Partial<MediaPart> = {}): MediaPart => ({
  type: 'media',
  media: 'image',
  mimeType: 'image/png',
  source,
  ...over,
});
const hi = { role: 'user', parts: [{ text: 'Hi' }] };

test('a plain request is contents and nothing else', () => {
  assert.deepEqual(encoded(), { contents: [hi] });
});

test('system blocks stay apart', () => {
  const system = [
    { text: 'a', role: 'system' },
    { text: '', role: 'system' },
    { text: 'b', role: 'developer' },
  ] as const;
  assert.deepEqual(encoded({ system })['systemInstruction'], {
    parts: [{ text: 'a' }, { text: 'b' }],
  });
});

test('CLIProxyAPI#5048, #2310: a user turn comes first, also where there is none at all', () => {
  const silent = { role: 'user', parts: [{ text: ' ' }] };
  const hello = { role: 'model', parts: [{ text: 'Hello' }] };
  assert.deepEqual(contentsOf(assistant(text('Hello')), user(text('Hi'))), [silent, hello, hi]);
  assert.deepEqual(contentsOf(), [silent]);
});

test('CLIProxyAPI#1294, #2108: nothing empty is sent, and roles alternate', () => {
  assert.deepEqual(
    contentsOf(user(text('Hi')), assistant(text('')), user(text(''), text('there')), user()),
    [{ role: 'user', parts: [{ text: 'Hi' }, { text: 'there' }] }],
  );
});

test('calls and results go without ids while their names tell them apart', () => {
  assert.deepEqual(
    contentsOf(
      user(text('Hi')),
      assistant(call('1', 'a', { input: '{"x":1}' }), call('2', 'b')),
      user(result('1'), result('2', { isError: true })),
    ),
    [
      hi,
      {
        role: 'model',
        parts: [
          { functionCall: { name: 'a', args: { x: 1 } } },
          { functionCall: { name: 'b', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { name: 'a', response: { output: 'ok' } } },
          { functionResponse: { name: 'b', response: { error: 'ok' } } },
        ],
      },
    ],
  );
});

test('two calls of one name in a turn are told apart by ids', () => {
  const contents = contentsOf(
    user(text('Hi')),
    assistant(call('1', 'a'), call('2', 'a')),
    user(result('2'), result('1')),
    assistant(call('3', 'a')),
    user(result('3')),
  );
  const ids = JSON.stringify(contents).match(/"id":"\d"/g);
  assert.deepEqual(ids, ['"id":"1"', '"id":"2"', '"id":"2"', '"id":"1"']);
});

test('a result needs a name, its own or that of its call', () => {
  const turns = [assistant(call('1', 'a')), user(result('9', { name: 'b' }))];
  assert.match(JSON.stringify(contentsOf(...turns)), /"functionResponse":\{"name":"b"/);
  assert.throws(() => contentsOf(user(result('9'))), /no tool call has the id 9/);
});

test('arguments that are no object are handed on as text, with a loss', () => {
  const turns = [
    user(text('Hi')),
    assistant(call('1', 'a', { input: '[1' }), call('2', 'b', { input: '' })),
  ];
  assert.match(JSON.stringify(contentsOf(...turns)), /"args":\{"_raw":"\[1"\}.*"args":\{\}/);
  assert.deepEqual(lossesOf({ turns }), ['tool-call-arguments hint']);
});

test('seals of Gemini stand on their parts', () => {
  const seal = { format: 'gemini', kind: 'signature', data: 'c2ln' } as const;
  assert.deepEqual(
    contentsOf(
      user(text('Hi')),
      assistant(
        { type: 'reasoning', text: 'hm', seal },
        { type: 'text', text: '', seal },
        call('1', 'a', { seal }),
      ),
    ),
    [
      hi,
      {
        role: 'model',
        parts: [
          { text: 'hm', thought: true, thoughtSignature: 'c2ln' },
          { text: '', thoughtSignature: 'c2ln' },
          { functionCall: { name: 'a', args: {} }, thoughtSignature: 'c2ln' },
        ],
      },
    ],
  );
});

test('media goes in as data, or by the few addresses that Gemini reads', () => {
  const parts = (...media: readonly MediaPart[]): unknown => {
    const contents = encoded({ turns: [user(...media)] })['contents'];
    return Array.isArray(contents) && contents[0].parts;
  };
  assert.deepEqual(
    parts(
      image({ type: 'base64', data: 'AA==' }, { detail: 'high' }),
      image({ type: 'base64', data: 'AA==' }, { detail: 'auto', mimeType: '' }),
      image({ type: 'url', url: 'gs://b/c' }),
      image({ type: 'url', url: 'https://youtu.be/x' }, { media: 'video', mimeType: '' }),
      image({ type: 'text', text: 'words' }, { media: 'document', name: 'a.txt' }),
    ),
    [
      {
        inlineData: { mimeType: 'image/png', data: 'AA==' },
        mediaResolution: { level: 'MEDIA_RESOLUTION_HIGH' },
      },
      { inlineData: { mimeType: 'image/png', data: 'AA==' } },
      { fileData: { mimeType: 'image/png', fileUri: 'gs://b/c' } },
      { fileData: { fileUri: 'https://youtu.be/x' } },
      { text: 'a.txt\nwords' },
    ],
  );
  assert.throws(
    () => parts(image({ type: 'url', url: 'https://a.b/c.png' })),
    /turns\[0\]\.parts\[0\].*send the data as base64/,
  );
});

test('CLIProxyAPI#1682, #5075: images in results are parts of the right result', () => {
  const contents = contentsOf(
    user(text('Hi')),
    assistant(call('1', 'a'), call('2', 'b')),
    user(
      result('1', { content: [] }),
      result('2', {
        content: [{ type: 'text', text: 'see' }, image({ type: 'base64', data: 'AA==' })],
      }),
    ),
  );
  assert.deepEqual(Array.isArray(contents) && contents[2].parts, [
    { functionResponse: { name: 'a', response: { output: '' } } },
    {
      functionResponse: {
        name: 'b',
        response: { output: 'see' },
        parts: [{ inlineData: { mimeType: 'image/png', data: 'AA==' } }],
      },
    },
  ]);
});

test('functions keep their JSON Schema, and none where they take nothing', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } }, $id: 'x' };
  const tools: readonly Tool[] = [
    { type: 'function', name: 'a', description: 'A', schema },
    { type: 'function', name: 'b', schema: { type: 'object', properties: {} } },
    { type: 'function', name: 'c' },
    { type: 'web-search' },
  ];
  assert.deepEqual(encoded({ tools })['tools'], [
    {
      functionDeclarations: [
        { name: 'a', description: 'A', parametersJsonSchema: schema },
        { name: 'b' },
        { name: 'c' },
      ],
    },
    { googleSearch: {} },
  ]);
});

test('llm-rosetta#87, CLIProxyAPI#3649: no tools, no tool config', () => {
  assert.deepEqual(encoded({ tools: [], toolChoice: { mode: 'required' } }), { contents: [hi] });
});

test('tool choice', () => {
  const config = (toolChoice: ChatRequest['toolChoice'], strict?: boolean): unknown => {
    const wire = encoded({ tools: [{ type: 'function', name: 'f', strict }], toolChoice });
    const toolConfig = wire['toolConfig'];
    return toolConfig && plain(toolConfig as JsonObject)['functionCallingConfig'];
  };
  const names = { allowedFunctionNames: ['f'] };
  assert.equal(config(undefined), undefined);
  assert.deepEqual(config({ mode: 'auto' }), { mode: 'AUTO' });
  assert.deepEqual(config({ mode: 'none' }), { mode: 'NONE' });
  assert.deepEqual(config({ mode: 'required' }), { mode: 'ANY' });
  assert.deepEqual(config({ mode: 'required', only: ['f'] }), { mode: 'ANY', ...names });
  assert.deepEqual(config({ mode: 'auto', only: ['f'] }), { mode: 'VALIDATED', ...names });
  assert.deepEqual(config(undefined, true), { mode: 'VALIDATED' });
});

test('a search does not run where tools may not be used', () => {
  const tools: readonly Tool[] = [{ type: 'function', name: 'f' }, { type: 'web-search' }];
  assert.deepEqual(encoded({ tools, toolChoice: { mode: 'none' } })['tools'], [
    { functionDeclarations: [{ name: 'f' }] },
  ]);
  assert.deepEqual(encoded({ tools: [{ type: 'web-search' }], toolChoice: { mode: 'none' } }), {
    contents: [hi],
  });
});

test('sampling, limits and output', () => {
  const schema = { type: 'object' };
  assert.deepEqual(
    encoded({
      sampling: {
        temperature: 0,
        topP: 0.5,
        topK: 3,
        seed: 1,
        presencePenalty: 0,
        frequencyPenalty: 1,
        stop: ['a', '', 'b'],
      },
      outputTokensMax: 10,
      candidates: 2,
      logprobs: { top: 3 },
      output: { type: 'schema', schema, name: 'n' },
      serviceTier: 'flex',
    }),
    {
      contents: [hi],
      generationConfig: {
        temperature: 0,
        topP: 0.5,
        topK: 3,
        seed: 1,
        presencePenalty: 0,
        frequencyPenalty: 1,
        stopSequences: ['a', 'b'],
        maxOutputTokens: 10,
        candidateCount: 2,
        responseLogprobs: true,
        logprobs: 3,
        responseMimeType: 'application/json',
        responseJsonSchema: schema,
      },
      serviceTier: 'flex',
    },
  );
  assert.deepEqual(
    encoded({ output: { type: 'json' }, logprobs: { top: 0 } })['generationConfig'],
    {
      responseMimeType: 'application/json',
      responseLogprobs: true,
    },
  );
});

test('reasoning becomes a thinking config', () => {
  const thinking = (reasoning: ChatRequest['reasoning']): unknown => {
    const config = encoded({ reasoning })['generationConfig'];
    return config && plain(config as JsonObject)['thinkingConfig'];
  };
  assert.deepEqual(thinking({ mode: 'off' }), { thinkingBudget: 0 });
  assert.deepEqual(thinking({ mode: 'on', budget: 100, effort: 'high', visible: true }), {
    thinkingBudget: 100,
    includeThoughts: true,
  });
  assert.deepEqual(thinking({ mode: 'on', effort: 'low' }), { thinkingLevel: 'LOW' });
  assert.deepEqual(thinking({ mode: 'auto', visible: true }), { includeThoughts: true });
  assert.equal(thinking({ mode: 'auto' }), undefined);
});

test('at most five stop sequences', () => {
  const stop = ['1', '2', '3', '4', '5', '6'];
  const config = encoded({ sampling: { stop } })['generationConfig'] as JsonObject;
  assert.deepEqual(config['stopSequences'], ['1', '2', '3', '4', '5']);
  assert.deepEqual(lossesOf({ sampling: { stop } }), ['stop answer']);
});

test('what Gemini has no word for is reported', () => {
  const tools: readonly Tool[] = [
    { type: 'function', name: 'f', cache: {} },
    { type: 'web-search', maxUses: 1, contextSize: 'low' },
  ];
  assert.deepEqual(
    lossesOf({
      sampling: { logitBias: { '1': 1 } },
      verbosity: 'low',
      user: 'u',
      cacheKey: 'k',
      serviceTier: 'fast',
      system: [{ text: 'a', role: 'system', cache: {} }],
      turns: [{ role: 'user', name: 'n', parts: [{ type: 'text', text: 'a', cache: {} }] }],
      tools,
      toolChoice: { mode: 'auto', parallel: false },
    }),
    [
      'logit-bias answer',
      'verbosity answer',
      'user hint',
      'cache-key hint',
      'service-tier hint',
      'cache-mark hint',
      'author-name hint',
      'cache-mark hint',
      'cache-mark hint',
      'web-search-options answer',
      'web-search-options hint',
      'parallel-tool-calls answer',
    ],
  );
});
