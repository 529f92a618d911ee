/** Breakers: they open soon, try out one request at a time, let a healed channel back, and never leave nobody. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Attempt, type FaultProvider, startFaultProvider } from './fault-provider.ts';
import {
  channel,
  type GatewayUnderTest,
  patience,
  route,
  startUnderTest,
  until,
  vendors,
} from './gateway.ts';
import { judge } from './judge.ts';
import type { Plan } from './plan.ts';
import type { Received } from './stream-client.ts';

const MODEL = vendors['openai-chat'].model;
const FAILURES_MAX = 5;
const RETURN_MS_MAX = 5_000;
const TICK_MS = 25;

const failing: Plan = { type: 'status', status: 500 };

describe('a channel that fails', () => {
  let primary: FaultProvider;
  let second: FaultProvider;
  let gateway: GatewayUnderTest;
  let sequence = 0;

  async function start(strategy: 'round_robin' | 'failover'): Promise<void> {
    gateway = await startUnderTest({
      channels: [primary, second].map((provider) =>
        channel('openai-chat', provider.port(), { id: provider.channel, apiKeys: ['k'] }),
      ),
      routes: [route([MODEL], ['primary', 'second'], { strategy })],
      timeouts: patience({ firstByteMs: 300 }),
    });
  }

  beforeEach(async () => {
    primary = await startFaultProvider({ channel: 'primary' });
    second = await startFaultProvider({ channel: 'second' });
  });
  afterEach(async () => {
    await gateway.close();
    for (const provider of [primary, second]) await provider.close();
  });

  function question(): Parameters<GatewayUnderTest['ask']>[0] {
    sequence += 1;
    return { format: 'openai-chat', model: MODEL, id: `r${sequence}`, stream: 'sse' };
  }

  const tell = (): Promise<Received> => gateway.tell(question());
  const answeredBy = async (): Promise<string> =>
    (await tell()).headers.get('x-dragoman-channel') ?? 'nobody';

  /** Its breaker is open after this. */
  async function breakDown(plan: Plan = failing): Promise<void> {
    primary.behave({ plan: () => plan });
    for (let turn = 0; turn < 2 * FAILURES_MAX; turn++) await tell();
  }

  /** How long it takes until the primary answers. */
  async function returnMs(): Promise<number> {
    const sinceMs = performance.now();
    while ((await answeredBy()) !== 'primary') {
      if (performance.now() - sinceMs > RETURN_MS_MAX) break;
      await sleep(TICK_MS);
    }
    return performance.now() - sinceMs;
  }

  it('is left alone after a few failures in a row', async () => {
    await start('failover');
    await breakDown();
    assert.ok(primary.ledger.length <= FAILURES_MAX, `asked ${primary.ledger.length} times`);
    assert.equal(second.ledger.length, 2 * FAILURES_MAX);
  });

  it('is not left alone for failures among successes', async () => {
    await start('failover');
    let turn = 0;
    primary.behave({
      plan: () => {
        turn += 1;
        return turn % 4 === 0 ? { type: 'ok' } : failing;
      },
    });
    for (let round = 0; round < 18; round++) await tell();
    // A request may be sent anew on a fresh connection when it met the end of an idle one.
    assert.ok(primary.ledger.length >= 18, `asked ${primary.ledger.length} times`);
  });

  it('is back within five seconds after a short outage', async (context) => {
    await start('failover');
    await breakDown();
    primary.behave({});
    const tookMs = await returnMs();
    context.diagnostic(`back after ${tookMs.toFixed(0)} ms`);
    assert.ok(tookMs <= RETURN_MS_MAX, `back after ${tookMs} ms`);
    for (let turn = 0; turn < 10; turn++) assert.equal(await answeredBy(), 'primary');
  });

  it('is back within five seconds after a long outage', async (context) => {
    await start('failover');
    await breakDown();
    const untilMs = performance.now() + 6_000;
    while (performance.now() < untilMs) {
      await tell();
      await sleep(TICK_MS);
    }
    primary.behave({});
    const tookMs = await returnMs();
    context.diagnostic(
      `back after ${tookMs.toFixed(0)} ms; trials before: ${primary.ledger.length - FAILURES_MAX}`,
    );
    assert.ok(tookMs <= RETURN_MS_MAX, `back after ${tookMs} ms`);
  });

  it('is tried out by one request at a time', async (context) => {
    await start('failover');
    await breakDown();
    const before = primary.ledger.length;
    primary.behave({ plan: () => ({ type: 'freeze' }) });
    const running: Promise<Received>[] = [];
    const untilMs = performance.now() + 4_000;
    while (performance.now() < untilMs) {
      for (let each = 0; each < 4; each++) running.push(tell());
      await sleep(TICK_MS);
    }
    const ends = (await Promise.all(running)).map((received) => judge(received).end);
    assert.deepEqual(new Set(ends), new Set(['whole']));
    const trials = primary.ledger.slice(before);
    context.diagnostic(`${trials.length} trials for ${running.length} requests`);
    assert.ok(trials.length > 0, 'nothing was tried out');
    assert.equal(mostAtOnce(trials), 1);
  });

  it('is tried out by the next request when the client of a trial leaves', async () => {
    await start('failover');
    await breakDown();
    const before = primary.ledger.length;
    primary.behave({ plan: () => ({ type: 'freeze' }) });
    const trial = await nextTrial(before);
    trial.leave('rst');
    await until(() => primary.running() === 0, 'the trial still runs');
    primary.behave({});
    const tookMs = await returnMs();
    assert.ok(tookMs <= RETURN_MS_MAX, `back after ${tookMs} ms`);
  });

  /** Asks until a request is the one that tries the primary out. */
  async function nextTrial(before: number): Promise<ReturnType<GatewayUnderTest['ask']>> {
    for (let turn = 0; turn < 400; turn++) {
      const exchange = gateway.ask(question());
      await Promise.race([exchange.begun, sleep(100)]);
      if (primary.ledger.length > before) return exchange;
      await exchange.received;
      await sleep(TICK_MS);
    }
    throw new Error('nothing was tried out');
  }

  it('comes back little by little where channels share the load', async (context) => {
    await start('round_robin');
    primary.behave({ plan: () => failing });
    for (let turn = 0; turn < 4 * FAILURES_MAX; turn++) await tell();
    primary.behave({});
    await returnMs();
    const shares: number[] = [];
    for (let second = 0; second < 6; second++) shares.push(await shareDuring(1_000));
    context.diagnostic(
      `share in each second: ${shares.map((share) => share.toFixed(2)).join(' ')}`,
    );
    const [early = 1, , , , , late = 0] = shares;
    assert.ok(early < 0.3, `${early} of all in the first second`);
    assert.ok(late > early, `${late} in the sixth second after ${early} in the first`);
  });

  async function shareDuring(spanMs: number): Promise<number> {
    const untilMs = performance.now() + spanMs;
    let all = 0;
    let ofPrimary = 0;
    while (performance.now() < untilMs) {
      all += 1;
      if ((await answeredBy()) === 'primary') ofPrimary += 1;
      await sleep(4);
    }
    return ofPrimary / all;
  }

  it('is asked all the same when every channel is broken', async () => {
    await start('failover');
    for (const provider of [primary, second]) provider.behave({ plan: () => failing });
    for (let turn = 0; turn < 4 * FAILURES_MAX; turn++) {
      const received = await tell();
      assert.equal(judge(received).end, 'refused', received.text);
    }
    for (const provider of [primary, second]) provider.behave({});
    const received = await tell();
    assert.equal(judge(received).end, 'whole', received.text);
  });
});

/** How many of these ran at the same time. */
function mostAtOnce(attempts: readonly Attempt[]): number {
  const counts = attempts.map(({ arrivedMs }) => {
    const isRunning = (other: Attempt): boolean =>
      other.arrivedMs <= arrivedMs && (other.abortedMs ?? Number.POSITIVE_INFINITY) > arrivedMs;
    return attempts.filter(isRunning).length;
  });
  return Math.max(...counts);
}
