import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatRequest } from '../../ir/request.ts';
import { type JsonObject, type JsonValue, parseJson } from '../../json.ts';
import { gemini } from './index.ts';
import { createLedger, decoded } from './testing/exchange.ts';

const hi: JsonValue = [{ role: 'user', parts: [{ text: 'Hi' }] }];

function withConfig(generationConfig: JsonObject): ChatRequest {
  return decoded({ contents: hi, generationConfig });
}

function refusal(body: JsonObject): string {
  try {
    decoded(body);
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return 'nothing refused';
}

function lossesOf(body: JsonObject): readonly string[] {
  const { losses, report } = createLedger();
  decoded(body, report);
  return losses.map(({ feature, path, effect }) => `${feature} ${path} ${effect}`);
}

test('contents may be a string, a content, parts, or a list of any', () => {
  const text = (value: string): JsonObject => ({ type: 'text', text: value });
  const user = (...parts: JsonObject[]): JsonObject => ({ role: 'user', parts });
  assert.deepEqual(decoded({ contents: 'Hi' }).turns, [user(text('Hi'))]);
  assert.deepEqual(decoded({ contents: { parts: [{ text: 'Hi' }] } }).turns, [user(text('Hi'))]);
  assert.deepEqual(decoded({ contents: { text: 'Hi' } }).turns, [user(text('Hi'))]);
  assert.deepEqual(decoded({ contents: ['a', { text: 'b' }] }).turns, [user(text('a'), text('b'))]);
  assert.deepEqual(decoded({ contents: [{ parts: { text: 'a' } }, 'b'] }).turns, [
    user(text('a')),
    user(text('b')),
  ]);
});

test('the system instruction may be a string, a content with or without a role, or a part', () => {
  const system = [{ role: 'system', text: 'Be brief.' }];
  for (const systemInstruction of [
    'Be brief.',
    { parts: [{ text: 'Be brief.' }] },
    { role: 'anything', parts: [{ text: 'Be brief.' }] },
    { text: 'Be brief.' },
  ]) {
    assert.deepEqual(decoded({ contents: hi, systemInstruction }).system, system);
  }
  assert.deepEqual(decoded({ contents: hi, system_instruction: 'Be brief.' }).system, system);
  assert.deepEqual(decoded({ contents: hi, systemInstruction: null }).system, []);
});

test('CLIProxyAPI#1429: both spellings of keys are read, and names of the client stay', () => {
  const request = decoded({
    contents: [
      { role: 'user', parts: [{ inline_data: { mime_type: 'image/png', data: 'AA==' } }] },
      {
        role: 'model',
        parts: [{ function_call: { name: 'f', args: { the_key: { in_ner: 1 } } } }],
      },
      {
        role: 'user',
        parts: [{ function_response: { name: 'f', response: { the_key: 1, b: 2 } } }],
      },
    ],
    generation_config: { max_output_tokens: '100', top_k: 2.0, stop_sequences: ['x'] },
    tools: [
      {
        function_declarations: [
          {
            name: 'f',
            parameters: { type: 'OBJECT', properties: { the_key: { type: 'STRING' } } },
          },
        ],
      },
    ],
    tool_config: {
      function_calling_config: { mode: 'ANY', allowed_function_names: ['f'] },
    },
  });
  assert.equal(request.outputTokensMax, 100);
  assert.deepEqual(request.sampling, { topK: 2, stop: ['x'] });
  assert.deepEqual(request.toolChoice, { mode: 'required', only: ['f'] });
  assert.deepEqual(request.tools, [
    {
      type: 'function',
      name: 'f',
      schema: { type: 'object', properties: { the_key: { type: 'string' } } },
    },
  ]);
  const [image, call, result] = request.turns.map(({ parts }) => parts[0]);
  assert.deepEqual(image, {
    type: 'media',
    media: 'image',
    mimeType: 'image/png',
    source: { type: 'base64', data: 'AA==' },
  });
  assert.equal(call?.type === 'tool-call' && call.input, '{"the_key":{"in_ner":1}}');
  assert.deepEqual(result?.type === 'tool-result' && result.content, [
    { type: 'text', text: '{"the_key":1,"b":2}' },
  ]);
});

test('numbers that a double cannot hold pass through arguments unchanged', () => {
  const body = parseJson(
    '{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":{"id":12345678901234567890}}}]}],"generationConfig":{"temperature":0.5}}',
  );
  const request = decoded(body as JsonObject);
  const [call] = request.turns[0]?.parts ?? [];
  assert.equal(call?.type === 'tool-call' && call.input, '{"id":12345678901234567890}');
});

test('thinking: a budget of 0 is off, -1 is automatic, a level is an effort', () => {
  const reasoning = (thinkingConfig: JsonObject): unknown =>
    withConfig({ thinkingConfig }).reasoning;
  assert.deepEqual(reasoning({ thinkingBudget: 0 }), { mode: 'off' });
  assert.deepEqual(reasoning({ thinkingBudget: -1, includeThoughts: true }), {
    mode: 'auto',
    visible: true,
  });
  assert.deepEqual(reasoning({ thinking_budget: '2048' }), { mode: 'on', budget: 2048 });
  assert.deepEqual(reasoning({ thinkingLevel: 'HIGH' }), { mode: 'on', effort: 'high' });
  assert.deepEqual(reasoning({ thinkingLevel: 'minimal' }), { mode: 'on', effort: 'minimal' });
  assert.deepEqual(reasoning({ thinkingLevel: 'THINKING_LEVEL_UNSPECIFIED' }), { mode: 'auto' });
  assert.deepEqual(reasoning({}), { mode: 'auto' });
  assert.match(
    refusal({ contents: hi, generationConfig: { thinkingConfig: { thinkingLevel: 'HUGE' } } }),
    /HUGE is unknown/,
  );
});

test('structured output comes from any of the four fields for it', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  const openApi = { type: 'OBJECT', properties: { a: { type: 'STRING' } } };
  const json = { responseMimeType: 'application/json' };
  assert.deepEqual(withConfig(json).output, { type: 'json' });
  assert.deepEqual(withConfig({ ...json, responseSchema: openApi }).output, {
    type: 'schema',
    schema,
  });
  assert.deepEqual(withConfig({ ...json, responseJsonSchema: schema }).output, {
    type: 'schema',
    schema,
  });
  assert.deepEqual(
    withConfig({ responseFormat: [{ text: { mimeType: 'APPLICATION_JSON', schema } }] }).output,
    { type: 'schema', schema },
  );
  assert.equal(withConfig({ responseMimeType: 'text/plain' }).output, undefined);
  assert.deepEqual(
    lossesOf({ contents: hi, generationConfig: { responseMimeType: 'text/x.enum' } }),
    ['response-mime-type generationConfig.responseMimeType answer'],
  );
});

