/** What every memory of responses does, wherever it is. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sharedBytesOf, textOf } from '../../lib/bytes.ts';
import type { NewResponse, ResponseStore } from '../../model/responses.ts';
import { defaultSettings, type ResponseBounds } from '../../model/settings.ts';
import { type RedisServer, startRedis, whyNoRedis } from '../limits/testing/redis-server.ts';
import { createResponseMemory } from './memory.ts';
import { createRedisResponses } from './redis.ts';
import { createRemoteResponses, openPort } from './remote.ts';

interface Said {
  readonly owner?: string;
  readonly input?: string;
  readonly previous?: NewResponse['previous'];
}

function response(id: string, said: Said = {}): NewResponse {
  const { owner = 'me', input = `{"asked":"${id}"}`, previous } = said;
  return {
    id,
    owner,
    previous,
    input: [sharedBytesOf(input)],
    output: sharedBytesOf(`{"said":"${id}"}`),
    before: sharedBytesOf(`{"id":"${id}","output":`),
    after: sharedBytesOf('}'),
  };
}

/** What a request that goes on from it knows of it. */
async function previousIn(store: ResponseStore, id: string): Promise<NewResponse['previous']> {
  const found = await store.find('me', id);
  return found && { id, items: [...found.input, found.output] };
}

async function conversationIn(store: ResponseStore, id: string): Promise<string | undefined> {
  const found = await store.find('me', id);
  return found && [...found.input, found.output].map(textOf).join(',');
}

async function knownIn(store: ResponseStore, ids: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(ids.map((id) => store.find('me', id)));
  return ids.filter((_, index) => found[index] !== undefined);
}

let redis: RedisServer | undefined;
let opened = 0;

function inRedis(bounds: ResponseBounds): ResponseStore {
  opened += 1;
  return createRedisResponses({ url: redis?.url ?? '', bounds, namespace: `test${opened}` });
}

function elsewhere(bounds: ResponseBounds): ResponseStore {
  const memory = createResponseMemory(bounds);
  const remote = createRemoteResponses(openPort(memory));
  return {
    ...remote,
    async close() {
      await remote.close();
      await memory.close();
    },
  };
}

const kinds = [
  { kind: 'in the memory of the thread', open: createResponseMemory, skip: false },
  {
    kind: 'in the memory of another thread',
    open: elsewhere,
    skip: false,
  },
  { kind: 'in Redis', open: inRedis, skip: whyNoRedis() ?? false },
] as const;

