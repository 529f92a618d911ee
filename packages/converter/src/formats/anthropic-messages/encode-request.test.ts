import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversionError } from '../../errors.ts';
import type { MediaPart, Part } from '../../ir/part.ts';
import type { ChatRequest, Tool, ToolChoice } from '../../ir/request.ts';
import { createLedger, encoded } from './testing/exchange.ts';

function user(...parts: readonly Part[]): Partial<ChatRequest> {
  return { turns: [{ role: 'user', parts }] };
}

function contentOf(...parts: readonly Part[]): unknown {
  const { messages } = encoded(user(...parts));
  return Array.isArray(messages) && messages[0] !== null && Object(messages[0])['content'];
}

function refusal(request: Partial<ChatRequest>): string {
  try {
    encoded(request);
  } catch (error) {
    if (error instanceof ConversionError) return error.error.message;
    throw error;
  }
  throw new Error('was not refused');
}

const a: Tool = { type: 'function', name: 'a', schema: { type: 'object' } };
const b: Tool = { type: 'function', name: 'b' };

test('a bound of tokens is always there', () => {
  assert.equal(encoded({})['max_tokens'], 4096);
  assert.equal(encoded({ outputTokensMax: 9 })['max_tokens'], 9);
  assert.deepEqual(encoded({}), {
    model: 'claude-opus-5',
    max_tokens: 4096,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  });
});

test('envoy#2488: system blocks stay apart and keep their breakpoints', () => {
  const system = [
    { text: 'A', role: 'system', cache: { ttl: 'long' } },
    { text: 'B', role: 'developer' },
    { text: ' ', role: 'system' },
  ] as const;
  assert.deepEqual(encoded({ system })['system'], [
    { type: 'text', text: 'A', cache_control: { type: 'ephemeral', ttl: '1h' } },
    { type: 'text', text: 'B' },
  ]);
});

test('no more than four breakpoints remain: the last ones and that of the instructions', () => {
  const ledger = createLedger();
  const parts = ['1', '2', '3', '4', '5'].map((text): Part => ({ type: 'text', text, cache: {} }));
  const marked = (value: unknown): string[] =>
    (JSON.stringify(value).match(/"text":"\w+","cache_control"/g) ?? []).map((hit) => hit[8] ?? '');
  const system = [{ text: 'S', role: 'system', cache: {} }] as const;
  const tools = [{ ...a, cache: {} }];
  const wire = encoded({ ...user(...parts), system, tools }, ledger.report);
  assert.deepEqual(marked(wire['system']), ['S']);
  assert.deepEqual(marked(wire['messages']), ['3', '4', '5']);
  assert.doesNotMatch(JSON.stringify(wire['tools']), /cache_control/);
  assert.deepEqual(ledger.told(), ['cache-mark at cache: hint']);
});

test('a long-lived breakpoint never stands behind a short-lived one', () => {
  const content = contentOf(
    { type: 'text', text: '1', cache: { ttl: 'long' } },
    { type: 'text', text: '2', cache: {} },
    { type: 'text', text: '3', cache: { ttl: 'long' } },
  );
  assert.deepEqual(content, [
    { type: 'text', text: '1', cache_control: { type: 'ephemeral', ttl: '1h' } },
    { type: 'text', text: '2', cache_control: { type: 'ephemeral' } },
    { type: 'text', text: '3', cache_control: { type: 'ephemeral' } },
  ]);
});

test('CPA#2187: one call at a time is said inside a choice, which is made where there is none', () => {
  const choice = (toolChoice: ToolChoice): unknown =>
    encoded({ tools: [a, b], toolChoice })['tool_choice'];
  assert.deepEqual(choice({ mode: 'auto', parallel: false }), {
    type: 'auto',
    disable_parallel_tool_use: true,
  });
  assert.deepEqual(choice({ mode: 'required' }), { type: 'any' });
  assert.deepEqual(choice({ mode: 'required', only: ['b'], parallel: true }), {
    type: 'tool',
    name: 'b',
  });
  assert.deepEqual(choice({ mode: 'none', parallel: false }), { type: 'none' });
});

