/** What upstreams list: asked for once at a time, remembered for a while and within bounds. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRegistry } from '../../channels/registry.ts';
import { compileChannel } from '../../control-plane/channels.ts';
import { createLogger } from '../../lib/log.ts';
import type { Channel } from '../../model/channel.ts';
import type { UpstreamClient, UpstreamHandler } from '../../model/http.ts';
import { defaultSettings } from '../../model/settings.ts';
import { channelSettings } from '../../model/testing/settings.ts';
import { createCatalogue, type ListQuestion } from './catalogue.ts';

interface Upstream {
  readonly client: UpstreamClient;
  /** Those that wait for an answer. */
  readonly waiting: UpstreamHandler[];
  count(): number;
}

function upstream(): Upstream {
  const waiting: UpstreamHandler[] = [];
  let count = 0;
  return {
    waiting,
    count: () => count,
    client: {
      send(_request, handler) {
        count += 1;
        waiting.push(handler);
        return { pause() {}, resume() {}, abort() {} };
      },
      close: async () => undefined,
    },
  };
}

function answer({ waiting }: Upstream, ids: readonly string[], status = 200): void {
  const handler = waiting.shift();
  assert.ok(handler);
  handler.head(status, {});
  handler.data(Buffer.from(JSON.stringify({ data: ids.map((id) => ({ id })) })));
  handler.end();
}

function channel(id: string, apiKeys: readonly string[] = ['own']): Channel {
  return compileChannel(
    channelSettings(id, { apiKeys }),
    defaultSettings,
    createRegistry(() => undefined),
  );
}

function asking({ client }: Upstream, asked: Channel, secret?: string): ListQuestion {
  const credential = secret === undefined ? undefined : { scheme: 'bearer' as const, secret };
  return { channel: asked, credential, services: { client, log: createLogger('silent') } };
}

const idsOf = (models: readonly { readonly id: string }[] | undefined): string | undefined =>
  models?.map(({ id }) => id).join();

describe('the list of an upstream', () => {
  test('is asked for once by all who want it, and then remembered', async () => {
    const source = upstream();
    const question = asking(source, channel('a'));
    const { listOf } = createCatalogue();
    const all = [listOf(question), listOf(question), listOf(question)];
    answer(source, ['x']);
    assert.deepEqual((await Promise.all(all)).map(idsOf), ['x', 'x', 'x']);
    assert.equal(idsOf(await listOf(question)), 'x');
    assert.equal(source.count(), 1);
  });

  test('is told as it was while it is asked for anew', async () => {
    const source = upstream();
    const question = asking(source, channel('a'));
    const { listOf } = createCatalogue({ freshMs: 0 });
    const first = listOf(question);
    answer(source, ['old']);
    assert.equal(idsOf(await first), 'old');
    assert.equal(idsOf(await listOf(question)), 'old');
    assert.equal(idsOf(await listOf(question)), 'old');
    assert.equal(source.count(), 2);
    answer(source, ['new']);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(idsOf(await listOf(question)), 'new');
  });

  test('outlives an upstream that is away, but not a key that is refused', async () => {
    const source = upstream();
    const question = asking(source, channel('a'));
    const { listOf } = createCatalogue({ freshMs: 0, retryMs: 0 });
    const first = listOf(question);
    answer(source, ['x']);
    await first;
    for (const [status, known] of [
      [503, 'x'],
      [401, undefined],
    ] as const) {
      assert.equal(idsOf(await listOf(question)), 'x');
      answer(source, [], status);
      await new Promise((resolve) => setImmediate(resolve));
      const later = listOf(question);
      source.waiting.shift()?.fail('connect', 'away');
      assert.equal(idsOf(await later), known);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  test('is not asked for again soon after a failure', async () => {
    const source = upstream();
    const question = asking(source, channel('a'));
    const { listOf } = createCatalogue();
    const first = listOf(question);
    source.waiting.shift()?.fail('connect', 'away');
    assert.equal(await first, undefined);
    assert.equal(await listOf(question), undefined);
    assert.equal(source.count(), 1);
  });

  test('is not waited for longer than it is worth, and found by who comes later', async () => {
    const source = upstream();
    const question = asking(source, channel('a'));
    const { listOf } = createCatalogue({ clientWaitMs: 5 });
    assert.equal(await listOf(question), undefined);
    answer(source, ['late']);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(idsOf(await listOf(question)), 'late');
    assert.equal(source.count(), 1);
  });

  test('is each client’s own where its key is passed on, and the oldest are forgotten', async () => {
    const source = upstream();
    const asked = channel('a', []);
    const { listOf } = createCatalogue({ listsMax: 2 });
    for (const secret of ['alice', 'bob', 'carol']) {
      const list = listOf(asking(source, asked, secret));
      answer(source, [`of-${secret}`]);
      assert.equal(idsOf(await list), `of-${secret}`);
    }
    assert.equal(idsOf(await listOf(asking(source, asked, 'bob'))), 'of-bob');
    assert.equal(source.count(), 3);
    const again = listOf(asking(source, asked, 'alice'));
    answer(source, ['new']);
    assert.equal(idsOf(await again), 'new');
  });
});
