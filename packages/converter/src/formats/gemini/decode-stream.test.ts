import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamPart } from '../../ir/stream.ts';
import type { JsonObject, JsonValue } from '../../json.ts';
import { gemini } from './index.ts';
import { chunk, createLedger, decodedStream, disorderIn, plain, stop } from './testing/exchange.ts';

const seal = (data: string): unknown => ({ format: 'gemini', kind: 'signature', data });

/** The stream in short: what was said, in which order. */
function told(chunks: readonly JsonValue[]): readonly string[] {
  const parts = decodedStream(chunks);
  assert.equal(disorderIn(parts), undefined);
  return parts.map(shortly);
}

function shortly(part: StreamPart): string {
  switch (part.type) {
    case 'message-start':
      return `start ${part.id}`;
    case 'text-delta':
    case 'reasoning-delta':
      return `${part.type.split('-')[0]} ${part.text}`;
    case 'text-end':
    case 'reasoning-end':
      return `${part.type}${part.seal === undefined ? '' : ` ${part.seal.data}`}`;
    case 'tool-call-start':
      return `call ${part.id} ${part.name}${part.seal === undefined ? '' : ` ${part.seal.data}`}`;
    case 'tool-call-delta':
      return `input ${part.input}`;
    case 'finish':
      return `finish ${part.candidate} ${part.finish.reason} ${part.finish.raw}`;
    case 'stream-error':
      return `error ${part.error.kind} ${part.error.code}`;
    default:
      return part.type;
  }
}

test('text in pieces is one part', () => {
  assert.deepEqual(told([chunk([{ text: 'Hel' }]), chunk([{ text: 'lo' }]), stop()]), [
    'start resp-1',
    'text-start',
    'text Hel',
    'text lo',
    'text-end',
    'finish 0 stop STOP',
    'message-end',
  ]);
});

test('litellm#13834: thoughts and text stay parts of their own, in order', () => {
  assert.deepEqual(
    told([
      chunk([{ text: 'hm', thought: true }]),
      chunk([{ text: 'm', thought: true }, { text: 'A' }]),
      chunk([{ text: 'so', thought: true }]),
      stop([{ text: 'B' }]),
    ]).filter((line) => !line.startsWith('start')),
    [
      'reasoning-start',
      'reasoning hm',
      'reasoning m',
      'reasoning-end',
      'text-start',
      'text A',
      'text-end',
      'reasoning-start',
      'reasoning so',
      'reasoning-end',
      'text-start',
      'text B',
      'text-end',
      'finish 0 stop STOP',
      'message-end',
    ],
  );
});

test('CLIProxyAPI#874/#876, envoy#2399: a call and STOP in different chunks end with tool calls', () => {
  assert.deepEqual(
    told([
      chunk([{ functionCall: { name: 'f', args: { a: 1 }, id: 'x' }, thoughtSignature: 'c2ln' }]),
      stop(),
    ]),
    [
      'start resp-1',
      'call x f c2ln',
      'input {"a":1}',
      'tool-call-end',
      'finish 0 tool-calls STOP',
      'message-end',
    ],
  );
});

test('calls without ids get different ones, the same on every run and others in other answers', () => {
  const ids = (responseId: string): readonly string[] =>
    decodedStream([
      { ...chunk([{ functionCall: { name: 'f' } }, { functionCall: { name: 'f' } }]), responseId },
      stop(),
    ]).flatMap((part) => (part.type === 'tool-call-start' ? [part.id] : []));
  const [first, second] = ids('r1');
  assert.match(first ?? '', /^call_[a-z0-9]{14}$/);
  assert.notEqual(first, second);
  assert.deepEqual(ids('r1'), [first, second]);
  assert.notEqual(ids('r2')[0], first);
});

test('bifrost#3767: a call without arguments has an empty object', () => {
  assert.ok(told([chunk([{ functionCall: { name: 'f' } }]), stop()]).includes('input {}'));
});