test('ROS#87: without tools there is no choice', () => {
  const wire = encoded({ toolChoice: { mode: 'required' } });
  assert.equal(wire['tool_choice'], undefined);
  assert.equal(wire['tools'], undefined);
});

test('allowed tools are said by leaving out the others', () => {
  const ledger = createLedger();
  const toolChoice = { mode: 'auto', only: ['b'] } as const;
  const wire = encoded({ tools: [a, b], toolChoice }, ledger.report);
  assert.deepEqual(wire['tools'], [
    { name: 'b', input_schema: { type: 'object', properties: {} } },
  ]);
  assert.deepEqual(wire['tool_choice'], { type: 'auto' });
  assert.deepEqual(ledger.told(), ['allowed-tools at toolChoice.only: hint']);
});

test('web search is a server tool with either allowed or blocked domains', () => {
  const ledger = createLedger();
  const search: Tool = {
    type: 'web-search',
    maxUses: 2,
    allowedDomains: ['a.com'],
    blockedDomains: ['b.com'],
    contextSize: 'low',
    location: { country: 'CH' },
  };
  assert.deepEqual(encoded({ tools: [search] }, ledger.report)['tools'], [
    {
      type: 'web_search_20250305',
      name: 'web_search',
      max_uses: 2,
      allowed_domains: ['a.com'],
      user_location: { type: 'approximate', country: 'CH' },
    },
  ]);
  assert.deepEqual(ledger.told(), [
    'search-context-size at tools[0].contextSize: hint',
    'blocked-domains at tools[0].blockedDomains: answer',
  ]);
});

test('reasoning, effort and structured output are written as they are', () => {
  const thinking = (reasoning: ChatRequest['reasoning']): unknown =>
    encoded({ reasoning })['thinking'];
  assert.deepEqual(thinking({ mode: 'on', budget: 2048, visible: true }), {
    type: 'enabled',
    budget_tokens: 2048,
    display: 'summarized',
  });
  assert.deepEqual(thinking({ mode: 'on', visible: false }), {
    type: 'adaptive',
    display: 'omitted',
  });
  assert.deepEqual(thinking({ mode: 'off' }), { type: 'disabled' });
  assert.equal(thinking({ mode: 'auto', visible: false }), undefined);
  const schema = { type: 'object', additionalProperties: false };
  const wire = encoded({
    reasoning: { mode: 'on', effort: 'minimal' },
    output: { type: 'schema', schema, name: 'response' },
  });
  assert.deepEqual(wire['output_config'], {
    effort: 'low',
    format: { type: 'json_schema', schema },
  });
});

test('media types are found in the data, whatever the client said', () => {
  const webp = 'UklGRgECAwRXRUJQVlA4IA==';
  for (const [data, type] of [
    ['/9j/4AAQ', 'image/jpeg'],
    ['iVBORw0KGgo=', 'image/png'],
    ['R0lGODlh', 'image/gif'],
    [webp, 'image/webp'],
  ] as const) {
    const source = { type: 'base64', data } as const;
    const image: MediaPart = { type: 'media', media: 'image', mimeType: 'image/png', source };
    assert.deepEqual(contentOf(image), [
      { type: 'image', source: { type: 'base64', media_type: type, data } },
    ]);
  }
});

