import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MediaPart, Part, ToolResultPart } from '../../ir/part.ts';
import type { ChatRequest, FunctionTool, ToolChoice, Turn } from '../../ir/request.ts';
import type { JsonValue } from '../../json.ts';
import { createLedger, encoded, features } from './testing/exchange.ts';

const png = 'iVBORw0KGgo=';
const image: MediaPart = {
  type: 'media',
  media: 'image',
  mimeType: 'image/png',
  source: { type: 'base64', data: png },
};
const imageUrl = `data:image/png;base64,${png}`;
const look: FunctionTool = { type: 'function', name: 'look' };

function messagesOf(over: Partial<ChatRequest>): JsonValue | undefined {
  return encoded(over)['messages'];
}

function userContent(...parts: readonly Part[]): JsonValue | undefined {
  const messages = messagesOf({ turns: [{ role: 'user', parts }] });
  return Array.isArray(messages) ? messages.map((message) => message.content)[0] : undefined;
}

test('a plain request says little', () => {
  assert.deepEqual(encoded({}), { model: 'gpt-5', messages: [{ role: 'user', content: 'Hi' }] });
});

test('a stream is asked to count', () => {
  const { stream, stream_options } = encoded({ stream: true, streamUsage: false });
  assert.equal(stream, true);
  assert.deepEqual(stream_options, { include_usage: true });
});

test('settings are written in this format’s words', () => {
  const body = encoded({
    outputTokensMax: 9,
    candidates: 2,
    logprobs: { top: 3 },
    verbosity: 'high',
    user: 'u',
    cacheKey: 'k',
    serviceTier: 'priority',
    reasoning: { mode: 'on', effort: 'high' },
    sampling: {
      temperature: 1,
      topP: 0.5,
      presencePenalty: 1,
      frequencyPenalty: 1,
      seed: 3,
      stop: ['a'],
      logitBias: { 1: 2 },
    },
  });
  const { messages: _messages, model: _model, ...rest } = body;
  assert.deepEqual(rest, {
    max_completion_tokens: 9,
    temperature: 1,
    top_p: 0.5,
    presence_penalty: 1,
    frequency_penalty: 1,
    seed: 3,
    stop: ['a'],
    logit_bias: { 1: 2 },
    n: 2,
    logprobs: true,
    top_logprobs: 3,
    reasoning_effort: 'high',
    verbosity: 'high',
    safety_identifier: 'u',
    prompt_cache_key: 'k',
    service_tier: 'priority',
  });
  assert.equal(encoded({ reasoning: { mode: 'off' } })['reasoning_effort'], 'none');
});

test('what this format cannot say is reported', () => {
  const ledger = createLedger();
  const stop = ['1', '2', '3', '4', '5'];
  const body = encoded(
    {
      sampling: { topK: 3, stop },
      reasoning: { mode: 'on', budget: 1000 },
      logprobs: { top: 50 },
      tools: [
        { ...look, cache: {} },
        { type: 'web-search', maxUses: 1, allowedDomains: ['a'] },
      ],
    },
    ledger.report,
  );
  assert.deepEqual(body['stop'], stop.slice(0, 4));
  assert.equal(body['top_logprobs'], 20);
  assert.deepEqual(features(ledger).toSorted(), [
    'reasoning-budget',
    'stop-sequences',
    'tool-cache-mark',
    'top-k',
    'top-logprobs',
    'web-search-domains',
    'web-search-max-uses',
  ]);
});

test('a long name of the user is shortened the same way every time', () => {
  const user = 'user_'.repeat(40);
  const short = encoded({ user })['safety_identifier'];
  assert.ok(typeof short === 'string');
  assert.match(short, /^user_\w{8,14}$/);
  assert.equal(encoded({ user })['safety_identifier'], short);
});

test('structured output gets the name that is required here', () => {
  const schema = { type: 'object' };
  assert.deepEqual(encoded({ output: { type: 'json' } })['response_format'], {
    type: 'json_object',
  });
  assert.deepEqual(encoded({ output: { type: 'schema', schema } })['response_format'], {
    type: 'json_schema',
    json_schema: { name: 'response', schema },
  });
  const output = { type: 'schema', schema, name: 'a b', strict: true } as const;
  assert.deepEqual(encoded({ output })['response_format'], {
    type: 'json_schema',
    json_schema: { name: 'a_b', schema, strict: true },
  });
});

