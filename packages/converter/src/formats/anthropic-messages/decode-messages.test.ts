import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeEnvelope } from '../../envelope.ts';
import { ConversionError } from '../../errors.ts';
import type { Part, Seal } from '../../ir/part.ts';
import { type JsonObject, type JsonValue, parseJson } from '../../json.ts';
import { body, createLedger, decoded, type Ledger } from './testing/exchange.ts';

function partsOf(
  role: string,
  content: JsonValue,
  ledger: Ledger = createLedger(),
): readonly Part[] {
  const first = { role: 'user', content: 'Hi' };
  const messages = [first, { role, content }];
  return decoded(body({ messages }), ledger.report).turns[1]?.parts ?? [];
}

function refusal(content: JsonValue): string {
  try {
    partsOf('user', content);
  } catch (error) {
    if (error instanceof ConversionError) return error.error.message;
    throw error;
  }
  throw new Error('was not refused');
}

const seal: Seal = { format: 'gemini', model: 'gemini-3-flash', kind: 'signature', data: 'c2ln' };

test('system messages in front join the instructions, later ones stay where they are', () => {
  const { system, turns } = decoded(
    body({
      system: 'A',
      messages: [
        { role: 'system', content: 'B' },
        { role: 'user', content: 'Hi' },
        { role: 'system', content: [{ type: 'text', text: 'C' }] },
        { role: 'system', content: [{ type: 'tool_addition', tool: { name: 'x' } }] },
      ],
    }),
  );
  assert.deepEqual(
    system.map(({ text }) => text),
    ['A', 'B'],
  );
  assert.deepEqual(turns.slice(1), [{ role: 'system', parts: [{ type: 'text', text: 'C' }] }]);
});

test('documents of every kind of source are read', () => {
  const text = { type: 'text', media_type: 'text/plain', data: 'Words' };
  const inner = {
    type: 'content',
    content: [
      { type: 'text', text: 'One' },
      { type: 'text', text: 'Two' },
      { type: 'image', source: { type: 'url', url: 'https://a/b.png' } },
    ],
  };
  const image = {
    type: 'media',
    media: 'image',
    mimeType: '',
    source: { type: 'url', url: 'https://a/b.png' },
  };
  const document = (source: JsonObject, mimeType = 'text/plain'): JsonObject => ({
    type: 'media',
    media: 'document',
    mimeType,
    source,
    name: 'T',
  });
  const of = (source: JsonObject): readonly Part[] =>
    partsOf('user', [{ type: 'document', title: 'T', source }]);
  assert.deepEqual(of(text), [document({ type: 'text', text: 'Words' })]);
  assert.deepEqual(of({ type: 'content', content: 'Words' }), [
    document({ type: 'text', text: 'Words' }),
  ]);
  assert.deepEqual(of(inner), [document({ type: 'text', text: 'One\nTwo' }), image]);
  assert.deepEqual(of({ type: 'url', url: 'https://a/b.pdf' }), [
    document({ type: 'url', url: 'https://a/b.pdf' }, 'application/pdf'),
  ]);
});

test('the context of a document stands before it, and wanted citations are missed', () => {
  const ledger = createLedger();
  const source = { type: 'text', media_type: 'text/plain', data: 'Words' };
  const block = {
    type: 'document',
    source,
    context: 'From 1999.',
    citations: { enabled: true },
    cache_control: { type: 'ephemeral', ttl: '5m' },
  };
  const parts = partsOf('user', [block], ledger);
  assert.deepEqual(parts, [
    { type: 'text', text: 'From 1999.' },
    {
      type: 'media',
      media: 'document',
      mimeType: 'text/plain',
      source: { type: 'text', text: 'Words' },
      cache: { ttl: 'short' },
    },
  ]);
  assert.deepEqual(ledger.told(), [
    'document-citations at messages[1].content[0].citations: answer',
    'document-context at messages[1].content[0].context: hint',
  ]);
});

test('base64 becomes standard and padded, and a missing type is found in the data', () => {
  const of = (data: string): Part | undefined =>
    partsOf('user', [{ type: 'image', source: { type: 'base64', data } }])[0];
  assert.deepEqual(of('data:image/gif;base64,R0lGODlh\nAQ'), {
    type: 'media',
    media: 'image',
    mimeType: 'image/gif',
    source: { type: 'base64', data: 'R0lGODlhAQ==' },
  });
  assert.match(refusal([{ type: 'image', source: { type: 'base64', data: '%%' } }]), /base64/);
});

test('search results are text with title and source', () => {
  const block = {
    type: 'search_result',
    title: 'T',
    source: 'https://a',
    content: [
      { type: 'text', text: 'One' },
      { type: 'text', text: 'Two' },
    ],
  };
  const text: Part = { type: 'text', text: 'T\nhttps://a\n\nOne\nTwo' };
  assert.deepEqual(partsOf('user', [block]), [text]);
  const result = { type: 'tool_result', tool_use_id: 'a', content: [block] };
  assert.deepEqual(partsOf('user', [result]), [
    { type: 'tool-result', callId: 'a', isError: false, content: [text] },
  ]);
});

test('files and states at Anthropic are refused with a way out', () => {
  const file = { type: 'file', file_id: 'file_1' };
  assert.match(refusal([{ type: 'image', source: file }]), /base64/);
  assert.match(refusal([{ type: 'document', source: file }]), /base64/);
  assert.match(refusal([{ type: 'container_upload', file_id: 'f' }]), /Claude/);
  const state = { type: 'browser_state', tabs: [] };
  assert.match(refusal([{ type: 'tool_result', tool_use_id: 'a', content: [state] }]), /Claude/);
});