test('documents are PDFs, text or addresses', () => {
  const of = (mimeType: string, source: MediaPart['source'], name = 'T'): unknown =>
    contentOf({ type: 'media', media: 'document', mimeType, source, name });
  const block = (source: object): unknown => [{ type: 'document', source, title: 'T' }];
  const pdf = { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0x' };
  const text = { type: 'text', media_type: 'text/plain', data: 'Grüß' };
  assert.deepEqual(of('', { type: 'base64', data: 'JVBERi0x' }), block(pdf));
  assert.deepEqual(of('text/csv', { type: 'base64', data: 'R3LDvMOf' }), block(text));
  assert.deepEqual(of('text/plain', { type: 'text', text: 'Grüß' }), block(text));
  const url = 'https://a/b.pdf';
  assert.deepEqual(of('application/pdf', { type: 'url', url }), block({ type: 'url', url }));
});

test('media that the format has no block for are refused', () => {
  const media = (kind: MediaPart['media'], mimeType: string, data: string): Partial<ChatRequest> =>
    user({ type: 'media', media: kind, mimeType, source: { type: 'base64', data } });
  assert.match(refusal(media('audio', 'audio/wav', 'AAAA')), /not audio/);
  assert.match(refusal(media('video', 'video/mp4', 'AAAA')), /not video/);
  assert.match(refusal(media('image', 'image/tiff', 'AAAA')), /image\/tiff/);
  assert.match(refusal(media('document', 'application/msword', 'AAAA')), /msword/);
  const url = { type: 'url', url: 'gs://a/b.png' } as const;
  const image: Part = { type: 'media', media: 'image', mimeType: '', source: url };
  assert.match(refusal(user(image)), /base64/);
});

test('results come with text, media, errors and nothing', () => {
  const source = { type: 'base64', data: 'iVBORw0KGgo=' } as const;
  const image: Part = { type: 'media', media: 'image', mimeType: 'image/png', source };
  const text: Part = { type: 'text', text: 'Ok' };
  const result = (content: readonly (typeof text | typeof image)[], isError = false): Part => ({
    type: 'tool-result',
    callId: 'a',
    isError,
    content,
  });
  const block = { type: 'tool_result', tool_use_id: 'a' };
  assert.deepEqual(contentOf(result([text])), [{ ...block, content: 'Ok' }]);
  assert.deepEqual(contentOf(result([{ ...text, text: ' ' }], true)), [
    { ...block, is_error: true },
  ]);
  const wireImage = {
    type: 'image',
    source: { type: 'base64', media_type: 'image/png', data: source.data },
  };
  assert.deepEqual(contentOf(result([text, image])), [
    { ...block, content: [{ type: 'text', text: 'Ok' }, wireImage] },
  ]);
});

test('CPA#1875: ids fit the grammar, alike on call and result and every time', () => {
  const call: Part = { type: 'tool-call', id: 'f.x:1', name: 'n', kind: 'function', input: '{}' };
  const result: Part = { type: 'tool-result', callId: 'f.x:1', isError: false, content: [] };
  const request: Partial<ChatRequest> = {
    turns: [
      { role: 'assistant', parts: [call] },
      { role: 'user', parts: [result] },
    ],
  };
  const json = JSON.stringify(encoded(request)['messages']);
  const [, id] = /"id":"([\w-]+)"/.exec(json) ?? [];
  const [, callId] = /"tool_use_id":"([\w-]+)"/.exec(json) ?? [];
  assert.ok(id !== undefined && id !== 'f.x:1');
  assert.equal(id, callId);
  assert.equal(JSON.stringify(encoded(request)['messages']), json);
});

test('arguments become an object, whatever they were', () => {
  const ledger = createLedger();
  const inputs = ['', '{"a":1}', '[1]', '{"cut'].map(
    (input, index): Part => ({
      type: 'tool-call',
      id: `c${index}`,
      name: 'n',
      kind: 'function',
      input,
    }),
  );
  const wire = encoded({ turns: [{ role: 'assistant', parts: inputs }] }, ledger.report);
  const found = JSON.stringify(wire['messages']).match(/"input":(\{.*?\})/g);
  assert.deepEqual(found, [
    '"input":{}',
    '"input":{"a":1}',
    '"input":{"_raw":"[1]"}',
    '"input":{"_raw":"{\\"cut"}',
  ]);
  assert.equal(ledger.losses.length, 2);
});

test('thinking goes back only with Anthropic’s signature', () => {
  const ledger = createLedger();
  const own = { format: 'anthropic-messages', data: 'EqQB' } as const;
  const parts: readonly Part[] = [
    { type: 'reasoning', text: 'Hm', seal: { ...own, kind: 'signature' } },
    { type: 'reasoning', text: '', seal: { ...own, kind: 'redacted' } },
    { type: 'reasoning', text: 'Mine' },
    { type: 'text', text: 'T' },
  ];
  const wire = encoded({ turns: [{ role: 'assistant', parts }] }, ledger.report);
  assert.deepEqual(wire['messages'], [
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm', signature: 'EqQB' },
        { type: 'redacted_thinking', data: 'EqQB' },
        { type: 'text', text: 'T' },
      ],
    },
  ]);
  assert.deepEqual(ledger.told(), ['reasoning-history at turns[0].parts[2]: hint']);
});

