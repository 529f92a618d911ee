/** Thousands of streams through faulty channels, all pairs of formats: nothing is lost, doubled, mixed or cut unseen. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ChannelSettings } from '../../packages/gateway/src/model/settings.ts';
import { type FormatId, formatIds } from './dialects.ts';
import { type Attempt, type FaultProvider, startFaultProvider } from './fault-provider.ts';
import { type FaultProxy, type ProxyPlan, startFaultProxy } from './fault-proxy.ts';
import {
  type Canary,
  channel,
  closedPort,
  type GatewayUnderTest,
  inParallel,
  patience,
  route,
  startCanary,
  startUnderTest,
  until,
  vendors,
} from './gateway.ts';
import { judge, type Verdict } from './judge.ts';
import { planName, randomConnection, randomManner, randomPlan } from './plan.ts';
import { type Random, seeded, seedOfRun } from './random.ts';
import type { Received } from './stream-client.ts';

const seed = seedOfRun();
const STREAMS = Number(process.env['FAULT_STREAMS'] ?? 10_000);
const CONCURRENCY = 50;

/** The route whose channels speak all formats, so that a stream may move from one to another. */
const MIXED_MODEL = 'mixed-model';

/** One request of a run. */
interface Case {
  readonly id: string;
  readonly client: FormatId;
  readonly upstream: FormatId | 'mixed';
  readonly received: Received;
  readonly verdict: Verdict;
}

function proxyPlan(_connection: number, random: Random): ProxyPlan {
  return random.weighted<() => ProxyPlan>([
    [10, () => ({ split: true })],
    [2, () => ({ delayMs: random.below(30) })],
    [2, () => ({ throttle: { tickBytes: 100 + random.below(500), tickMs: 1 } })],
    [3, () => ({ split: random.chance(0.5), cut: cutOf(random) })],
    [1, () => ({ freezeAfterBytes: random.below(6_000) })],
  ])();
}

function cutOf(random: Random): NonNullable<ProxyPlan['cut']> {
  return { afterBytes: random.below(12_000), by: random.pick(['fin', 'rst']) };
}

