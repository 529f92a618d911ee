import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Part, ToolCallPart, ToolResultPart } from '../../ir/part.ts';
import type { Turn } from '../../ir/request.ts';
import type { JsonArray, JsonObject } from '../../json.ts';
import { createLedger, decoded } from './testing/exchange.ts';

function turnsOf(...contents: readonly JsonObject[]): readonly Turn[] {
  return decoded({ contents }).turns;
}

function partsOf(...parts: JsonArray): readonly Part[] {
  return turnsOf({ role: 'user', parts })[0]?.parts ?? [];
}

const call = (name: string, id?: string): JsonObject => ({
  functionCall: { name, args: {}, ...(id !== undefined && { id }) },
});
const response = (name: string, output: string, id?: string): JsonObject => ({
  functionResponse: { name, response: { output }, ...(id !== undefined && { id }) },
});

/** Which result went to which call, by the call's position. */
function pairing(...contents: readonly JsonObject[]): readonly string[] {
  const parts = turnsOf(...contents).flatMap((turn) => turn.parts);
  const calls = parts.filter((part): part is ToolCallPart => part.type === 'tool-call');
  assert.equal(new Set(calls.map(({ id }) => id)).size, calls.length, 'ids differ');
  return parts
    .filter((part): part is ToolResultPart => part.type === 'tool-result')
    .map(({ callId, content }) => {
      const at = calls.findIndex(({ id }) => id === callId);
      const [text] = content;
      return `${text?.type === 'text' ? text.text : ''}>${at}`;
    });
}

test('results without ids go to calls of their name in order', () => {
  assert.deepEqual(
    pairing(
      { role: 'model', parts: [call('a'), call('b'), call('a')] },
      { role: 'user', parts: [response('a', '1'), response('a', '2'), response('b', '3')] },
    ),
    ['1>0', '2>2', '3>1'],
  );
});

test('results with ids go to their calls in any order', () => {
  assert.deepEqual(
    pairing(
      { role: 'model', parts: [call('a', 'x'), call('a', 'y')] },
      { role: 'user', parts: [response('a', '1', 'y'), response('a', '2', 'x')] },
    ),
    ['1>1', '2>0'],
  );
});

test('ids that Gemini CLI has prefixed with the name are the ids that they were', () => {
  const contents = [
    { role: 'model', parts: [call('a', 'a__toolu_1'), call('a', 'a__toolu_2')] },
    { role: 'user', parts: [response('a', '1', 'a__toolu_2'), response('a', '2', 'toolu_1')] },
  ];
  assert.deepEqual(pairing(...contents), ['1>1', '2>0']);
  const [first] = turnsOf(...contents)[0]?.parts ?? [];
  assert.equal(first?.type === 'tool-call' && first.id, 'toolu_1');
});

test('an abandoned call does not take the result of a later one', () => {
  assert.deepEqual(
    pairing(
      { role: 'model', parts: [call('a')] },
      { role: 'user', parts: [{ text: 'stop' }] },
      { role: 'model', parts: [call('a')] },
      { role: 'user', parts: [response('a', '1')] },
    ),
    ['1>1'],
  );
});

test('an id used twice stays unique, and both calls get their results', () => {
  assert.deepEqual(
    pairing(
      { role: 'model', parts: [call('a', 'x'), call('b', 'x')] },
      { role: 'user', parts: [response('a', '1', 'x'), response('b', '2', 'x')] },
    ),
    ['1>0', '2>1'],
  );
});

test('ids that are made are the same on every replay', () => {
  const contents = [{ role: 'model', parts: [call('a'), call('a')] }];
  const longer = [...contents, { role: 'user', parts: [response('a', '1'), response('a', '2')] }];
  assert.deepEqual(turnsOf(...contents)[0], turnsOf(...longer)[0]);
});

test('a result without any call keeps an id, and its name', () => {
  const [part] = partsOf(response('a', '1'));
  assert.equal(part?.type, 'tool-result');
  assert.equal(part?.type === 'tool-result' && part.name, 'a');
  assert.match(part?.type === 'tool-result' ? part.callId : '', /^call_\w{14}$/);
});

test('wrappers of results come off, other objects are told as they are', () => {
  const content = (wire: JsonObject | null): unknown => {
    const [part] = partsOf({ functionResponse: { name: 'f', response: wire } });
    return (
      part?.type === 'tool-result' && [
        part.isError,
        ...part.content.map((c) => c.type === 'text' && c.text),
      ]
    );
  };
  assert.deepEqual(content({ output: 'fine' }), [false, 'fine']);
  assert.deepEqual(content({ result: { a: 1 } }), [false, '{"a":1}']);
  assert.deepEqual(content({ error: 'bad' }), [true, 'bad']);
  assert.deepEqual(content({ output: 'x', error: 'y' }), [false, '{"output":"x","error":"y"}']);
  assert.deepEqual(content({ content: [{ type: 'text', text: 'mcp' }] }), [
    false,
    '{"content":[{"type":"text","text":"mcp"}]}',
  ]);
  assert.deepEqual(content({ output: '' }), [false]);
  assert.deepEqual(content({}), [false]);
  assert.deepEqual(content(null), [false]);
});

test('CLIProxyAPI#1682: media beside a result belongs to that result', () => {
  const [part] = partsOf({
    functionResponse: {
      name: 'f',
      response: { output: 'see' },
      parts: [{ inlineData: { mimeType: 'image/png', data: 'AA==' } }],
    },
  });
  assert.deepEqual(part?.type === 'tool-result' && part.content, [
    { type: 'text', text: 'see' },
    {
      type: 'media',
      media: 'image',
      mimeType: 'image/png',
      source: { type: 'base64', data: 'AA==' },
    },
  ]);
});