test('blank text vanishes, empty turns with it, and a last answer does not end blank', () => {
  const say = (text: string): Part => ({ type: 'text', text });
  const turns: ChatRequest['turns'] = [
    { role: 'user', parts: [say(' ')] },
    { role: 'assistant', parts: [say('\n')] },
    { role: 'system', parts: [say('S')] },
    { role: 'assistant', parts: [say('Once'), say('upon \n')] },
  ];
  assert.deepEqual(encoded({ turns })['messages'], [
    { role: 'user', content: [{ type: 'text', text: '.' }] },
    { role: 'system', content: [{ type: 'text', text: 'S' }] },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'Once' },
        { type: 'text', text: 'upon' },
      ],
    },
  ]);
  assert.deepEqual(encoded({ turns: [] })['messages'], [
    { role: 'user', content: [{ type: 'text', text: '.' }] },
  ]);
});

test('what this format cannot say is reported', () => {
  const ledger = createLedger();
  const wire = encoded(
    {
      sampling: {
        temperature: 0.5,
        topP: 0.9,
        topK: 3,
        seed: 1,
        presencePenalty: 1,
        frequencyPenalty: 1,
        logitBias: { 7: 1 },
        stop: ['END', ' '],
      },
      logprobs: { top: 2 },
      verbosity: 'low',
      cacheKey: 'k',
      user: 'u',
      serviceTier: 'flex',
      output: { type: 'json' },
    },
    ledger.report,
  );
  assert.deepEqual(ledger.told(), [
    'seed at sampling.seed: answer',
    'presence-penalty at sampling.presencePenalty: answer',
    'frequency-penalty at sampling.frequencyPenalty: answer',
    'logit-bias at sampling.logitBias: answer',
    'stop at sampling.stop: answer',
    'logprobs at logprobs: answer',
    'verbosity at verbosity: answer',
    'cache-key at cacheKey: hint',
    'service-tier at serviceTier: hint',
    'json-output at output: answer',
  ]);
  assert.deepEqual(
    [wire['temperature'], wire['top_p'], wire['top_k'], wire['stop_sequences'], wire['metadata']],
    [0.5, 0.9, 3, ['END'], { user_id: 'u' }],
  );
  assert.equal(encoded({ serviceTier: 'default' })['service_tier'], 'standard_only');
  assert.equal(encoded({ serviceTier: 'fast' })['speed'], 'fast');
});

test('litellm-rs#684: several answers are refused', () => {
  assert.match(refusal({ candidates: 2 }), /one answer/);
});

test('a mark on a picture’s resolution, and pictures that a model drew, are missed', () => {
  const ledger = createLedger();
  const source = { type: 'url', url: 'https://a/b.png' } as const;
  const image: Part = { type: 'media', media: 'image', mimeType: '', source, detail: 'high' };
  const wire = encoded(
    {
      turns: [
        { role: 'user', parts: [image] },
        { role: 'assistant', parts: [image, { type: 'refusal', text: 'No.' }] },
      ],
    },
    ledger.report,
  );
  assert.deepEqual(ledger.told(), [
    'image-detail at turns[0].parts[0].detail: hint',
    'generated-media at turns[1].parts[0]: answer',
  ]);
  assert.deepEqual(wire['messages'], [
    { role: 'user', content: [{ type: 'image', source }] },
    { role: 'assistant', content: [{ type: 'text', text: 'No.' }] },
  ]);
});