test('a signature in an empty text signs the text before it', () => {
  const lines = told([chunk([{ text: 'Hi' }]), stop([{ text: '', thoughtSignature: 'c2ln' }])]);
  assert.deepEqual(lines.slice(1, 4), ['text-start', 'text Hi', 'text-end c2ln']);
});

test('envoy#1829: a signature without a text before it is a part of its own', () => {
  assert.deepEqual(
    told([
      chunk([{ text: 'hm', thought: true }]),
      stop([{ text: '', thoughtSignature: 'c2ln' }]),
    ]).slice(3, 7),
    ['reasoning-end', 'text-start', 'text-end c2ln', 'finish 0 stop STOP'],
  );
  assert.deepEqual(told([chunk([{ thoughtSignature: 'c2ln' }]), stop()]).slice(1, 3), [
    'text-start',
    'text-end c2ln',
  ]);
});

test('a signed part is not joined with what follows', () => {
  assert.deepEqual(
    told([chunk([{ text: 'A', thoughtSignature: 'MQ==' }, { text: 'B' }]), stop()]).slice(1, 7),
    ['text-start', 'text A', 'text-end MQ==', 'text-start', 'text B', 'text-end'],
  );
});

test('old models finish in every chunk, and still go on', () => {
  assert.deepEqual(told([stop([{ text: 'A' }]), stop([{ text: 'B' }])]).slice(1), [
    'text-start',
    'text A',
    'text B',
    'text-end',
    'finish 0 stop STOP',
    'message-end',
  ]);
});

test('envoy#1487: candidates keep their index', () => {
  const candidates = [
    { index: 1, content: { parts: [{ text: 'B' }] }, finishReason: 'STOP' },
    { index: 0, content: { parts: [{ text: 'A' }] }, finishReason: 'MAX_TOKENS' },
  ];
  const lines = told([{ candidates, responseId: 'r' }]);
  assert.deepEqual(
    lines.filter((line) => line.startsWith('finish')),
    ['finish 0 length MAX_TOKENS', 'finish 1 stop STOP'],
  );
});

test('the last usage wins', () => {
  const usage = (candidatesTokenCount: number): JsonObject => ({
    usageMetadata: { promptTokenCount: 5, candidatesTokenCount, totalTokenCount: 99 },
  });
  const parts = decodedStream([
    { ...chunk([{ text: 'A' }]), ...usage(1) },
    { ...stop(), ...usage(7) },
  ]);
  assert.deepEqual(parts[0], {
    type: 'message-start',
    id: 'resp-1',
    model: 'gemini-3-flash',
    usage: { fresh: 5, text: 1 },
  });
  assert.deepEqual(parts.at(-1), { type: 'message-end', usage: { fresh: 5, text: 7 } });
});

test('a blocked prompt ends as a filtered answer', () => {
  const promptFeedback = { blockReason: 'SAFETY', blockReasonMessage: 'no' };
  const parts = decodedStream([{ promptFeedback, responseId: 'r' }]);
  assert.deepEqual(parts.slice(1), [
    {
      type: 'finish',
      candidate: 0,
      finish: { reason: 'content-filter', raw: 'SAFETY', message: 'no' },
    },
    { type: 'message-end' },
  ]);
});

test('a stream without a finish reason was cut', () => {
  assert.deepEqual(told([chunk([{ text: 'A' }])]).slice(-2), [
    'text-end',
    'error server upstream_stream_cut',
  ]);
  assert.deepEqual(told([]), ['error server upstream_stream_cut']);
});

test('CLIProxyAPI#1680: broken JSON ends the stream, and nothing follows', () => {
  assert.deepEqual(told([chunk([{ text: 'A' }]), '{"candidates": [', stop()]).slice(-2), [
    'text-end',
    'error server upstream_invalid_response',
  ]);
});

