/** A channel that fails before the commit point: another one answers, the client sees nothing of it. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelSettings } from '../../packages/gateway/src/model/settings.ts';
import { type FormatId, formatIds, type StreamFraming } from './dialects.ts';
import { type FaultProvider, startFaultProvider } from './fault-provider.ts';
import {
  type Canary,
  channel,
  type GatewayUnderTest,
  patience,
  route,
  startCanary,
  startUnderTest,
  vendors,
} from './gateway.ts';
import { judge, type Verdict } from './judge.ts';
import { type Manner, type Plan, plainManner, planName } from './plan.ts';
import type { Received } from './stream-client.ts';

interface Fault {
  readonly plan: Plan;
  /** Whether it counts against the channel's breaker. */
  readonly charged: boolean;
  /** Set where it happens to one kind of answer only. */
  readonly only?: 'stream' | 'whole';
}

/** Every one of these is followed by another channel's answer. */
const faults: readonly Fault[] = [
  { plan: { type: 'status', status: 500 }, charged: true },
  { plan: { type: 'status', status: 502 }, charged: true },
  { plan: { type: 'status', status: 503 }, charged: true },
  { plan: { type: 'status', status: 529 }, charged: true },
  { plan: { type: 'status', status: 429, headers: { 'retry-after-ms': '20' } }, charged: false },
  { plan: { type: 'status', status: 429, headers: { 'retry-after': '0' } }, charged: false },
  { plan: { type: 'freeze' }, charged: true },
  { plan: { type: 'cut', at: 'head', share: 0, by: 'fin' }, charged: true },
  { plan: { type: 'cut', at: 'head', share: 0, by: 'rst' }, charged: true },
  { plan: { type: 'cut', at: 'head', share: 0.5, by: 'fin' }, charged: true },
  { plan: { type: 'cut', at: 'head', share: 0.5, by: 'rst' }, charged: true },
  { plan: { type: 'cut', at: 'preamble', share: 0, by: 'fin' }, charged: true, only: 'stream' },
  { plan: { type: 'cut', at: 'preamble', share: 0.5, by: 'rst' }, charged: true, only: 'stream' },
  { plan: { type: 'cut', at: 'content', share: 0, by: 'fin' }, charged: true },
  { plan: { type: 'cut', at: 'content', share: 0, by: 'rst' }, charged: true },
  { plan: { type: 'cut', at: 'content', share: 0.05, by: 'fin' }, charged: true },
  { plan: { type: 'cut', at: 'content', share: 0.9, by: 'rst' }, charged: true, only: 'whole' },
  { plan: { type: 'stall', at: 'head', share: 0.5 }, charged: true },
  { plan: { type: 'stall', at: 'preamble', share: 0 }, charged: true, only: 'stream' },
  { plan: { type: 'stall', at: 'content', share: 0.05 }, charged: true },
  { plan: { type: 'page' }, charged: true },
  { plan: { type: 'error-body' }, charged: true },
  { plan: { type: 'malformed-body' }, charged: true },
  { plan: { type: 'error-first' }, charged: true, only: 'stream' },
  { plan: { type: 'empty', of: 'nothing' }, charged: true },
  { plan: { type: 'empty', of: 'comments' }, charged: true, only: 'stream' },
  { plan: { type: 'empty', of: 'end' }, charged: true, only: 'stream' },
];

const framings: readonly (readonly [name: string, stream: StreamFraming | undefined])[] = [
  ['stream', 'sse'],
  ['whole', undefined],
];

/** Envoy's number: so many failures in a row open a channel's breaker. */
const FAILURES_MAX = 5;

/** One client's format and one upstream's, and whether a stream is asked for. */
interface Pair {
  readonly client: FormatId;
  readonly upstream: FormatId;
  readonly stream: StreamFraming | undefined;
}

const plainPair: Pair = { client: 'openai-chat', upstream: 'openai-chat', stream: 'sse' };

function pairsOf(stream: StreamFraming | undefined): readonly Pair[] {
  return formatIds.flatMap((upstream) =>
    formatIds.map((client): Pair => ({ client, upstream, stream })),
  );
}

interface Answer {
  readonly received: Received;
  readonly verdict: Verdict;
  readonly trail: string;
}

