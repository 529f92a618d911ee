import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Part } from '../../ir/part.ts';
import type { ChatRequest } from '../../ir/request.ts';
import type { JsonObject, JsonValue } from '../../json.ts';
import { createLedger, decoded, features } from './testing/exchange.ts';

const png = 'iVBORw0KGgoAAAANSUhEUg==';
const pdf = 'JVBERi0xLjQK';

function conversation(...messages: readonly JsonObject[]): ChatRequest {
  return decoded({ messages });
}

function userParts(...content: readonly JsonValue[]): readonly Part[] {
  return conversation({ role: 'user', content }).turns[0]?.parts ?? [];
}

describe('instructions', () => {
  test('that lead stand apart, one block a text, with their marks', () => {
    const { system, turns } = conversation(
      { role: 'system', content: 'One' },
      {
        role: 'developer',
        content: [
          { type: 'text', text: 'Two' },
          {
            type: 'text',
            text: 'Three',
            prompt_cache_breakpoint: { mode: 'explicit', ttl: '12h' },
          },
          { type: 'text', text: '' },
        ],
      },
      { role: 'user', content: 'Hi' },
    );
    assert.deepEqual(system, [
      { text: 'One', role: 'system' },
      { text: 'Two', role: 'developer' },
      { text: 'Three', role: 'developer', cache: { ttl: 'long' } },
    ]);
    assert.equal(turns.length, 1);
  });

  test('that come later keep their place', () => {
    const { system, turns } = conversation(
      { role: 'user', content: 'Hi' },
      { role: 'system', content: 'Be brief' },
    );
    assert.deepEqual(system, []);
    assert.deepEqual(turns[1], { role: 'system', parts: [{ type: 'text', text: 'Be brief' }] });
  });

  test('hold text only', () => {
    const content = [{ type: 'image_url', image_url: { url: 'https://a.org/b.png' } }];
    assert.throws(() => conversation({ role: 'system', content }), /text only/);
  });
});

