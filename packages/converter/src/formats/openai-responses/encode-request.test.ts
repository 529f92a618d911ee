import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConversionError } from '../../errors.ts';
import type { MediaPart, Part, Seal } from '../../ir/part.ts';
import type { ChatRequest, Turn } from '../../ir/request.ts';
import { createLedger, encoded, features, inputOf } from './testing/upstream.ts';

function assistant(...parts: readonly Part[]): Turn {
  return { role: 'assistant', parts };
}

function user(...parts: readonly Part[]): Turn {
  return { role: 'user', parts };
}

function text(words: string): Part {
  return { type: 'text', text: words };
}

function call(id: string, over: Partial<Extract<Part, { type: 'tool-call' }>> = {}): Part {
  return { type: 'tool-call', id, name: 'look', kind: 'function', input: '{"a":1}', ...over };
}

function result(callId: string, over: Partial<Extract<Part, { type: 'tool-result' }>> = {}): Part {
  const content = [{ type: 'text', text: 'found' }] as const;
  return { type: 'tool-result', callId, isError: false, content, ...over };
}

const seal: Seal = {
  format: 'openai-responses',
  model: 'gpt-5',
  kind: 'signature',
  data: '{"id":"rs_1","encrypted_content":"gAAA"}',
};

const image: MediaPart = {
  type: 'media',
  media: 'image',
  mimeType: 'image/png',
  source: { type: 'base64', data: 'iVBORw0KGgo=' },
};

test('a plain question keeps nothing at the provider', () => {
  assert.deepEqual(encoded({ stream: true }), {
    model: 'gpt-5',
    input: [{ type: 'message', role: 'user', content: 'Hi' }],
    store: false,
    stream: true,
  });
});

test('reasoning is asked for sealed only where the model seals it', () => {
  assert.deepEqual(encoded({ sealedReasoning: true })['include'], ['reasoning.encrypted_content']);
  assert.equal('include' in encoded({}), false);
});

describe('instructions', () => {
  const plain = { text: 'Be kind', role: 'developer' } as const;

  test('one plain text stands apart', () => {
    assert.equal(encoded({ system: [plain] })['instructions'], 'Be kind');
  });

  test('alone they are a message, since an input of no items is refused', () => {
    const body = encoded({ system: [plain], turns: [] });
    assert.equal('instructions' in body, false);
    assert.deepEqual(body['input'], [{ type: 'message', role: 'developer', content: 'Be kind' }]);
  });

  test('several, or one with a cache mark, are messages of their role', () => {
    const marked = { ...plain, cache: { ttl: 'long' } } as const;
    assert.deepEqual(inputOf({ system: [plain, marked], turns: [] }), [
      { type: 'message', role: 'developer', content: 'Be kind' },
      {
        type: 'message',
        role: 'developer',
        content: [
          {
            type: 'input_text',
            text: 'Be kind',
            prompt_cache_breakpoint: { mode: 'explicit', ttl: '12h' },
          },
        ],
      },
    ]);
  });

  test('plain JSON needs its word in the input itself', () => {
    const body = encoded({ system: [{ ...plain, text: 'JSON' }], output: { type: 'json' } });
    assert.equal('instructions' in body, false);
    assert.deepEqual(body['text'], { format: { type: 'json_object' } });
  });

  test('in the middle they stay where they are', () => {
    const turns: Turn[] = [user(text('Hi')), { role: 'system', parts: [text('Now French')] }];
    assert.deepEqual(inputOf({ system: [plain], turns }), [
      { type: 'message', role: 'user', content: 'Hi' },
      { type: 'message', role: 'developer', content: 'Now French' },
    ]);
  });
});