test('OmniRoute#8210: an error inside the stream is an error, alone or in a list', () => {
  const error = { error: { code: 503, status: 'UNAVAILABLE', message: 'overloaded' } };
  for (const wire of [error, [error]]) {
    assert.deepEqual(told([chunk([{ text: 'A' }]), wire, stop()]).slice(-2), [
      'text-end',
      'error overloaded UNAVAILABLE',
    ]);
    assert.deepEqual(told([wire]), ['error overloaded UNAVAILABLE']);
  }
});

test('marks of proxies and empty events are nothing', () => {
  assert.deepEqual(told(['', '{}', stop([{ text: 'A' }]), '[DONE]']).slice(-2), [
    'finish 0 stop STOP',
    'message-end',
  ]);
});

test('code that ran is told in text of its own, searches are not told', () => {
  const { losses, report } = createLedger();
  const parts = decodedStream(
    [
      chunk([{ text: 'A' }, { executableCode: { language: 'PYTHON', code: 'x' } }]),
      chunk([{ toolCall: { toolType: 'GOOGLE_SEARCH_WEB' } }, { toolResponse: {} }]),
      chunk([{ executableCode: { code: 'y' } }]),
      stop([{ text: 'B' }]),
    ],
    report,
  );
  assert.equal(disorderIn(parts), undefined);
  assert.deepEqual(
    parts.flatMap((part) => (part.type === 'text-delta' ? [part.text] : [])),
    ['A', '\n```python\nx\n```\n', '\n```\ny\n```\n', 'B'],
  );
  assert.deepEqual(
    losses.map(({ feature, action }) => `${feature} ${action}`),
    ['code-execution weakened', 'server-tool dropped'],
  );
});

test('pictures are parts, thought ones are not', () => {
  const inlineData = { mimeType: 'image/png', data: 'AA==' };
  const parts = decodedStream([
    chunk([{ inlineData, thought: true }, { text: 'A' }, { inlineData }]),
    stop(),
  ]);
  assert.equal(disorderIn(parts), undefined);
  assert.deepEqual(
    parts.filter(({ type }) => type === 'media'),
    [
      {
        type: 'media',
        candidate: 0,
        index: 1,
        part: {
          type: 'media',
          media: 'image',
          mimeType: 'image/png',
          source: { type: 'base64', data: 'AA==' },
        },
      },
    ],
  );
});

test('arguments that Vertex AI streams in pieces are put together', () => {
  const piece = (jsonPath: string, value: JsonObject): JsonObject => ({ jsonPath, ...value });
  assert.deepEqual(
    told([
      chunk([{ functionCall: { name: 'f', willContinue: true }, thoughtSignature: 'c2ln' }]),
      chunk([
        {
          functionCall: {
            partialArgs: [piece('$.place.city', { stringValue: 'Pa', willContinue: true })],
            willContinue: true,
          },
        },
      ]),
      chunk([
        {
          functionCall: {
            partialArgs: [
              piece('$.place.city', { stringValue: 'ris' }),
              piece('$.days[0]', { numberValue: 1 }),
              piece('$.days[1]', { numberValue: 2 }),
              piece("$['odd key']", { boolValue: false }),
              piece('$.none', { nullValue: 'NULL_VALUE' }),
            ],
            willContinue: true,
          },
        },
      ]),
      chunk([{ functionCall: {} }]),
      stop(),
    ]).slice(2, 4),
    ['input {"place":{"city":"Paris"},"days":[1,2],"odd key":false,"none":null}', 'tool-call-end'],
  );
});

test('log probabilities come with the text of their chunk', () => {
  const logprobsResult = {
    chosenCandidates: [{ token: 'A', logProbability: -0.5, tokenId: 1 }],
    topCandidates: [{ candidates: [{ token: 'B', logProbability: -1 }] }],
  };
  const parts = decodedStream([chunk([{ text: 'A' }], { logprobsResult }), stop()]);
  assert.deepEqual(parts[2], {
    type: 'text-delta',
    candidate: 0,
    index: 0,
    text: 'A',
    logprobs: [{ token: 'A', logprob: -0.5, top: [{ token: 'B', logprob: -1 }] }],
  });
});