test('a result without content, with a string and with nothing in it is a result', () => {
  const of = (content: JsonValue): readonly Part[] =>
    partsOf('user', [{ type: 'tool_result', tool_use_id: 'a', content }]);
  const result = { type: 'tool-result', callId: 'a', isError: false };
  assert.deepEqual(of(null), [{ ...result, content: [] }]);
  assert.deepEqual(of(''), [{ ...result, content: [] }]);
  assert.deepEqual(of('Ok'), [{ ...result, content: [{ type: 'text', text: 'Ok' }] }]);
});

test('what the provider did by itself is left out and said, and the text about it stays', () => {
  const ledger = createLedger();
  const parts = partsOf(
    'assistant',
    [
      { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } },
      { type: 'web_search_tool_result', tool_use_id: 's', content: [] },
      {
        type: 'text',
        text: 'Found',
        citations: [
          {
            type: 'web_search_result_location',
            url: 'https://a',
            title: 'A',
            cited_text: 'c',
            encrypted_index: 'e',
          },
          { type: 'char_location', cited_text: 'c', document_index: 0 },
        ],
      },
      { type: 'brand_new' },
    ],
    ledger,
  );
  assert.deepEqual(parts, [
    {
      type: 'text',
      text: 'Found',
      citations: [{ url: 'https://a', title: 'A', citedText: 'c', start: 0, end: 5 }],
    },
  ]);
  assert.deepEqual(ledger.told(), [
    'server-tool at messages[1].content[0]: answer',
    'server-tool at messages[1].content[1]: answer',
    'document-citations at messages[1].content[2].citations: hint',
    'content-block at messages[1].content[3]: answer',
  ]);
});

test('numbers that a double cannot hold go through a call’s input unchanged', () => {
  const input = '{"x":12345678901234567890,"y":["z"]}';
  const call = parseJson(`{"type":"tool_use","id":"a","name":"n","input":${input}}`);
  const [part] = partsOf('assistant', [call]);
  assert.equal(part?.type === 'tool-call' && part.input, input);
});

test('genuine signatures are seals of this format', () => {
  const parts = partsOf('assistant', [
    { type: 'thinking', thinking: 'Hm', signature: 'EqQB' },
    { type: 'redacted_thinking', data: 'AAAA' },
    { type: 'thinking', thinking: 'Unsigned', signature: '' },
  ]);
  const own = { format: 'anthropic-messages' };
  assert.deepEqual(parts, [
    { type: 'reasoning', text: 'Hm', seal: { ...own, kind: 'signature', data: 'EqQB' } },
    { type: 'reasoning', text: '', seal: { ...own, kind: 'redacted', data: 'AAAA' } },
    { type: 'reasoning', text: 'Unsigned' },
  ]);
});

test('seals of others come back to the parts that they belong to', () => {
  const carrier = (binding: 'self' | 'next' | 'previous'): JsonObject => ({
    type: 'thinking',
    thinking: '',
    signature: writeEnvelope({ binding, seal }),
  });
  const thought = { ...carrier('self'), thinking: 'Hm' };
  const call = { type: 'tool_use', id: 'a', name: 'n', input: {} };
  const text = { type: 'text', text: 'T' };
  const toolCall: Part = { type: 'tool-call', id: 'a', name: 'n', kind: 'function', input: '{}' };
  assert.deepEqual(
    partsOf('assistant', [thought, text, carrier('previous'), carrier('next'), call]),
    [
      { type: 'reasoning', text: 'Hm', seal },
      { type: 'text', text: 'T', seal },
      { ...toolCall, seal },
    ],
  );
  // An empty signed text leaves nothing but its carrier.
  assert.deepEqual(partsOf('assistant', [call, carrier('previous')]), [
    toolCall,
    { type: 'text', text: '', seal },
  ]);
});

test('carriers without their part, damaged and empty ones leave no seal behind', () => {
  const ledger = createLedger();
  const next = writeEnvelope({ binding: 'next', seal });
  const parts = partsOf(
    'assistant',
    [
      { type: 'thinking', thinking: '', signature: next },
      { type: 'text', text: 'T' },
      { type: 'thinking', thinking: 'Kept', signature: `${next.slice(0, -4)}AAAA` },
      { type: 'thinking', thinking: 'Kept too', signature: writeEnvelope({ binding: 'self' }) },
      { type: 'thinking', thinking: '', signature: next },
    ],
    ledger,
  );
  assert.deepEqual(parts, [
    { type: 'text', text: 'T' },
    { type: 'reasoning', text: 'Kept' },
    { type: 'reasoning', text: 'Kept too' },
  ]);
  assert.deepEqual(ledger.told(), [
    'reasoning-signature at messages[1].content[0]: hint',
    'reasoning-signature at messages[1].content[2]: hint',
    'reasoning-signature at messages[1].content[4]: hint',
  ]);
});

test('the summary of a compacted conversation is kept as text', () => {
  const ledger = createLedger();
  const parts = partsOf('assistant', [{ type: 'compaction', content: 'Summary' }], ledger);
  assert.deepEqual(parts, [{ type: 'text', text: 'Summary' }]);
  assert.deepEqual(ledger.told(), ['compaction at messages[1].content[0]: hint']);
});