describe('instructions', () => {
  test('of one role are one string, since many templates take one only', () => {
    const system = [
      { text: 'One', role: 'system' },
      { text: 'Two', role: 'system' },
    ] as const;
    assert.deepEqual(messagesOf({ system, turns: [] }), [
      { role: 'system', content: 'One\n\nTwo' },
    ]);
  });

  test('with cache marks are parts', () => {
    const system = [
      { text: 'One', role: 'developer', cache: { ttl: 'long' } },
      { text: 'Two', role: 'developer', cache: { ttl: 'short' } },
      { text: 'Three', role: 'developer' },
    ] as const;
    assert.deepEqual(messagesOf({ system, turns: [] }), [
      {
        role: 'developer',
        content: [
          {
            type: 'text',
            text: 'One',
            prompt_cache_breakpoint: { mode: 'explicit', ttl: '12h' },
          },
          { type: 'text', text: 'Two', prompt_cache_breakpoint: { mode: 'explicit' } },
          { type: 'text', text: 'Three' },
        ],
      },
    ]);
  });

  test('midway keep their place and take the role of the first ones', () => {
    const turns: readonly Turn[] = [
      { role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
      { role: 'system', parts: [{ type: 'text', text: 'Be brief' }] },
    ];
    const system = [{ text: 'One', role: 'developer' }] as const;
    assert.deepEqual(messagesOf({ system, turns }), [
      { role: 'developer', content: 'One' },
      { role: 'user', content: 'Hi' },
      { role: 'developer', content: 'Be brief' },
    ]);
  });
});

describe('content of a user', () => {
  test('of text alone is one string, without blanks (CLIProxyAPI#441)', () => {
    assert.equal(
      userContent(
        { type: 'text', text: 'One' },
        { type: 'text', text: ' \n' },
        { type: 'text', text: 'Two' },
      ),
      'One\n\nTwo',
    );
    assert.equal(userContent({ type: 'text', text: ' ' }), ' ');
  });

  test('with media is parts', () => {
    const pdf: MediaPart = {
      type: 'media',
      media: 'document',
      mimeType: 'application/pdf',
      source: { type: 'base64', data: 'JVBERi0=' },
    };
    const parts: readonly Part[] = [
      { type: 'text', text: 'See' },
      { ...image, detail: 'high', cache: {} },
      { ...image, mimeType: '', source: { type: 'url', url: 'https://a.org/b.png' } },
      pdf,
      { ...pdf, mimeType: 'text/plain', name: 'a.txt', source: { type: 'text', text: 'abc' } },
      {
        ...image,
        media: 'audio',
        mimeType: 'audio/mpeg',
        source: { type: 'base64', data: 'SUQz' },
      },
    ];
    assert.deepEqual(userContent(...parts), [
      { type: 'text', text: 'See' },
      {
        type: 'image_url',
        image_url: { url: imageUrl, detail: 'high' },
        prompt_cache_breakpoint: { mode: 'explicit' },
      },
      { type: 'image_url', image_url: { url: 'https://a.org/b.png' } },
      {
        type: 'file',
        file: { filename: 'document.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
      },
      { type: 'text', text: 'a.txt\n\nabc' },
      { type: 'input_audio', input_audio: { data: 'SUQz', format: 'mp3' } },
    ]);
  });

  const refused: readonly (readonly [string, Partial<MediaPart>, RegExp])[] = [
    ['video', { media: 'video', mimeType: 'video/mp4' }, /no video/],
    ['sound of another kind', { media: 'audio', mimeType: 'audio/flac' }, /wav or mp3/],
    [
      'an address of a document',
      { media: 'document', source: { type: 'url', url: 'https://a.org/b.pdf' } },
      /base64 works/,
    ],
    [
      'an address that is not http',
      { source: { type: 'url', url: 'gs://bucket/a.png' } },
      /base64 works/,
    ],
  ];
  for (const [name, over, message] of refused) {
    test(`${name} is refused`, () => {
      assert.throws(() => userContent({ ...image, ...over }), message);
    });
  }
});

describe('results of tools', () => {
  const result: ToolResultPart = {
    type: 'tool-result',
    callId: 'call_1',
    isError: false,
    content: [
      { type: 'text', text: 'blue' },
      { type: 'text', text: 'grey' },
    ],
  };

  function resultMessages(...turns: readonly (readonly Part[])[]): JsonValue | undefined {
    return messagesOf({ turns: turns.map((parts) => ({ role: 'user', parts })) });
  }

  test('are messages of their own, before what else the user says', () => {
    assert.deepEqual(
      resultMessages([{ type: 'text', text: 'And?' }, result, { ...result, callId: 'call_2' }]),
      [
        { role: 'tool', tool_call_id: 'call_1', content: 'blue\ngrey' },
        { role: 'tool', tool_call_id: 'call_2', content: 'blue\ngrey' },
        { role: 'user', content: 'And?' },
      ],
    );
  });

  test('that failed say so once', () => {
    const failed = (text: string): Part => ({
      ...result,
      isError: true,
      content: [{ type: 'text', text }],
    });
    assert.deepEqual(resultMessages([failed('no'), failed('Error: no')]), [
      { role: 'tool', tool_call_id: 'call_1', content: 'Error: no' },
      { role: 'tool', tool_call_id: 'call_1', content: 'Error: no' },
    ]);
  });

  test('CLIProxyAPI#1645: without content are empty text', () => {
    assert.deepEqual(resultMessages([{ ...result, content: [] }]), [
      { role: 'tool', tool_call_id: 'call_1', content: '' },
    ]);
  });

  test('ai-gateway#2358: keep their cache mark', () => {
    assert.deepEqual(resultMessages([{ ...result, cache: {} }]), [
      {
        role: 'tool',
        tool_call_id: 'call_1',
        content: [
          {
            type: 'text',
            text: 'blue\ngrey',
            prompt_cache_breakpoint: { mode: 'explicit' },
          },
        ],
      },
    ]);
  });

  test('litellm#34462: show their images after the last message of the round', () => {
    const seen: Part = { ...result, content: [image] };
    const messages = resultMessages([seen], [{ ...result, callId: 'call_2' }]);
    assert.deepEqual(messages, [
      {
        role: 'tool',
        tool_call_id: 'call_1',
        content: '[image of this result: see the next user message]',
      },
      { role: 'tool', tool_call_id: 'call_2', content: 'blue\ngrey' },
      {
        role: 'user',
        content: [
          { type: 'text', text: '[image from the result of tool call call_1]' },
          { type: 'image_url', image_url: { url: imageUrl } },
        ],
      },
    ]);
  });

  test('show their images at the head of what the user says', () => {
    const seen: Part = { ...result, content: [image] };
    const messages = resultMessages([seen, { type: 'text', text: 'And?' }]);
    assert.equal(Array.isArray(messages) ? messages.length : 0, 2);
  });

  test('CLIProxyAPI#3468: long ids are shortened on both sides alike', () => {
    const id = `call_${'x'.repeat(60)}`;
    const messages = messagesOf({
      turns: [
        {
          role: 'assistant',
          parts: [{ type: 'tool-call', id, name: 'look', kind: 'function', input: '' }],
        },
        { role: 'user', parts: [{ ...result, callId: id }] },
      ],
    });
    const text = JSON.stringify(messages);
    const [, short = ''] = /"tool_call_id":"([^"]+)"/.exec(text) ?? [];
    assert.match(short, /^call_\w{8,14}$/);
    assert.ok(text.includes(`"id":"${short}"`));
  });
});