describe('what the assistant did', () => {
  // langchainjs#9938, CLIProxyAPI#2141
  test('reasoning comes right before the call it led to, and no empty message between', () => {
    const turns = [
      assistant({ type: 'reasoning', text: 'Hmm', seal }, text(''), call('call_1')),
      user(result('call_1')),
    ];
    assert.deepEqual(inputOf({ turns }), [
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'Hmm' }],
        encrypted_content: 'gAAA',
      },
      { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{"a":1}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'found' },
    ]);
  });

  test('sealed reasoning that led to nothing is left out', () => {
    const thought = { type: 'reasoning', text: '', seal } as const;
    assert.deepEqual(inputOf({ turns: [assistant(thought)] }), []);
    const other = { ...thought, seal: { ...seal, data: '{"encrypted_content":"gBBB"}' } };
    const turns = [assistant(thought, other, text('Done'))];
    assert.deepEqual(inputOf({ turns }), [
      { type: 'reasoning', summary: [], encrypted_content: 'gBBB' },
      {
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Done' }],
      },
    ]);
  });

  test('reasoning that nobody sealed goes to servers that want its text', () => {
    const turns = [assistant({ type: 'reasoning', text: 'Hmm' }, text('Done'))];
    assert.partialDeepStrictEqual(inputOf({ turns }), [
      { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Hmm' }] },
    ]);
  });

  test('text and refusal in a row are one message; a call between makes two', () => {
    const turns = [
      assistant(text('a'), { type: 'refusal', text: 'no' }, call('call_1'), text('b')),
    ];
    const said = (...content: object[]): object => ({
      type: 'message',
      role: 'assistant',
      content,
    });
    assert.deepEqual(inputOf({ turns }), [
      said({ type: 'output_text', text: 'a' }, { type: 'refusal', refusal: 'no' }),
      { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{"a":1}' },
      said({ type: 'output_text', text: 'b' }),
    ]);
  });

  test('phases go back as they came', () => {
    const commentary: Part = {
      type: 'text',
      text: 'Looking',
      seal: { ...seal, data: '{"phase":"commentary"}' },
    };
    const turns = [
      assistant(commentary, call('call_1')),
      user(result('call_1')),
      assistant(text('Done')),
    ];
    assert.partialDeepStrictEqual(inputOf({ turns }), [
      { phase: 'commentary' },
      {},
      {},
      { phase: 'final_answer' },
    ]);
    const inPieces = inputOf({ turns: [assistant(text('I am '), commentary, call('call_1'))] });
    assert.partialDeepStrictEqual(inPieces, [
      {
        phase: 'commentary',
        content: [
          { type: 'output_text', text: 'I am ' },
          { type: 'output_text', text: 'Looking' },
        ],
      },
    ]);
    const plain = inputOf({ turns: [assistant(text('Done'))] });
    assert.equal(JSON.stringify(plain).includes('phase'), false);
  });

  test('pictures and cache marks of the assistant are lost', () => {
    const ledger = createLedger();
    const marked: Part = { type: 'text', text: 'a', cache: {} };
    inputOf({ turns: [assistant(marked, image)] }, ledger.report);
    assert.deepEqual(features(ledger), ['assistant-cache-mark', 'assistant-media']);
  });
});

describe('results of tools', () => {
  const outputs = (...results: readonly Part[]): unknown =>
    inputOf({ turns: [assistant(call('call_c', { kind: 'custom' })), user(...results)] });

  test('text is a string, errors are marked, and nothing is an empty string', () => {
    const failed = result('a', { isError: true });
    const empty = result('b', { content: [] });
    assert.partialDeepStrictEqual(outputs(failed, empty), [
      {},
      { output: 'Error: found' },
      { output: '' },
    ]);
  });

  test('pictures stay with their result', () => {
    const shown = result('a', { content: [{ type: 'text', text: 'see' }, image] });
    assert.partialDeepStrictEqual(outputs(shown), [
      {},
      {
        output: [
          { type: 'input_text', text: 'see' },
          { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'auto' },
        ],
      },
    ]);
  });

  test('a cache mark of the whole result stands on its last part', () => {
    assert.partialDeepStrictEqual(outputs(result('a', { cache: {} })), [
      {},
      { output: [{ text: 'found', prompt_cache_breakpoint: { mode: 'explicit' } }] },
    ]);
  });

  test('of custom tools they have their own type', () => {
    assert.partialDeepStrictEqual(outputs(result('call_c')), [
      { type: 'custom_tool_call', input: '{"a":1}' },
      { type: 'custom_tool_call_output' },
    ]);
  });

  // CLIProxyAPI#3468
  test('ids that are too long are shortened alike on both sides', () => {
    const id = `call_${'x'.repeat(80)}`;
    const items = inputOf({ turns: [assistant(call(id, { input: '' })), user(result(id))] });
    const sent = /"call_id":"(call_[a-z0-9]{1,59})"/g;
    const ids = [...JSON.stringify(items).matchAll(sent)].map(([, short]) => short);
    assert.equal(ids.length, 2);
    assert.equal(new Set(ids).size, 1);
    assert.match(JSON.stringify(items), /"arguments":"\{\}"/);
  });
});

describe('media', () => {
  const content = (part: MediaPart): unknown =>
    inputOf({ turns: [user({ type: 'text', text: 'See' }, part)] });
  const document: MediaPart = { ...image, media: 'document', mimeType: 'application/pdf' };

  test('files by their bytes, their address or their text', () => {
    assert.partialDeepStrictEqual(content(document), [
      { content: [{}, { type: 'input_file', filename: 'document.pdf' }] },
    ]);
    const source = { type: 'url', url: 'https://a.example/a.pdf' } as const;
    assert.partialDeepStrictEqual(content({ ...document, source }), [
      { content: [{}, { type: 'input_file', file_url: source.url }] },
    ]);
    const words = { type: 'text', text: 'Words' } as const;
    assert.partialDeepStrictEqual(content({ ...document, name: 'a.txt', source: words }), [
      { content: [{}, { type: 'input_text', text: 'a.txt\n\nWords' }] },
    ]);
  });

  test('sound, video and addresses that nobody reads are refused', () => {
    const bucket = { type: 'url', url: 'gs://a/b.png' } as const;
    for (const part of [
      { ...image, media: 'audio' as const },
      { ...image, media: 'video' as const },
      { ...image, source: bucket },
    ]) {
      assert.throws(() => content(part), ConversionError);
    }
  });
});