describe('failover before the commit point', () => {
  let bad: FaultProvider;
  let good: FaultProvider;
  let canary: Canary;
  let gateway: GatewayUnderTest;

  /** A bad and a good channel of each format. */
  async function start(overrides: Partial<ChannelSettings> = {}): Promise<void> {
    gateway = await startUnderTest({
      channels: formatIds.flatMap((format) => [
        channel(format, bad.port(), { id: `bad-${format}`, ...overrides }),
        channel(format, good.port(), { id: `good-${format}`, ...overrides }),
      ]),
      routes: formatIds.map((format) =>
        route([vendors[format].model], [`bad-${format}`], { fallback: [`good-${format}`] }),
      ),
      timeouts: patience({ firstByteMs: 400, firstOutputMs: 500, idleMs: 400 }),
    });
  }

  beforeEach(async () => {
    canary = await startCanary();
    bad = await startFaultProvider({ channel: 'bad', canaryUrl: canary.url });
    good = await startFaultProvider({ channel: 'good' });
  });
  afterEach(async () => {
    await gateway.close();
    for (const each of [bad, good, canary]) await each.close();
  });

  let sequence = 0;
  async function tell({ client, upstream, stream }: Pair): Promise<Answer> {
    sequence += 1;
    const { model } = vendors[upstream];
    const received = await gateway.tell({ format: client, model, id: `f${sequence}`, stream });
    const trail = received.headers.get('x-dragoman-attempts') ?? '';
    return { received, verdict: judge(received), trail };
  }

  /** What is wrong with an answer that should come from the good channel after the bad one failed. */
  function faultsOf(
    { client, upstream }: Pair,
    { received, verdict, trail }: Answer,
  ): readonly string[] {
    const found = [...verdict.problems];
    if (verdict.end !== 'whole') {
      found.push(`${verdict.end} with status ${received.status}: ${verdict.error}`);
    }
    const named = received.headers.get('x-dragoman-channel');
    if (!verdict.marks.stream?.includes('.good.')) found.push('not the good channel answered');
    if (named !== `good-${upstream}`) found.push(`the answer names ${named}`);
    const trails = new RegExp(`^bad-${upstream}:[\\w-]+, ?good-${upstream}:200$`);
    if (!trails.test(trail)) found.push(`the trail is ${trail}`);
    return found.map((fault) => `${client} to ${upstream}: ${fault}`);
  }

  async function expectGood(pairs: readonly Pair[], pausedMs = 0): Promise<void> {
    const found: string[] = [];
    for (const pair of pairs) {
      found.push(...faultsOf(pair, await tell(pair)));
      // A channel that was parked for less is asked again.
      await sleep(pausedMs);
    }
    assert.deepEqual(found, []);
  }

  for (const { plan, charged, only } of faults) {
    for (const [kind, stream] of framings) {
      if (only !== undefined && only !== kind) continue;
      const name = `${planName(plan)}, ${kind}`;

      it(`${name}: the second channel answers, whatever the formats`, async () => {
        await start();
        bad.behave({ plan: () => plan });
        await expectGood(pairsOf(stream), charged ? 0 : 25);
        assert.equal(canary.connections(), 0);
      });

      it(`${name}: ${charged ? 'is' : 'is not'} laid to the breaker's charge`, async () => {
        await start({ apiKeys: ['k'] });
        bad.behave({ plan: () => plan });
        for (let turn = 0; turn < 2 * FAILURES_MAX; turn++) {
          await tell({ ...plainPair, stream });
          // What is parked is not asked either, but not for long.
          if (!charged) await sleep(25);
        }
        if (charged) assert.equal(bad.ledger.length, FAILURES_MAX);
        else assert.ok(bad.ledger.length >= 2 * FAILURES_MAX, `${bad.ledger.length} attempts`);
      });
    }
  }

  it('a closed port is passed by at once', async () => {
    await start();
    await bad.refuse();
    await expectGood(pairsOf('sse'));
    assert.match((await tell(plainPair)).trail, /bad-openai-chat:connect/);
  });

  it('a connection that is reset as it is accepted, or while the request is sent, is passed by', async () => {
    await start();
    for (const afterBytes of [0, 1, 100]) {
      bad.behave({ connection: () => ({ type: 'reset', afterBytes }) });
      await expectGood([plainPair]);
    }
  });

  it('a refused credential is passed by, and the client never hears of it', async () => {
    const pair = { ...plainPair, upstream: 'anthropic-messages' } as const;
    for (const status of [401, 402, 403]) {
      await start({ apiKeys: ['key-of-the-gateway'] });
      bad.behave({ plan: () => ({ type: 'status', status }) });
      await expectGood([pair]);
      good.behave({ plan: () => ({ type: 'status', status }) });
      const { received } = await tell(pair);
      assert.equal(received.status, 502, received.text);
      assert.doesNotMatch(received.text, /key-of-the-gateway|planned failure/);
      good.behave({});
      await gateway.close();
    }
  });

  it('a redirect is never followed, and the client sees a 502', async () => {
    const found: string[] = [];
    for (const pair of [...pairsOf('sse'), ...pairsOf(undefined)]) {
      await start({ apiKeys: ['key-of-the-gateway'] });
      bad.behave({ plan: () => ({ type: 'redirect', status: 307 }) });
      const { received, trail } = await tell(pair);
      const isRight = received.status === 502 && received.headers.get('location') === undefined;
      const { client, upstream } = pair;
      if (!isRight) found.push(`${client} to ${upstream}: status ${received.status}, ${trail}`);
      await gateway.close();
    }
    assert.deepEqual(found, []);
    assert.equal(canary.connections(), 0);
    assert.equal(good.ledger.length, 0);
  });

  it("what is wrong with the client's request is told it, once, and tried nowhere else", async () => {
    await start();
    const found: string[] = [];
    for (const status of [400, 404, 413, 422]) {
      const before = bad.ledger.length;
      bad.behave({ plan: () => ({ type: 'status', status }) });
      for (const pair of pairsOf('sse')) {
        const { received, verdict, trail } = await tell(pair);
        const isRight = received.status === status && /planned failure/.test(received.text);
        const told = `${pair.client} to ${pair.upstream} ${status} ${trail}`;
        if (!isRight) found.push(`${told}: ${received.status} ${received.text}`);
        found.push(...verdict.problems.map((problem) => `${told}: ${problem}`));
      }
      assert.equal(bad.ledger.length - before, pairsOf('sse').length);
    }
    assert.deepEqual(found, []);
    assert.equal(good.ledger.length, 0);
  });

  it('a keep-alive race is tried again on a fresh connection, uncounted and uncharged', async () => {
    await start();
    bad.behave({ plan: () => ({ type: 'race' }) });
    for (let turn = 0; turn < 4 * FAILURES_MAX; turn++) {
      const { verdict, trail } = await tell(plainPair);
      assert.deepEqual([verdict.end, verdict.problems], ['whole', []]);
      assert.equal(trail, 'bad-openai-chat:200');
    }
    assert.equal(good.ledger.length, 0);
    const raced = bad.ledger.filter(({ ended }) => ended === 'reset');
    assert.ok(raced.length > FAILURES_MAX, `${raced.length} races`);
  });

  it('nothing is tried again after the commit point; the client gets one error event', async () => {
    const plans: readonly Plan[] = [
      { type: 'cut', at: 'content', share: 0.7, by: 'fin' },
      { type: 'cut', at: 'content', share: 0.7, by: 'rst' },
      { type: 'stall', at: 'content', share: 0.7 },
      { type: 'error-mid' },
    ];
    for (const plan of plans) {
      await start();
      bad.behave({ plan: () => plan });
      for (const pair of pairsOf('sse')) {
        const { verdict, trail } = await tell(pair);
        const told = `${pair.client} to ${pair.upstream}, ${planName(plan)}, ${trail}`;
        assert.deepEqual([verdict.end, verdict.problems], ['failed', []], told);
        assert.ok(verdict.marks.count >= 2, `${told}: ${verdict.marks.count} events`);
      }
      assert.equal(good.ledger.length, 0);
      await gateway.close();
    }
  });

  /** What `faulty` finds in the answers to all pairs under each plan, each with a gateway of its own. */
  async function findings(
    plans: readonly Plan[],
    faulty: (verdict: Verdict) => string | undefined,
    manner: Manner = plainManner,
  ): Promise<readonly string[]> {
    const found: string[] = [];
    for (const plan of plans) {
      await start();
      bad.behave({ plan: () => plan, manner: () => manner });
      for (const pair of pairsOf('sse')) {
        const { verdict } = await tell(pair);
        const fault = faulty(verdict);
        const told = `${pair.client} to ${pair.upstream}, ${planName(plan)}: ${fault}`;
        if (fault !== undefined) found.push(told);
      }
      await gateway.close();
    }
    assert.equal(good.ledger.length, 0);
    return found;
  }

  it('a stream that broke off after its last word is whole', async () => {
    const found = await findings(brokenEnds, ({ end, problems, error }) =>
      end === 'whole' ? undefined : [end, ...problems, error].join(', '),
    );
    assert.deepEqual(found, []);
  });

  // Where the end of the connection is the end of the answer, nothing but the dialect tells a cut.
  for (const framing of ['chunked', 'close'] as const) {
    it(`a stream (${framing}) that breaks off anywhere in its end is whole or failed, never both and never neither`, async () => {
      const plans = Array.from({ length: 25 }, (_, step): Plan => {
        return { type: 'cut', at: 'terminal', share: step / 25, by: 'fin' };
      });
      const manner: Manner = { ...plainManner, framing };
      const found = await findings(plans, ({ problems: [problem] }) => problem, manner);
      assert.deepEqual(found, []);
    });
  }

  it('a stream that breaks off inside an event hands on no half of it', async () => {
    const plans = [0.45, 0.6, 0.9].map((share): Plan => {
      return { type: 'cut', at: 'content', share, by: 'fin' };
    });
    const found = await findings(plans, ({ end, fragments, problems }) => {
      if (end !== 'failed') return [end, ...problems].join(', ');
      return fragments === 0 ? undefined : 'half an event, which no client can read';
    });
    assert.deepEqual(found, []);
  });
});

/** In the framing's own last bytes, when the dialect has said everything. */
const brokenEnds: readonly Plan[] = [
  { type: 'cut', at: 'terminal', share: 0.999, by: 'fin' },
  { type: 'cut', at: 'terminal', share: 0.999, by: 'rst' },
  { type: 'stall', at: 'terminal', share: 0.999 },
];
