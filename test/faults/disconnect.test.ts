/** A thousand clients that leave, in four phases: the upstream's work ends at once, and nothing is tried for nobody. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FormatId, formatIds } from './dialects.ts';
import { type Attempt, type FaultProvider, startFaultProvider } from './fault-provider.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import {
  channel,
  type GatewayUnderTest,
  inParallel,
  patience,
  percentile,
  route,
  startUnderTest,
  until,
  vendors,
} from './gateway.ts';
import type { Plan } from './plan.ts';
import { seeded, seedOfRun } from './random.ts';

const seed = seedOfRun();
const PER_PHASE = 250;
const CONCURRENCY = 50;
/** Far above what is aimed at, since the machine may be busy; what was measured is printed. */
const CLOSE_MS_MAX = 1_000;
const LIMITED_MODEL = 'limited-model';
const DELAY_MS = 60;
const LIMIT_MS = 250;

const frozen: Plan = { type: 'freeze' };
const stalled: Plan = { type: 'stall', at: 'content', share: 0.6 };

describe(`clients that leave (FAULT_SEED=${seed})`, () => {
  const primaries = new Map<FormatId, FaultProvider>();
  const proxies: FaultProxy[] = [];
  let limited: FaultProvider;
  let spare: FaultProvider;
  let gateway: GatewayUnderTest;
  let sequence = 0;

  before(async () => {
    spare = await startFaultProvider({ channel: 'spare' });
    limited = await startFaultProvider({ channel: 'limited' });
    const channels = [
      channel('openai-chat', limited.port(), { id: 'limited', apiKeys: ['k'] }),
      ...formatIds.map((format) => channel(format, spare.port(), { id: `spare-${format}` })),
    ];
    for (const format of formatIds) {
      const primary = await startFaultProvider({ channel: format });
      const proxy = await startFaultProxy({
        upstreamPort: primary.port(),
        seed,
        plan: () => ({ delayMs: DELAY_MS }),
      });
      primaries.set(format, primary);
      proxies.push(proxy);
      channels.push(
        channel(format, primary.port(), { id: format }),
        channel(format, proxy.port, { id: `delayed-${format}` }),
      );
    }
    gateway = await startUnderTest({
      channels,
      routes: [
        route([LIMITED_MODEL], ['limited']),
        ...formatIds.flatMap((format) => [
          route([vendors[format].model], [format, `spare-${format}`], { strategy: 'failover' }),
          route([`delayed-${format}`], [`delayed-${format}`, `spare-${format}`], {
            strategy: 'failover',
            rewrite: { '*': vendors[format].model },
          }),
        ]),
      ],
      // Nothing but the client's leaving ends an exchange here.
      timeouts: patience({ firstByteMs: 60_000, firstOutputMs: 0, idleMs: 60_000 }),
    });
  });
  after(async () => {
    await gateway.close();
    for (const each of [...proxies, ...primaries.values(), spare, limited]) await each.close();
  });

  function primaryOf(format: FormatId): FaultProvider {
    const primary = primaries.get(format);
    assert.ok(primary !== undefined);
    return primary;
  }

  /** The client's and the upstream's format of one of the nine pairs. */
  function pairOf(index: number): readonly [client: FormatId, upstream: FormatId] {
    const client = formatIds[index % 3] ?? 'gemini';
    return [client, formatIds[Math.floor(index / 3) % 3] ?? 'gemini'];
  }

  interface Phase {
    readonly plan: Plan;
    readonly isStream: boolean;
    readonly waitsForOutput: boolean;
  }

  /** Asks, waits for the phase, leaves; returns how long the upstream kept working. */
  async function leaveIn(
    { plan, isStream, waitsForOutput }: Phase,
    index: number,
  ): Promise<number> {
    sequence += 1;
    const id = `d${sequence}`;
    const [client, upstream] = pairOf(index);
    const primary = primaryOf(upstream);
    primary.behave({ plan: () => plan });
    const { model } = vendors[upstream];
    const exchange = gateway.ask({
      format: client,
      model,
      id,
      stream: isStream ? 'sse' : undefined,
    });
    let attempt: Attempt | undefined;
    await until(() => {
      attempt ??= primary.ledger.findLast((each) => each.id === id);
      return attempt !== undefined;
    }, `${id} never reached the upstream`);
    if (waitsForOutput) await exchange.begun;
    const leftMs = performance.now();
    exchange.leave(seeded(seed, id).pick(['fin', 'rst']));
    await until(() => attempt?.abortedMs !== undefined, `the upstream of ${id} still works`);
    assert.equal(attempt?.ended, 'closed');
    return (attempt.abortedMs ?? Number.NaN) - leftMs;
  }

  async function leaveOften(context: TestContext, phase: Phase): Promise<void> {
    const spans: number[] = [];
    await inParallel(PER_PHASE, CONCURRENCY, async (index) => {
      spans.push(await leaveIn(phase, index));
    });
    const [p50, p99] = [percentile(spans, 0.5), percentile(spans, 0.99)];
    context.diagnostic(
      `${spans.length} closed upstream: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, most ${Math.max(...spans).toFixed(1)} ms`,
    );
    assert.equal(spans.length, PER_PHASE);
    assert.ok(p99 <= CLOSE_MS_MAX, `p99 is ${p99} ms`);
  }

  it('before anything reached the upstream cause no attempt', async () => {
    const counts = formatIds.map((format) => primaryOf(format).ledger.length);
    await inParallel(PER_PHASE, CONCURRENCY, async (index) => {
      if (index % 2 === 0) await leaveBeforeBodyEnds(index);
      else await leaveBeforeDelayEnds(index);
    });
    await sleep(2 * DELAY_MS);
    const found = formatIds.map((format) => primaryOf(format).ledger.length);
    assert.deepEqual(found, counts);
    await until(() => proxies.every((proxy) => proxy.openSockets() === 0), 'connections are left');
  });

  /** A request that breaks off in its body. */
  function leaveBeforeBodyEnds(index: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const socket = connect({ port: gateway.proxyPort, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n{"model":',
      () => {
        if (index % 4 === 0) socket.resetAndDestroy();
        else socket.destroy();
      },
    );
    return promise;
  }

  /** The gateway has a connection, the upstream not yet the request. */
  async function leaveBeforeDelayEnds(index: number): Promise<void> {
    const [client, upstream] = pairOf(index);
    const model = `delayed-${upstream}`;
    const exchange = gateway.ask({ format: client, model, id: `early${index}`, stream: 'sse' });
    await sleep(DELAY_MS / 4);
    exchange.leave(index % 4 === 1 ? 'fin' : 'rst');
    await exchange.received;
  }

  it('while a limited channel is waited for cause no second attempt', async () => {
    const headers = { 'retry-after-ms': String(LIMIT_MS) };
    limited.behave({ plan: () => ({ type: 'status', status: 429, headers }) });
    const exchanges = Array.from({ length: CONCURRENCY }, (_, index) =>
      gateway.ask({
        format: pairOf(index)[0],
        model: LIMITED_MODEL,
        id: `w${index}`,
        stream: 'sse',
      }),
    );
    await until(() => limited.ledger.length > 0, 'the limited channel was never asked');
    await sleep(LIMIT_MS / 2);
    for (const exchange of exchanges) exchange.leave('fin');
    await sleep(2 * LIMIT_MS);
    const ids = limited.ledger.map(({ id }) => id);
    assert.equal(
      new Set(ids).size,
      ids.length,
      'a request was sent again for a client that had left',
    );
  });

  it('while the answer’s head is waited for end the upstream’s work', (context) =>
    leaveOften(context, { plan: frozen, isStream: true, waitsForOutput: false }));

  it('in the middle of a stream end the upstream’s work', (context) =>
    leaveOften(context, { plan: stalled, isStream: true, waitsForOutput: true }));

  it('without a stream end the upstream’s work', (context) =>
    leaveOften(context, { plan: frozen, isStream: false, waitsForOutput: false }));

  it('in the middle of an answer without a stream end the upstream’s work', (context) =>
    leaveOften(context, { plan: stalled, isStream: false, waitsForOutput: false }));

  it('are not asked for again, on the same channel or another', () => {
    assert.equal(spare.ledger.length, 0);
    const ids = [...primaries.values()].flatMap(({ ledger }) => ledger.map(({ id }) => id));
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.length >= 4 * PER_PHASE);
  });

  it('leave no connection behind, and charge nobody', async () => {
    const isClean = (): boolean =>
      [...primaries.values()].every((provider) => provider.openSockets() === 0);
    await until(isClean, 'connections to the upstream are left');
    for (const format of formatIds) {
      primaryOf(format).behave({});
      const { model } = vendors[format];
      const received = await gateway.tell({ format, model, id: 'last', stream: 'sse' });
      assert.equal(received.headers.get('x-dragoman-channel'), format);
    }
  });
});