test('citations of the open text are placed, those of earlier texts are not', () => {
  const web = { uri: 'https://a.b', title: 'A' };
  const support = (startIndex: number, endIndex: number, text: string): JsonObject => ({
    segment: { startIndex, endIndex, text },
    groundingChunkIndices: [0],
  });
  const groundingMetadata = {
    groundingChunks: [{ web }],
    groundingSupports: [support(0, 3, 'né'), support(3, 6, 'uné')],
  };
  const parts = decodedStream([
    chunk([{ text: 'né' }, { text: 'so', thought: true }, { text: 'un' }]),
    chunk([{ text: 'é' }], { finishReason: 'STOP', groundingMetadata }),
  ]);
  const ends = parts.filter((part) => part.type === 'text-end');
  assert.deepEqual(
    ends.map(({ citations }) => citations),
    [
      undefined,
      [
        { url: 'https://a.b', title: 'A', citedText: 'né' },
        { url: 'https://a.b', title: 'A', citedText: 'uné', start: 0, end: 3 },
      ],
    ],
  );
});

test('a plain answer is what the stream of the same parts says', () => {
  const response = gemini.upstream.decodeResponse(
    {
      ...chunk(
        [
          { text: 'hm', thought: true },
          { text: 'A' },
          { text: 'B', thoughtSignature: 'c2ln' },
          { functionCall: { name: 'f', args: { a: 1 }, id: 'x' }, thoughtSignature: 'MQ==' },
        ],
        { finishReason: 'STOP', finishMessage: 'done' },
      ),
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2 },
    },
    () => {},
  );
  assert.deepEqual(plain(response), {
    id: 'resp-1',
    model: 'gemini-3-flash',
    candidates: [
      {
        parts: [
          { type: 'reasoning', text: 'hm' },
          { type: 'text', text: 'AB', seal: seal('c2ln') },
          {
            type: 'tool-call',
            id: 'x',
            name: 'f',
            kind: 'function',
            input: '{"a":1}',
            seal: seal('MQ=='),
          },
        ],
        finish: { reason: 'tool-calls', raw: 'STOP', message: 'done' },
      },
    ],
    usage: { fresh: 3, text: 2 },
  });
});

test('a body that is an error, or no answer, is thrown', () => {
  const decode = (body: JsonObject): unknown => gemini.upstream.decodeResponse(body, () => {});
  assert.throws(
    () => decode({ error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'm' } }),
    {
      error: {
        kind: 'rate-limited',
        status: 429,
        message: 'm',
        code: 'RESOURCE_EXHAUSTED',
        param: undefined,
        retryAfterMs: undefined,
      },
    },
  );
  assert.throws(() => decode({ usageMetadata: {} }), /without candidates/);
  assert.throws(() => decode({ candidates: [] }), /without candidates/);
});

test('an observer sees the beginning, the end, the usage and errors', () => {
  const observer = gemini.upstream.observeStream();
  const push = (value: JsonValue): void =>
    observer.push({ event: undefined, data: JSON.stringify(value) });
  assert.equal(observer.begun(), false);
  push({ ...chunk([{ text: 'A' }]), usageMetadata: { promptTokenCount: 1 } });
  assert.deepEqual([observer.begun(), observer.finished()], [true, false]);
  push({ ...stop(), usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 4 } });
  assert.deepEqual([observer.finished(), observer.usage()?.text], [true, 4]);
  push({ error: { code: 500, message: 'm' } });
  assert.deepEqual([observer.finished(), observer.error()?.kind], [false, 'server']);

  const blocked = gemini.upstream.observeStream();
  blocked.push({ event: undefined, data: '{"promptFeedback":{"blockReason":"OTHER"}}' });
  blocked.push({ event: undefined, data: 'not json' });
  assert.deepEqual([blocked.begun(), blocked.finished(), blocked.error()], [true, true, undefined]);
});
