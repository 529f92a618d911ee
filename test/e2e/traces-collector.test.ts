/** A collector that is away, slow or hostile harms neither requests nor memory nor the end of the gateway. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../../packages/gateway/src/lib/log.ts';
import type { TraceSettings } from '../../packages/gateway/src/model/trace-settings.ts';
import { createSender, type Sender } from '../../packages/gateway/src/traces/sender.ts';
import { type Collector, startCollector, tracesTo } from './collector.ts';

const span = (name: string): string => JSON.stringify({ name, attributes: [] });

let collector: Collector;
let sender: Sender | undefined;
let lines: string[];

beforeEach(async () => {
  collector = await startCollector();
  sender = undefined;
  lines = [];
});

afterEach(async () => {
  await sender?.close();
  await collector.close();
});

function start(overrides: Partial<TraceSettings> = {}): Sender {
  const log = createLogger('warn', (text) => lines.push(text));
  sender = createSender(tracesTo(collector.url, overrides), log);
  return sender;
}

interface Line {
  readonly reason: string;
  readonly dropped: number;
}

function said(): readonly Line[] {
  return lines.map((line) => JSON.parse(line) as Line);
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000 && !isSo(); tries++) await sleep(10);
  assert.ok(isSo());
}

const names = (): readonly string[] => collector.spans().map(({ name }) => name);

describe('a collector that takes spans', () => {
  it('gets them in batches, all of them and in order', async () => {
    const { add } = start({ batchMax: 3 });
    const sent = Array.from({ length: 10 }, (_, index) => `s${index}`);
    for (const name of sent) add(span(name));
    await until(() => names().length === sent.length);
    assert.deepEqual(names(), sent);
    assert.equal(collector.batches.length, 4);
    assert.equal(collector.batches[0]?.headers['content-type'], 'application/json');
    assert.deepEqual(lines, []);
  });

  it('gets again what it could not take yet', async () => {
    let asked = 0;
    collector.answer((response) => {
      asked += 1;
      response.writeHead(asked === 1 ? 503 : 200).end();
    });
    start().add(span('a'));
    await until(() => asked === 2);
    assert.deepEqual(names(), ['a', 'a']);
    assert.deepEqual(
      said().map(({ reason, dropped }) => [reason, dropped]),
      [['status 503', 0]],
    );
  });

  it('gets what waits when the gateway ends', async () => {
    const { add, close } = start({ delayMs: 60_000, batchMax: 2 });
    add(span('a'));
    await close();
    add(span('too late'));
    assert.deepEqual(names(), ['a']);
  });
});

describe('a collector that does not', () => {
  it('costs no more memory than the queue, and what is lost is counted', async () => {
    collector.answer(() => {});
    const { add, close } = start({ queueMax: 10, batchMax: 5, timeoutMs: 300 });
    for (let index = 0; index < 1_000; index++) add(span(`s${index}`));
    await close();
    assert.ok(collector.batches.length <= 2);
    const dropped = said().reduce((sum, line) => sum + line.dropped, 0);
    assert.equal(dropped, 1_000);
  });

  it('is told of in the log once a minute, not for each span', async () => {
    const { add } = start({ queueMax: 1, batchMax: 1, delayMs: 60_000 });
    collector.answer(() => {});
    for (let index = 0; index < 100; index++) add(span('a'));
    assert.equal(lines.length, 1);
  });

  it('is not followed to where it points', async () => {
    const other = await startCollector();
    collector.answer((response) => response.writeHead(307, { location: other.url }).end());
    start({ headers: { authorization: 'Bearer canary' } }).add(span('a'));
    await until(() => lines.length === 1);
    await sleep(50);
    assert.equal(other.batches.length, 0);
    assert.equal(said()[0]?.reason, 'status 307');
    await other.close();
  });

  it('is let go when its answer does not end, and its text is in no log', async () => {
    let isCut = false;
    collector.answer((response) => {
      response.on('close', () => {
        isCut = true;
      });
      response.writeHead(400);
      const more = (): void => {
        while (response.write('canary'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    });
    start({ timeoutMs: 60_000 }).add(span('a'));
    await until(() => isCut && lines.length === 1);
    assert.equal(said()[0]?.reason, 'status 400');
    assert.ok(!lines.join().includes('canary'));
  });

  it('has a name in the log for what is wrong, without headers and address', async () => {
    await collector.close();
    const { add, close } = start({ headers: { authorization: 'Bearer canary' } });
    add(span('a'));
    await close();
    collector = await startCollector();
    assert.deepEqual(
      said().map(({ reason }) => reason),
      ['ECONNREFUSED'],
    );
    assert.ok(!lines.join().includes('canary'));
  });

  it('keeps the gateway for a few seconds at most when it ends', { timeout: 30_000 }, async () => {
    collector.answer(() => {});
    const { add, close } = start({ batchMax: 1, timeoutMs: 600_000 });
    for (let index = 0; index < 5; index++) add(span('a'));
    await close();
    assert.equal(
      said().reduce((sum, line) => sum + line.dropped, 0),
      5,
    );
  });
});