describe('tools', () => {
  const tools: ChatRequest['tools'] = [
    { type: 'function', name: 'look', schema: { type: 'object' } },
    { type: 'custom', name: 'sql', grammar: { syntax: 'lark', definition: 'start: "a"' } },
    { type: 'web-search', allowedDomains: ['a.example'], location: { country: 'DE' }, maxUses: 2 },
  ];

  test('all are flat, and none is strict that was not asked to be', () => {
    const ledger = createLedger();
    assert.deepEqual(encoded({ tools }, ledger.report)['tools'], [
      { type: 'function', name: 'look', parameters: { type: 'object' }, strict: false },
      {
        type: 'custom',
        name: 'sql',
        format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' },
      },
      {
        type: 'web_search',
        filters: { allowed_domains: ['a.example'] },
        user_location: { type: 'approximate', country: 'DE' },
      },
    ]);
    assert.deepEqual(features(ledger), ['web-search-max-uses']);
  });

  test('the choice among them', () => {
    const choice = (toolChoice: ChatRequest['toolChoice']): unknown =>
      encoded({ tools, toolChoice })['tool_choice'];
    assert.equal(choice({ mode: 'none' }), 'none');
    assert.equal(choice({ mode: 'required' }), 'required');
    assert.deepEqual(choice({ mode: 'required', only: ['sql'] }), { type: 'custom', name: 'sql' });
    assert.deepEqual(choice({ mode: 'auto', only: ['look', 'sql'] }), {
      type: 'allowed_tools',
      mode: 'auto',
      tools: [
        { type: 'function', name: 'look' },
        { type: 'custom', name: 'sql' },
      ],
    });
    const body = encoded({ tools, toolChoice: { mode: 'auto', parallel: false } });
    assert.equal(body['parallel_tool_calls'], false);
  });

  test('without tools there is no choice', () => {
    assert.equal('tool_choice' in encoded({ toolChoice: { mode: 'auto' } }), false);
  });
});

test('settings have their own places', () => {
  const body = encoded({
    outputTokensMax: 100,
    sampling: { temperature: 0.5, topP: 0.9 },
    logprobs: { top: 3 },
    verbosity: 'low',
    output: { type: 'schema', schema: { type: 'object' }, name: 'my answer', strict: true },
    reasoning: { mode: 'on', effort: 'high', visible: true },
    user: 'u'.repeat(80),
    cacheKey: 'k',
    serviceTier: 'flex',
  });
  const { model: _model, input: _input, safety_identifier, ...rest } = body;
  assert.match(JSON.stringify(safety_identifier), /^"user_[a-z0-9]+"$/);
  assert.deepEqual(rest, {
    max_output_tokens: 100,
    temperature: 0.5,
    top_p: 0.9,
    top_logprobs: 3,
    reasoning: { effort: 'high', summary: 'auto' },
    text: {
      format: { type: 'json_schema', name: 'my_answer', schema: { type: 'object' }, strict: true },
      verbosity: 'low',
    },
    include: ['message.output_text.logprobs'],
    store: false,
    prompt_cache_key: 'k',
    service_tier: 'flex',
  });
});

test('reasoning that is off is said; what nobody asked to see is not shown', () => {
  assert.deepEqual(encoded({ reasoning: { mode: 'off', visible: true } })['reasoning'], {
    effort: 'none',
  });
  assert.equal('reasoning' in encoded({ reasoning: { mode: 'auto', visible: false } }), false);
});

test('what the format cannot say is reported', () => {
  const ledger = createLedger();
  const sampling = {
    topK: 5,
    presencePenalty: 0,
    frequencyPenalty: 1,
    seed: 7,
    stop: ['END'],
    logitBias: { 1: 2 },
  };
  encoded({ sampling, outputTokensMax: 1, reasoning: { mode: 'on', budget: 9 } }, ledger.report);
  assert.deepEqual(
    ledger.losses.map(({ feature, effect }) => `${feature} ${effect}`),
    [
      'top-k answer',
      'presence-penalty hint',
      'frequency-penalty answer',
      'seed answer',
      'stop answer',
      'logit-bias answer',
      'reasoning-budget answer',
      'output-tokens hint',
    ],
  );
  assert.equal(encoded({ outputTokensMax: 1 })['max_output_tokens'], 16);
});

test('several answers cannot be had', () => {
  assert.throws(() => encoded({ candidates: 2 }), ConversionError);
  assert.doesNotThrow(() => encoded({ candidates: 1 }));
});