describe('content of a user', () => {
  const cases: readonly (readonly [string, JsonObject, JsonObject])[] = [
    [
      'an address of an image',
      { type: 'image_url', image_url: { url: 'https://a.org/b.png', detail: 'low' } },
      {
        media: 'image',
        mimeType: '',
        source: { type: 'url', url: 'https://a.org/b.png' },
        detail: 'low',
      },
    ],
    [
      'an image, whose bytes know better than its label',
      { type: 'image_url', image_url: { url: `data:image/jpeg;charset=x;base64,${png}` } },
      { media: 'image', mimeType: 'image/png', source: { type: 'base64', data: png } },
    ],
    [
      'an image as bare base64 without padding',
      { type: 'image_url', image_url: { url: png.replaceAll('=', '') } },
      { media: 'image', mimeType: 'image/png', source: { type: 'base64', data: png } },
    ],
    [
      'an image named by the key alone',
      { type: 'image_url', image_url: 'https://a.org/b.png' },
      { media: 'image', mimeType: '', source: { type: 'url', url: 'https://a.org/b.png' } },
    ],
    [
      'sound',
      { type: 'input_audio', input_audio: { data: 'SUQzBAAA', format: 'mp3' } },
      { media: 'audio', mimeType: 'audio/mpeg', source: { type: 'base64', data: 'SUQzBAAA' } },
    ],
    [
      'a PDF',
      {
        type: 'file',
        file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf}` },
        cache_control: { type: 'ephemeral', ttl: '5m' },
      },
      {
        media: 'document',
        mimeType: 'application/pdf',
        source: { type: 'base64', data: pdf },
        name: 'a.pdf',
        cache: { ttl: 'short' },
      },
    ],
    [
      'a text file without a label',
      { type: 'file', file: { filename: 'a.md', file_data: 'IyBIw6k=' } },
      {
        media: 'document',
        mimeType: 'text/markdown',
        source: { type: 'text', text: '# Hé' },
        name: 'a.md',
      },
    ],
    [
      'a video as other servers take it',
      { type: 'video_url', video_url: { url: 'https://a.org/b.mp4' } },
      { media: 'video', mimeType: '', source: { type: 'url', url: 'https://a.org/b.mp4' } },
    ],
    [
      "an image in Anthropic's shape",
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
      { media: 'image', mimeType: 'image/png', source: { type: 'base64', data: png } },
    ],
  ];
  for (const [name, part, due] of cases) {
    test(name, () => assert.deepEqual(userParts(part), [{ type: 'media', ...due }]));
  }

  test('that is not text, or of a type that nobody knows, is refused', () => {
    assert.throws(() => userParts({ type: 'hologram' }), /"hologram" is not known/);
    assert.throws(() => userParts({ type: 'file', file: { file_id: 'file-1' } }), /file id/);
    const broken = { type: 'image_url', image_url: { url: 'data:image/png;base64,%%%' } };
    assert.throws(() => userParts(broken), /broken base64/);
  });

  test('may be a part without a list, or nothing', () => {
    const one = conversation({ role: 'user', content: { type: 'text', text: 'Hi' } });
    assert.deepEqual(one.turns[0]?.parts, [{ type: 'text', text: 'Hi' }]);
    const none = conversation({ role: 'user', content: null });
    assert.deepEqual(none.turns[0]?.parts, [{ type: 'text', text: '' }]);
  });

  test('keeps the name of its author, and a mark of the whole message', () => {
    const { turns } = conversation({
      role: 'user',
      name: 'Ada',
      content: 'Hi',
      cache_control: { type: 'ephemeral' },
    });
    assert.deepEqual(turns, [
      { role: 'user', parts: [{ type: 'text', text: 'Hi', cache: {} }], name: 'Ada' },
    ]);
  });
});

describe('an assistant', () => {
  test('says its words before its calls', () => {
    const { turns } = conversation({
      role: 'assistant',
      content: 'Let me see',
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } },
        { id: 'call_2', type: 'custom', custom: { name: 'run', input: 'ls' } },
      ],
    });
    assert.deepEqual(turns[0]?.parts, [
      { type: 'text', text: 'Let me see' },
      { type: 'tool-call', id: 'call_1', name: 'look', kind: 'function', input: '{"at":1}' },
      { type: 'tool-call', id: 'call_2', name: 'run', kind: 'custom', input: 'ls' },
    ]);
  });

  test('may refuse', () => {
    const { turns } = conversation(
      { role: 'assistant', content: null, refusal: 'No' },
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'Never' }] },
    );
    assert.deepEqual(turns[0]?.parts, [{ type: 'refusal', text: 'No' }]);
    assert.deepEqual(turns[1]?.parts, [{ type: 'refusal', text: 'Never' }]);
  });

  test('that says nothing is left out', () => {
    const { turns } = conversation(
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: '', annotations: [] },
    );
    assert.equal(turns.length, 1);
  });

  test('whose answer was spoken is known by its transcript', () => {
    const ledger = createLedger();
    const messages = [{ role: 'assistant', audio: { id: 'audio_1', transcript: 'Hello' } }];
    const { turns } = decoded({ messages }, ledger.report);
    assert.deepEqual(turns[0]?.parts, [{ type: 'text', text: 'Hello' }]);
    assert.deepEqual(features(ledger), ['audio-history']);
  });

  test('that drew shows its pictures again', () => {
    const url = `data:image/png;base64,${png}`;
    const { turns } = conversation({
      role: 'assistant',
      content: '',
      images: [{ type: 'image_url', image_url: { url } }],
    });
    const source = { type: 'base64', data: png } as const;
    assert.deepEqual(turns[0]?.parts, [
      { type: 'media', media: 'image', mimeType: 'image/png', source },
    ]);
  });

  test('whose call Snowflake wrote in both shapes made one call', () => {
    const { turns } = conversation({
      role: 'assistant',
      content: '',
      function_call: { name: '', arguments: '' },
      tool_calls: [
        {
          id: 'toolu_1',
          type: 'function',
          custom: { name: '', input: '' },
          function: { name: 'look', arguments: '{}' },
        },
      ],
    });
    assert.deepEqual(turns[0]?.parts, [
      { type: 'tool-call', id: 'toolu_1', name: 'look', kind: 'function', input: '{}' },
    ]);
  });
});

describe('results of tools', () => {
  const calls = {
    role: 'assistant',
    content: null,
    tool_calls: [
      { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } },
      { id: 'call_2', type: 'function', function: { name: 'hear', arguments: '{}' } },
    ],
  };

  test('of one round are one turn', () => {
    const { turns } = conversation(
      calls,
      { role: 'tool', tool_call_id: 'call_1', content: 'sky' },
      {
        role: 'tool',
        tool_call_id: 'call_2',
        content: [{ type: 'text', text: 'birds', cache_control: { type: 'ephemeral' } }],
      },
      { role: 'user', content: 'And?' },
    );
    assert.equal(turns.length, 3);
    assert.deepEqual(turns[1]?.parts, [
      {
        type: 'tool-result',
        callId: 'call_1',
        isError: false,
        content: [{ type: 'text', text: 'sky' }],
      },
      {
        type: 'tool-result',
        callId: 'call_2',
        isError: false,
        content: [{ type: 'text', text: 'birds' }],
        cache: {},
      },
    ]);
  });

  test('without an id answer the first open call of their name, else the first', () => {
    const { turns } = conversation(
      calls,
      { role: 'tool', name: 'hear', content: 'birds' },
      { role: 'tool', content: '' },
    );
    const ids = turns[1]?.parts.map((part) => (part.type === 'tool-result' ? part.callId : ''));
    assert.deepEqual(ids, ['call_2', 'call_1']);
    assert.throws(() => conversation({ role: 'tool', content: 'x' }), /no open tool call precedes/);
  });

  test('of deprecated functions belong to the call before, by an id made of its place', () => {
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: null, function_call: { name: 'look', arguments: '{}' } },
      { role: 'function', name: 'look', content: 'sky' },
    ];
    const { turns } = decoded({ messages });
    assert.deepEqual(turns[1]?.parts, [
      { type: 'tool-call', id: 'call_function_1', name: 'look', kind: 'function', input: '{}' },
    ]);
    assert.deepEqual(turns[2]?.parts, [
      {
        type: 'tool-result',
        callId: 'call_function_1',
        name: 'look',
        isError: false,
        content: [{ type: 'text', text: 'sky' }],
      },
    ]);
  });

  test("may come in Anthropic's shape, which Cursor posts here", () => {
    const { turns } = conversation(
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 'sky' } }],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: 'blue', is_error: true },
          { type: 'text', text: 'And?' },
        ],
      },
    );
    assert.deepEqual(turns[0]?.parts, [
      {
        type: 'tool-call',
        id: 'toolu_1',
        name: 'look',
        kind: 'function',
        input: '{"at":"sky"}',
      },
    ]);
    assert.deepEqual(turns[1]?.parts[0], {
      type: 'tool-result',
      callId: 'toolu_1',
      isError: true,
      content: [{ type: 'text', text: 'blue' }],
    });
  });
});

test('parts in the message of the wrong role are refused', () => {
  const use = { type: 'tool_use', id: 'a', name: 'b', input: {} };
  assert.throws(() => conversation({ role: 'user', content: [use] }), /does not belong/);
  const result = { type: 'tool_result', tool_use_id: 'a' };
  assert.throws(() => conversation({ role: 'assistant', content: [result] }), /does not belong/);
});

test('unknown fields of messages are reported', () => {
  const ledger = createLedger();
  decoded({ messages: [{ role: 'user', content: 'Hi', mood: 'gay' }] }, ledger.report);
  assert.deepEqual(
    ledger.losses.map(({ path, effect }) => [path, effect]),
    [['messages[0].mood', 'hint']],
  );
});