describe('an assistant', () => {
  function assistant(...parts: readonly Part[]): JsonValue | undefined {
    return messagesOf({ turns: [{ role: 'assistant', parts }] });
  }

  test('says words, calls and reasoning in their own fields', () => {
    assert.deepEqual(
      assistant(
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'Let me ' },
        { type: 'tool-call', id: 'a', name: 'look', kind: 'function', input: '' },
        { type: 'text', text: 'see.' },
        { type: 'tool-call', id: 'b', name: 'run', kind: 'custom', input: 'ls' },
      ),
      [
        {
          role: 'assistant',
          content: 'Let me see.',
          reasoning_content: 'hm',
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'look', arguments: '{}' } },
            { id: 'b', type: 'custom', custom: { name: 'run', input: 'ls' } },
          ],
        },
      ],
    );
  });

  test('without words has null beside calls, and is left out when empty', () => {
    const call: Part = { type: 'tool-call', id: 'a', name: 'f', kind: 'function', input: '{}' };
    assert.match(JSON.stringify(assistant(call)), /"content":null/);
    assert.deepEqual(assistant({ type: 'text', text: '' }), []);
    assert.deepEqual(assistant({ type: 'refusal', text: 'No' }), [
      { role: 'assistant', content: null, refusal: 'No' },
    ]);
  });

  test('gets back what an upstream of this format had sealed, as it was', () => {
    const data =
      '{"type":"reasoning.text","format":"anthropic-claude-v1","index":0,"signature":"s"}';
    const seal = { format: 'openai-chat', kind: 'signature' } as const;
    assert.deepEqual(
      assistant(
        { type: 'reasoning', text: 'hm', seal: { ...seal, data } },
        {
          type: 'tool-call',
          id: 'a',
          name: 'f',
          kind: 'function',
          input: '{}',
          seal: { ...seal, data: 'Z29v' },
        },
      ),
      [
        {
          role: 'assistant',
          content: null,
          reasoning_content: 'hm',
          reasoning_details: [{ ...JSON.parse(data), text: 'hm' }],
          tool_calls: [
            {
              id: 'a',
              type: 'function',
              function: { name: 'f', arguments: '{}' },
              extra_content: { google: { thought_signature: 'Z29v' } },
            },
          ],
        },
      ],
    );
  });

  test('that drew loses its pictures with a report', () => {
    const ledger = createLedger();
    const parts: readonly Part[] = [{ type: 'text', text: 'See', cache: {} }, image];
    encoded({ turns: [{ role: 'assistant', parts }] }, ledger.report);
    assert.deepEqual(features(ledger), ['assistant-cache-mark', 'assistant-media']);
  });
});