describe(`${STREAMS} faulted streams (FAULT_SEED=${seed})`, () => {
  const providers: FaultProvider[] = [];
  const proxies: FaultProxy[] = [];
  const cases: Case[] = [];
  let gateway: GatewayUnderTest;
  let canary: Canary;

  async function startChannels(format: FormatId): Promise<readonly ChannelSettings[]> {
    const { provider } = vendors[format];
    const started = await Promise.all(
      ['x', 'y', 'z'].map((name) =>
        startFaultProvider({ channel: `${provider}-${name}`, canaryUrl: canary.url }),
      ),
    );
    for (const each of started) {
      providers.push(each);
      // The third is good; what fails is the way to it.
      const isGood = each === started[2];
      each.behave({
        plan: (asked) => {
          if (isGood) return { type: 'ok' };
          return randomPlan(seeded(seed, 'plan', asked.channel, asked.id ?? '', asked.sequence));
        },
        manner: ({ channel, id, sequence }) =>
          randomManner(seeded(seed, 'manner', channel, id ?? '', sequence)),
        connection: (sequence) => {
          if (isGood) return { type: 'serve' };
          return randomConnection(seeded(seed, 'connection', each.channel, sequence));
        },
      });
    }
    const [x, y, z] = started;
    assert.ok(x !== undefined && y !== undefined && z !== undefined);
    const proxy = await startFaultProxy({
      upstreamPort: z.port(),
      seed: `${seed} ${z.channel}`,
      plan: proxyPlan,
    });
    proxies.push(proxy);
    return [
      channel(format, x.port(), { id: x.channel }),
      channel(format, y.port(), { id: y.channel }),
      channel(format, proxy.port, { id: z.channel }),
    ];
  }

  before(async () => {
    canary = await startCanary();
    const byFormat = new Map<FormatId, readonly ChannelSettings[]>();
    for (const format of formatIds) byFormat.set(format, await startChannels(format));
    const all = [...byFormat.values()].flat();
    const refused = channel('openai-chat', await closedPort(), { id: 'refused' });
    const mixed = all
      .filter(({ id }) => /-[xy]$/.test(id))
      .map((each) => ({ ...each, id: `mixed-${each.id}`, apiKeys: ['key-of-the-gateway'] }));
    gateway = await startUnderTest({
      channels: [...all, ...mixed, refused],
      routes: [
        route(['gpt-4o'], ['openai-x', 'refused', 'openai-y', 'openai-z']),
        route(['claude-*'], ['anthropic-x', 'anthropic-y', 'anthropic-z'], {
          strategy: 'weighted_random',
        }),
        route(['gemini-*'], ['gemini-x', 'gemini-y', 'gemini-z'], {
          strategy: 'least_connections',
        }),
        route(
          [MIXED_MODEL],
          mixed.map(({ id }) => id),
          {
            rewrite: Object.fromEntries(mixed.map(({ id, provider }) => [id, modelOf(provider)])),
          },
        ),
      ],
      affinity: false,
      timeouts: patience(),
    });
    await inParallel(STREAMS, CONCURRENCY, runOne);
  });
  after(async () => {
    await gateway.close();
    for (const each of [...proxies, ...providers, canary]) await each.close();
  });

  async function runOne(index: number): Promise<void> {
    const random = seeded(seed, 'request', index);
    const client = formatIds[index % 3] ?? 'openai-chat';
    const upstream = [...formatIds, 'mixed' as const][Math.floor(index / 3) % 4] ?? 'mixed';
    const isArray = client === 'gemini' && random.chance(0.15);
    const id = `q${index}`;
    const received = await gateway.tell({
      format: client,
      model: upstream === 'mixed' ? MIXED_MODEL : vendors[upstream].model,
      id,
      stream: random.chance(0.03) ? undefined : isArray ? 'json-array' : 'sse',
      headers: random.chance(0.5) ? { 'x-api-key': 'key-of-a-client' } : {},
    });
    const sent = attemptsOf(id);
    const malformedEvents = sent.filter(({ plan }) => plan.type === 'malformed-event').length;
    cases.push({ id, client, upstream, received, verdict: judge(received, { malformedEvents }) });
  }

  const attempts = new Map<string, Attempt[]>();
  const read = new Map<FaultProvider, number>();
  /** The ledgers' entries of one request, in the order of their arrival. */
  function attemptsOf(id: string): readonly Attempt[] {
    for (const provider of providers) {
      for (const attempt of provider.ledger.slice(read.get(provider) ?? 0)) {
        const known = attempts.get(attempt.id ?? '');
        if (known === undefined) attempts.set(attempt.id ?? '', [attempt]);
        else known.push(attempt);
      }
      read.set(provider, provider.ledger.length);
    }
    return (attempts.get(id) ?? []).toSorted((a, b) => a.arrivedMs - b.arrivedMs);
  }

  /** What a person needs to find the fault: the request, its trail and what went wrong. */
  function told({ id, client, upstream, received, verdict }: Case, problem: string): string {
    const trail = attemptsOf(id)
      .map(({ channel, plan, ended, eventsSent, events }) => {
        return `${channel} ${planName(plan)} (${ended}, ${eventsSent}/${events} events)`;
      })
      .join(' > ');
    const asked = `${id} ${client} ${received.framing ?? 'whole'} to ${upstream}`;
    return `${asked}: ${problem}\n  ${trail}\n  ${received.headers.get('x-dragoman-attempts')}\n  marks ${verdict.marks.count}/${verdict.marks.total}`;
  }

  function expectNone(found: readonly string[]): void {
    assert.equal(
      found.length,
      0,
      `${found.length} cases, such as\n${found.slice(0, 5).join('\n')}`,
    );
  }

  const problemsLike = (pattern: RegExp): readonly string[] =>
    cases.flatMap((each) =>
      each.verdict.problems.filter((text) => pattern.test(text)).map((text) => told(each, text)),
    );

  it('lose, double, reorder and alter no event', () => {
    expectNone(problemsLike(/^(?:lost|doubled|altered)/));
  });
  it('never glue two answers together', () => {
    expectNone(problemsLike(/^glued/));
  });
  it('are never cut silently', () => {
    expectNone(problemsLike(/^silently/));
  });
  it('are right in their dialect: whole, or ended by exactly one error', () => {
    expectNone(problemsLike(/^(?!lost|doubled|altered|glued|silently)/));
  });

  it('hand on everything that came before an error', () => {
    const found = cases.flatMap((each) => {
      const { verdict } = each;
      if (verdict.end !== 'failed') return [];
      const source = attemptsOf(each.id).find(({ streamId }) => streamId === verdict.marks.stream);
      // A reset, a proxy's cut and a stop in the middle of a chunk may take away what was sent.
      const isSure =
        source !== undefined &&
        source.ended !== 'closed' &&
        !source.channel.endsWith('-z') &&
        (source.plan.type === 'error-mid' ||
          (source.plan.type === 'cut' && source.plan.by === 'fin'));
      if (!isSure || verdict.marks.count >= source.eventsSent) return [];
      return [told(each, `${verdict.marks.count} events, but ${source.eventsSent} were sent`)];
    });
    expectNone(found);
  });

  it('are asked for no more once the client has its first byte', () => {
    const found = cases.flatMap((each) => {
      const { firstByteMs, status } = each.received;
      // A refusal after a timeout may overtake the request on a busy machine.
      if (firstByteMs === undefined || status !== 200) return [];
      const late = attemptsOf(each.id).filter(({ arrivedMs }) => arrivedMs > firstByteMs);
      return late.length === 0 ? [] : [told(each, `${late.length} attempts after the first byte`)];
    });
    expectNone(found);
  });

  it('name the channel that answered, and have no header of another attempt', () => {
    const found = cases.flatMap((each) => {
      const { headers } = each.received;
      const { stream } = each.verdict.marks;
      if (stream === undefined) return [];
      const [, answered = ''] = stream.split('.');
      const named = headers.get('x-dragoman-channel') ?? 'none';
      if (!named.endsWith(answered)) return [told(each, `named ${named}, answered ${answered}`)];
      const requestId = headers.get('request-id') ?? stream;
      return requestId === stream ? [] : [told(each, `request-id ${requestId} of ${stream}`)];
    });
    expectNone(found);
  });

  it('are asked for at most three times, the race of a kept-alive connection aside', () => {
    const found = cases.flatMap((each) => {
      const asked = attemptsOf(each.id).filter(({ ended }) => ended !== 'reset');
      return asked.length <= 3 ? [] : [told(each, `${asked.length} attempts`)];
    });
    expectNone(found);
  });

  it('never lead to where a redirect points', () => {
    assert.equal(canary.connections(), 0);
  });

  it('leave nothing running upstream', async () => {
    await gateway.close();
    const isQuiet = (): boolean => providers.every((provider) => provider.running() === 0);
    await until(isQuiet, 'still running').catch(() => {});
    const left = providers.flatMap(({ ledger }) =>
      ledger.filter(({ ended }) => ended === 'running' || ended === 'stalled'),
    );
    expectNone(
      left.map(({ id, channel, plan, ended }) => `${id} ${channel} ${planName(plan)} ${ended}`),
    );
  });

  it('were enough of each kind to prove something', (context) => {
    const count = (holds: (each: Case) => boolean): number => cases.filter(holds).length;
    const ended = (end: Verdict['end']): number => count(({ verdict }) => verdict.end === end);
    const events = cases.reduce((sum, { verdict }) => sum + verdict.marks.count, 0);
    const sent = [...attempts.values()].reduce((sum, list) => sum + list.length, 0);
    const moved = count(({ id, verdict }) => verdict.end === 'whole' && attemptsOf(id).length > 1);
    const noLastWord = count(({ verdict }) => verdict.end === 'whole' && !verdict.hasLastWord);
    const fragments = count(({ verdict }) => verdict.end === 'failed' && verdict.fragments > 0);
    context.diagnostic(
      `seed ${seed}: ${cases.length} requests, ${sent} attempts, ${events} events; ` +
        `${ended('whole')} whole (${moved} after a failed attempt, ${noLastWord} without the very last word), ` +
        `${ended('failed')} ended by an error event (${fragments} of them after half an event), ` +
        `${ended('refused')} refused, ${ended('wrong')} wrong`,
    );
    assert.equal(cases.length, STREAMS);
    assert.ok(ended('whole') > STREAMS / 4);
    assert.ok(ended('failed') > STREAMS / 50);
    for (const client of formatIds) {
      for (const upstream of [...formatIds, 'mixed'] as const) {
        const inPair = cases.filter((each) => each.client === client && each.upstream === upstream);
        for (const end of ['whole', 'failed'] as const) {
          const found = inPair.filter(({ verdict }) => verdict.end === end).length;
          assert.ok(found > 0, `no stream of ${client} to ${upstream} ended ${end}`);
        }
      }
    }
  });
});

function modelOf(provider: string): string {
  const found = Object.values(vendors).find((vendor) => vendor.provider === provider);
  return found?.model ?? '';
}