test('the other fields of the generation config', () => {
  const { sampling, candidates, logprobs } = withConfig({
    temperature: '0.7',
    topP: 0.9,
    presencePenalty: 1,
    frequencyPenalty: -1,
    seed: 7,
    candidateCount: 2,
    responseLogprobs: true,
    logprobs: 5,
  });
  assert.deepEqual(sampling, {
    temperature: 0.7,
    topP: 0.9,
    presencePenalty: 1,
    frequencyPenalty: -1,
    seed: 7,
  });
  assert.equal(candidates, 2);
  assert.deepEqual(logprobs, { top: 5 });
  assert.deepEqual(withConfig({ responseLogprobs: true }).logprobs, { top: 0 });
  assert.equal(withConfig({ logprobs: 3 }).logprobs, undefined);
});

test('what only Gemini can do is refused, not dropped', () => {
  assert.match(refusal({ contents: hi, cachedContent: 'cachedContents/x' }), /cachedContent/);
  assert.match(refusal({ contents: hi, continuation_token: 'abc' }), /continuationToken/);
  for (const key of ['codeExecution', 'url_context', 'fileSearch', 'computerUse', 'somethingNew']) {
    assert.match(refusal({ contents: hi, tools: [{ [key]: {} }] }), /only Gemini itself runs/, key);
  }
  for (const generationConfig of [
    { responseModalities: ['TEXT', 'IMAGE'] },
    { speechConfig: {} },
    { image_config: {} },
    { responseFormat: [{ audio: {} }] },
  ]) {
    assert.notEqual(refusal({ contents: hi, generationConfig }), 'nothing refused');
  }
  assert.equal(
    refusal({ contents: hi, generationConfig: { responseModalities: ['TEXT'] } }),
    'nothing refused',
  );
});

test('malformed requests are refused with the place of the mistake', () => {
  assert.match(refusal({}), /^contents: required/);
  assert.match(refusal({ contents: [] }), /^contents: required/);
  assert.match(refusal({ contents: [{ role: 'wizard', parts: [] }] }), /contents\[0\]\.role/);
  assert.match(
    refusal({ contents: hi, generationConfig: { topP: 'much' } }),
    /generationConfig\.topP/,
  );
  assert.match(
    refusal({ contents: hi, generationConfig: { maxOutputTokens: 0 } }),
    /generationConfig\.maxOutputTokens/,
  );
  assert.match(
    refusal({ contents: [{ parts: [{ functionCall: { name: 'f', args: 'x' } }] }] }),
    /contents\[0\]\.parts\[0\]\.functionCall\.args/,
  );
});

