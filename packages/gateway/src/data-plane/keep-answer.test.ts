/** The client does not see an answer's end before it is kept, and sees it whatever becomes of that. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openaiResponses, type StreamState } from 'ai-api-converter';
import { textOf } from '../lib/bytes.ts';
import type { Ingress } from '../model/exchange.ts';
import type { NewResponse, ResponseStore } from '../model/responses.ts';
import type { HeldStream, Piece } from './hold-stream.ts';
import { createKeeping, keepAnswer } from './keep-answer.ts';
import { bodyOf } from './parsed-body.ts';
import { responseOfItem } from './response-ids.ts';

interface Bench {
  readonly store: ResponseStore;
  readonly kept: NewResponse[];
  /** The store is done. */
  finish(cause?: Error): void;
}

function bench(): Bench {
  const kept: NewResponse[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return {
    kept,
    finish: (cause) => (cause === undefined ? resolve() : reject(cause)),
    store: {
      find: async () => undefined,
      remove: async () => false,
      close: async () => undefined,
      keep(response) {
        kept.push(response);
        return promise;
      },
    },
  };
}

function ingressOf(body: string): Ingress {
  return {
    format: openaiResponses,
    call: {},
    detection: { format: openaiResponses, call: {}, reason: '' },
    body: bodyOf({}),
    bytes: Buffer.from(body),
    model: 'm',
    stream: true,
    valuesMax: 1_000,
    strict: false,
    credential: undefined,
    caller: undefined,
    deadlineMs: Number.POSITIVE_INFINITY,
    header: () => undefined,
    headerNames: () => [],
  };
}

function keepingIn(store: ResponseStore, body = '{"input":"hi"}') {
  const newId = (prefix: string): string => `${prefix}1`;
  return createKeeping({
    store,
    ingress: ingressOf(body),
    owner: 'me',
    previous: undefined,
    newId,
  });
}

/** A stream that writes these pieces and is then in that state. */
function streamOf(pieces: readonly Piece[], last: StreamState): HeldStream {
  let state: StreamState = 'begun';
  return {
    source: {
      contentType: 'text/event-stream',
      state: () => state,
      error: () => undefined,
      usage: () => undefined,
      sample: () => undefined,
      isOver: () => false,
      push: () => '',
      end: () => '',
      fail: () => '',
      keepAlive: () => '',
    },
    sink: { data() {}, end() {}, fail() {} },
    commit() {},
    start(flow) {
      pieces.forEach((piece, index) => {
        if (index === pieces.length - 1) state = last;
        flow.write(piece);
      });
      flow.done();
    },
    call: () => undefined,
    firstOutputAtMs: () => undefined,
    betweenOutputsMs: () => undefined,
  };
}

async function runStream(stream: HeldStream, store: ResponseStore): Promise<readonly string[]> {
  const answer = { type: 'stream', status: 200, headers: {}, stream } as const;
  const kept = await keepAnswer(answer, keepingIn(store));
  const seen: string[] = [];
  assert.equal(kept.type, 'stream');
  if (kept.type !== 'stream') return seen;
  kept.stream.start({
    write: (piece) => seen.push(String(piece)),
    done: () => seen.push('done'),
  });
  return seen;
}

const event = (type: string): string =>
  `event: response.${type}\ndata: {"type":"response.${type}","response":{"id":"a","output":[{"b":1}],"x":2},"sequence_number":3}\n\n`;

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

for (const type of ['completed', 'incomplete']) {
  test(`the end of a stream that is ${type} waits until the answer is kept`, async () => {
    const { store, kept, finish } = bench();
    const end = `event: x\ndata: {}\n\n${event(type)}`;
    const seen = await runStream(streamOf(['one', end], 'ended'), store);
    await settled();
    assert.deepEqual(seen, ['one']);
    const [response] = kept;
    assert.equal(response?.id, 'resp_dragoman_1');
    assert.deepEqual(
      [response.before, response.output, response.after, ...response.input].map(textOf),
      ['{"id":"a","output":', '{"b":1}', ',"x":2}', '{"role":"user","content":"hi"}'],
    );
    finish();
    await settled();
    assert.deepEqual(seen, ['one', end, 'done']);
  });
}

test('a stream that failed, or was cut, is not kept', async () => {
  const { store, kept } = bench();
  const seen = await runStream(streamOf(['one', event('failed')], 'failed'), store);
  assert.deepEqual(seen, ['one', event('failed'), 'done']);
  await runStream(streamOf(['one', event('failed')], 'ended'), store);
  assert.deepEqual(kept, []);
});

test('an answer that cannot be kept goes out all the same', async () => {
  const { store, finish } = bench();
  const seen = await runStream(streamOf([event('completed')], 'ended'), store);
  finish(new Error('the store is away'));
  await settled();
  assert.deepEqual(seen, [event('completed'), 'done']);
});

test('what is kept of a request is its input, as it was written', async () => {
  const bodies = [
    [
      '{"input" : [ {"n":1.0}, {"n":12345678901234567890} ]}',
      '{"n":1.0}, {"n":12345678901234567890}',
    ],
    ['{"previous_response_id":"a"}', ''],
    ['{"input":[]}', ''],
    ['{"input":null}', ''],
  ] as const;
  for (const [body, items] of bodies) {
    const { store, kept, finish } = bench();
    finish();
    await keepingIn(store, body).keep('{"output":[]}');
    assert.deepEqual(kept[0]?.input.map(textOf), [items]);
  }
});

test('the ids of its items tell the answer that they came in, and nobody else’s do', () => {
  const random = '0123456789abcdef0123456789abcdef';
  const { kept } = createKeeping({
    store: bench().store,
    ingress: ingressOf('{}'),
    owner: 'me',
    previous: undefined,
    newId: (prefix) => prefix + random,
  });
  const ids = ['msg_', 'rs_', 'fc_'].map((prefix) => kept.newItemId?.(prefix) ?? '');
  assert.equal(new Set(ids).size, 3);
  assert.deepEqual(ids.map(responseOfItem), [kept.id, kept.id, kept.id]);
  for (const id of [
    kept.id,
    `msg_${random}`,
    `msg_dragoman_${random}`,
    `msg_dragoman_${random}_1x`,
  ])
    assert.equal(responseOfItem(id), undefined);
});