for (const { kind, open, skip } of kinds) {
  describe(`responses ${kind}`, { skip }, () => {
    before(async () => {
      if (kind === 'in Redis') redis = await startRedis();
    });
    after(async () => redis?.close());
    let store: ResponseStore;
    afterEach(() => store.close());

    function start(bounds: Partial<ResponseBounds> = {}): void {
      store = open({ ...defaultSettings.responses, ...bounds });
    }

    test('are found by their owner alone, as they were kept', async () => {
      start();
      await store.keep(response('a', { input: '{"text":"grüß 𝄞"}' }));
      const found = await store.find('me', 'a');
      assert.deepEqual(
        [found?.input.map(textOf), ...[found?.output, found?.before, found?.after].map(told)],
        [['{"text":"grüß 𝄞"}'], '{"said":"a"}', '{"id":"a","output":', '}'],
      );
      assert.equal(await store.find('you', 'a'), undefined);
      assert.equal(await store.find('me', 'b'), undefined);
    });

    test('have all that was said before, in order', async () => {
      start();
      await store.keep(response('a'));
      await store.keep(response('b', { previous: await previousIn(store, 'a') }));
      await store.keep(response('c', { input: '', previous: await previousIn(store, 'b') }));
      const pieces = (await conversationIn(store, 'c'))?.split(',').filter((text) => text !== '');
      assert.deepEqual(pieces, [
        '{"asked":"a"}',
        '{"said":"a"}',
        '{"asked":"b"}',
        '{"said":"b"}',
        '{"said":"c"}',
      ]);
    });

    test('are whole without the one that they go on from', async () => {
      start();
      await store.keep(response('a'));
      const previous = await previousIn(store, 'a');
      await store.keep(response('b', { previous }));
      assert.equal(await store.remove('me', 'a'), true);
      await store.keep(response('c', { previous }));
      for (const id of ['b', 'c'])
        assert.match((await conversationIn(store, id)) ?? '', /^\{"asked":"a"\},\{"said":"a"\},/);
    });

    test('are removed by their owner alone, and once', async () => {
      start();
      await store.keep(response('a'));
      assert.equal(await store.remove('you', 'a'), false);
      assert.equal(await store.remove('me', 'a'), true);
      assert.equal(await store.remove('me', 'a'), false);
      assert.deepEqual(await knownIn(store, ['a']), []);
    });

    test('make room for the newest when all are too large together', async () => {
      start({ bytesMax: 4_000 });
      const ids = ['a', 'b', 'c', 'd'];
      for (const id of ids)
        await store.keep(response(id, { owner: 'me', input: `"${'x'.repeat(800)}"` }));
      assert.deepEqual(await knownIn(store, ids), ['c', 'd']);
      await store.remove('me', 'c');
      await store.keep(response('e'));
      assert.deepEqual(await knownIn(store, [...ids, 'e']), ['d', 'e']);
    });

    test('make room for the newest of their owner when they are too many, and for nobody else', async () => {
      start({ perOwnerMax: 2 });
      await store.keep(response('other', { owner: 'you' }));
      for (const id of ['a', 'b', 'c']) await store.keep(response(id));
      assert.deepEqual(await knownIn(store, ['a', 'b', 'c']), ['b', 'c']);
      assert.ok(await store.find('you', 'other'));
    });

    test('are not kept when one with its conversation is too large', async () => {
      start({ bytesEachMax: 2_500 });
      const input = `"${'x'.repeat(1_000)}"`;
      await store.keep(response('a', { input }));
      const previous = await previousIn(store, 'a');
      await store.keep(response('b', { input, previous }));
      assert.deepEqual(await knownIn(store, ['a', 'b']), ['a']);
    });

    test('are forgotten after their time', async () => {
      start({ ttlMs: 150 });
      await store.keep(response('a'));
      await sleep(200);
      await store.keep(response('b'));
      assert.deepEqual(await knownIn(store, ['a', 'b']), ['b']);
      assert.equal(await store.remove('me', 'a'), false);
    });
  });
}

function told(bytes: Uint8Array | undefined): string | undefined {
  return bytes && textOf(bytes);
}

test('what conversations have in common takes its room in memory once', async () => {
  const store = createResponseMemory({ ...defaultSettings.responses, bytesMax: 1_000_000 });
  const ids = Array.from({ length: 40 }, (_, turn) => `turn ${turn}`);
  let previous: NewResponse['previous'];
  for (const id of ids) {
    await store.keep(response(id, { input: `"${'x'.repeat(20_000)}"`, previous }));
    previous = await previousIn(store, id);
  }
  assert.deepEqual(await knownIn(store, ids), ids);
  await store.close();
});

test('a thread that is silent is not waited for', async () => {
  const silent: ResponseStore = {
    ...createResponseMemory(defaultSettings.responses),
    find: () => new Promise(() => {}),
  };
  const store = createRemoteResponses(openPort(silent), 20);
  await assert.rejects(() => store.find('me', 'a'), /silent/);
  await store.close();
});

test('a Redis that is not there is said to be so', { skip: whyNoRedis() ?? false }, async () => {
  const server = await startRedis();
  const store = createRedisResponses({
    url: server.url,
    bounds: defaultSettings.responses,
    deadlineMs: 100,
  });
  await store.keep(response('a'));
  server.pause();
  await assert.rejects(() => store.find('me', 'a'));
  await assert.rejects(() => store.keep(response('b')));
  server.resume();
  await store.close();
  await server.close();
});