describe('tools', () => {
  test('always have parameters, since several servers insist', () => {
    assert.deepEqual(encoded({ tools: [look] })['tools'], [
      {
        type: 'function',
        function: { name: 'look', parameters: { type: 'object', properties: {} } },
      },
    ]);
  });

  test('of free text keep their grammar', () => {
    const grammar = { syntax: 'regex', definition: 'a+' };
    assert.deepEqual(encoded({ tools: [{ type: 'custom', name: 'run', grammar }] })['tools'], [
      { type: 'custom', custom: { name: 'run', format: { type: 'grammar', grammar } } },
    ]);
  });

  test('for searching are options', () => {
    const body = encoded({
      tools: [{ type: 'web-search', contextSize: 'low', location: { city: 'Rome' } }],
      toolChoice: { mode: 'auto' },
    });
    assert.equal(body['tools'], undefined);
    assert.equal(body['tool_choice'], undefined);
    assert.deepEqual(body['web_search_options'], {
      search_context_size: 'low',
      user_location: { type: 'approximate', approximate: { city: 'Rome' } },
    });
  });

  test('are at most 128', () => {
    const tools = Array.from({ length: 129 }, (_, at) => ({ ...look, name: `t${at}` }));
    assert.throws(() => encoded({ tools }), /takes 128 tools, not 129/);
  });

  const run = { type: 'custom', name: 'run' } as const;
  const choices: readonly (readonly [ToolChoice, JsonValue])[] = [
    [{ mode: 'auto' }, 'auto'],
    [{ mode: 'none' }, 'none'],
    [{ mode: 'required' }, 'required'],
    [
      { mode: 'required', only: ['look'] },
      { type: 'function', function: { name: 'look' } },
    ],
    [
      { mode: 'required', only: ['run'] },
      { type: 'custom', custom: { name: 'run' } },
    ],
    [
      { mode: 'auto', only: ['look', 'run'] },
      {
        type: 'allowed_tools',
        allowed_tools: {
          mode: 'auto',
          tools: [
            { type: 'function', function: { name: 'look' } },
            { type: 'custom', custom: { name: 'run' } },
          ],
        },
      },
    ],
  ];
  for (const [toolChoice, due] of choices) {
    test(`are chosen as ${JSON.stringify(due)}`, () => {
      assert.deepEqual(encoded({ tools: [look, run], toolChoice })['tool_choice'], due);
    });
  }

  test('may be called one at a time', () => {
    const toolChoice = { mode: 'auto', parallel: false } as const;
    assert.equal(encoded({ tools: [look], toolChoice })['parallel_tool_calls'], false);
  });
});