test('media is told apart by its type, and addresses by their ending', () => {
  const media = (part: JsonObject): unknown => {
    const [found] = partsOf(part);
    return found?.type === 'media' && [found.media, found.mimeType, found.source.type];
  };
  const file = (fileUri: string, mimeType?: string): JsonObject => ({
    fileData: { fileUri, ...(mimeType !== undefined && { mimeType }) },
  });
  assert.deepEqual(media({ inlineData: { mimeType: 'audio/wav', data: 'AA==' } }), [
    'audio',
    'audio/wav',
    'base64',
  ]);
  assert.deepEqual(media({ inlineData: { mimeType: 'application/pdf', data: 'AA==' } }), [
    'document',
    'application/pdf',
    'base64',
  ]);
  assert.deepEqual(media({ inlineData: { mimeType: 'text/csv', data: 'YSxi' } }), [
    'document',
    'text/csv',
    'text',
  ]);
  assert.deepEqual(media(file('https://www.youtube.com/watch?v=x')), ['video', '', 'url']);
  assert.deepEqual(media(file('https://a.b/c.JPG?d=e.pdf')), ['image', 'image/jpeg', 'url']);
  assert.deepEqual(media(file('https://a.b/c', 'video/mp4')), ['video', 'video/mp4', 'url']);
});

test('files that only Google opens are refused', () => {
  const stored = 'https://generativelanguage.googleapis.com/v1beta/files/abc';
  for (const fileUri of ['gs://b/c', stored, 'files/abc']) {
    assert.throws(() => partsOf({ fileData: { fileUri } }), /only Google opens its stored files/);
  }
});

test('base64 of the URL-safe alphabet becomes standard base64', () => {
  const [part] = partsOf({ inlineData: { mimeType: 'image/png', data: '-_-_\nAA' } });
  assert.deepEqual(part?.type === 'media' && part.source, { type: 'base64', data: '+/+/AA==' });
});

test('a resolution is how closely images are looked at, of one part or of all', () => {
  const image = { inlineData: { mimeType: 'image/png', data: 'AA==' } };
  const detail = (part: JsonObject, generationConfig: JsonObject): unknown => {
    const [found] =
      decoded({ contents: [{ parts: [part] }], generationConfig }).turns[0]?.parts ?? [];
    return found?.type === 'media' && found.detail;
  };
  const low = { mediaResolution: 'MEDIA_RESOLUTION_LOW' };
  assert.equal(detail(image, low), 'low');
  assert.equal(
    detail({ ...image, mediaResolution: { level: 'MEDIA_RESOLUTION_HIGH' } }, low),
    'high',
  );
  assert.equal(
    detail({ ...image, mediaResolution: { level: 'MEDIA_RESOLUTION_ULTRA_HIGH' } }, {}),
    'original',
  );
  assert.equal(detail(image, {}), undefined);
});

test('what Gemini ran itself is told as text, with a loss', () => {
  const { losses, report } = createLedger();
  const { turns } = decoded(
    {
      contents: [
        {
          role: 'model',
          parts: [
            {
              executableCode: { language: 'PYTHON', code: 'print("```")' },
              thoughtSignature: 'AA==',
            },
            { codeExecutionResult: { outcome: 'OUTCOME_FAILED', output: 'no' } },
            { toolCall: { toolType: 'GOOGLE_SEARCH_WEB', args: { queries: ['q'] }, id: '1' } },
          ],
        },
      ],
    },
    report,
  );
  assert.deepEqual(
    turns[0]?.parts.map((part) => part.type === 'text' && part.text),
    [
      '\n````python\nprint("```")\n````\n',
      '\n```\nOUTCOME_FAILED\nno\n```\n',
      '\n```\nGOOGLE_SEARCH_WEB {"queries":["q"]}\n```\n',
    ],
  );
  assert.deepEqual(
    losses.map(({ feature, action }) => `${feature} ${action}`),
    ['code-execution weakened', 'code-execution weakened', 'server-tool weakened'],
  );
});

test('an answer that a client kept chunk by chunk is one turn', () => {
  const model = (...parts: JsonObject[]): JsonObject => ({ role: 'model', parts });
  const [turn, ...others] = turnsOf(
    model({ text: 'Hm', thought: true }),
    model({ text: 'm.', thought: true }),
    model({ text: 'Hel' }),
    model({ text: 'lo' }),
    model({ text: '' }),
    model({ text: '', thoughtSignature: 'c2ln' }),
    model(call('f', 'x')),
  );
  assert.deepEqual(others, []);
  assert.deepEqual(turn?.parts, [
    { type: 'reasoning', text: 'Hmm.' },
    { type: 'text', text: 'Hello', seal: { format: 'gemini', kind: 'signature', data: 'c2ln' } },
    { type: 'tool-call', id: 'x', name: 'f', kind: 'function', input: '{}' },
  ]);
});

test('empty texts and contents vanish, but a turn of an empty text stays', () => {
  assert.deepEqual(partsOf({ text: '' }, { text: 'a' }, { text: '' }), [
    { type: 'text', text: 'a' },
  ]);
  assert.deepEqual(partsOf({ text: '' }), [{ type: 'text', text: '' }]);
  const { losses, report } = createLedger();
  const { turns } = decoded({ contents: ['Hi', { role: 'model', parts: [] }] }, report);
  assert.equal(turns.length, 1);
  assert.deepEqual(
    losses.map(({ feature }) => feature),
    ['empty-turn'],
  );
});