test('what has no neutral home is reported', () => {
  assert.deepEqual(lossesOf({ contents: hi, labels: { a: 'b' }, store: false }), [
    'labels labels hint',
    'store store hint',
  ]);
  assert.deepEqual(lossesOf({ contents: hi, modelArmorConfig: {}, newThing: 1 }), [
    'unknown-field modelArmorConfig answer',
    'unknown-field newThing answer',
  ]);
  const safety = (threshold: string): readonly string[] =>
    lossesOf({ contents: hi, safetySettings: [{ category: 'C', threshold }] });
  assert.deepEqual(safety('BLOCK_LOW_AND_ABOVE'), ['safety-settings safetySettings hint']);
  assert.deepEqual(safety('BLOCK_NONE'), ['safety-settings safetySettings answer']);
  assert.deepEqual(safety('OFF'), ['safety-settings safetySettings answer']);
  assert.deepEqual(lossesOf({ contents: hi, labels: null, generationConfig: { seed: null } }), []);
});

test('google search is a neutral tool, with what it excludes', () => {
  assert.deepEqual(decoded({ contents: hi, tools: [{ googleSearch: {} }] }).tools, [
    { type: 'web-search' },
  ]);
  assert.deepEqual(
    decoded({ contents: hi, tools: [{ google_search: { exclude_domains: ['a.com'] } }] }).tools,
    [{ type: 'web-search', blockedDomains: ['a.com'] }],
  );
  assert.deepEqual(decoded({ contents: hi, tools: [{ googleSearchRetrieval: null }] }).tools, []);
});

test('functions of all entries are tools, whichever field holds their schema', () => {
  const { tools } = decoded({
    contents: hi,
    tools: [
      { functionDeclarations: [{ name: 'a', description: 'A', parameters: { type: 'OBJECT' } }] },
      { functionDeclarations: [{ name: 'b', parametersJsonSchema: { type: 'object', $id: 'x' } }] },
      { functionDeclarations: [{ name: 'c' }, { name: 'd', parameters: {} }] },
    ],
  });
  assert.deepEqual(tools, [
    { type: 'function', name: 'a', description: 'A', schema: { type: 'object' } },
    { type: 'function', name: 'b', schema: { type: 'object', $id: 'x' } },
    { type: 'function', name: 'c' },
    { type: 'function', name: 'd' },
  ]);
});

test('what a function says beyond its schema is reported', () => {
  const declaration = { name: 'f', response: {}, behavior: 'NON_BLOCKING', strictness: 1 };
  assert.deepEqual(lossesOf({ contents: hi, tools: [{ functionDeclarations: [declaration] }] }), [
    'response tools[0].functionDeclarations[0].response hint',
    'unknown-field tools[0].functionDeclarations[0].strictness answer',
    'tool-behavior tools[0].functionDeclarations[0].behavior answer',
  ]);
});

test('every mode of calling functions is read', () => {
  const choice = (functionCallingConfig: JsonObject): unknown =>
    decoded({
      contents: hi,
      tools: [{ functionDeclarations: [{ name: 'f' }] }],
      toolConfig: { functionCallingConfig },
    }).toolChoice;
  const names = { allowedFunctionNames: ['f'] };
  assert.deepEqual(choice({ mode: 'AUTO', ...names }), { mode: 'auto' });
  assert.deepEqual(choice({ mode: 'NONE' }), { mode: 'none' });
  assert.deepEqual(choice({ mode: 'any', ...names }), { mode: 'required', only: ['f'] });
  assert.deepEqual(choice({ mode: 'VALIDATED', ...names }), { mode: 'auto', only: ['f'] });
  assert.equal(choice({ mode: 'MODE_UNSPECIFIED' }), undefined);
  assert.throws(() => choice({ mode: 'SOMETIMES' }), /SOMETIMES/);
});

test('llm-rosetta#87: a tool config without tools is no tool choice', () => {
  const toolConfig = { functionCallingConfig: { mode: 'ANY' } };
  assert.equal(decoded({ contents: hi, tools: [], toolConfig }).toolChoice, undefined);
});

test('what the URL said is kept for the answer', () => {
  const call = { model: 'gemini-x', stream: true, framing: 'json-array' } as const;
  const request = gemini.client.decodeRequest({ contents: 'Hi' }, call, () => {});
  assert.equal(request.model, 'gemini-x');
  assert.equal(request.stream, true);
  assert.deepEqual(request.clientNotes, { framing: 'json-array' });
  const named = gemini.client.decodeRequest({ contents: 'Hi', model: 'models/m' }, {}, () => {});
  assert.equal(named.model, 'm');
  assert.equal(named.clientNotes, undefined);
});

test('service tiers are named as elsewhere', () => {
  const tier = (serviceTier: string): unknown => decoded({ contents: hi, serviceTier }).serviceTier;
  assert.equal(tier('standard'), 'default');
  assert.equal(tier('flex'), 'flex');
  assert.equal(tier('SERVICE_TIER_PRIORITY'), 'priority');
  assert.equal(tier('unspecified'), undefined);
});

test('a body that passes through must have contents', () => {
  assert.throws(() => gemini.client.checkShape({}), /contents/);
  assert.throws(() => gemini.client.checkShape({ contents: 3 }), /contents/);
  gemini.client.checkShape({ contents: [] });
  gemini.client.checkShape({ contents: 'Hi' });
});
