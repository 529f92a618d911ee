/** Failures are not multiplied: bounded retries, parked channels, rotated keys, and no key where it does not belong. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FormatId, formatIds } from './dialects.ts';
import { type Behaviour, type FaultProvider, startFaultProvider } from './fault-provider.ts';
import {
  channel,
  type GatewayUnderTest,
  inParallel,
  patience,
  route,
  startUnderTest,
  until,
  vendors,
} from './gateway.ts';
import { judge, type Verdict } from './judge.ts';
import type { Plan } from './plan.ts';
import type { Received } from './stream-client.ts';

const MODEL = vendors['openai-chat'].model;

/** The key that an attempt came with, in any header. */
function keysOf(provider: FaultProvider): readonly string[] {
  return provider.ledger.map(({ credentials }) => credentials.map(([, key]) => key).join(' '));
}

function always(plan: Plan): Behaviour {
  return { plan: () => plan };
}

/** Fails those keys, serves others. */
function refusing(status: number, keys: readonly string[]): Behaviour {
  return {
    plan: ({ credentials }) =>
      credentials.some(([, key]) => keys.includes(key))
        ? { type: 'status', status }
        : { type: 'ok' },
  };
}

describe('under failures', () => {
  let first: FaultProvider;
  let second: FaultProvider;
  let third: FaultProvider;
  let gateway: GatewayUnderTest;
  let sequence = 0;

  beforeEach(async () => {
    first = await startFaultProvider({ channel: 'first' });
    second = await startFaultProvider({ channel: 'second' });
    third = await startFaultProvider({ channel: 'third' });
  });
  afterEach(async () => {
    await gateway.close();
    for (const provider of [first, second, third]) await provider.close();
  });

  function tell(
    client: FormatId = 'openai-chat',
    headers: { readonly [name: string]: string } = {},
    model = MODEL,
  ): Promise<Received> {
    sequence += 1;
    return gateway.tell({ format: client, model, id: `m${sequence}`, stream: 'sse', headers });
  }

  /** One format, as many channels as there are providers. */
  async function start(
    strategy: 'round_robin' | 'failover',
    apiKeys: readonly string[] = [],
    count = 3,
  ): Promise<void> {
    const providers = [first, second, third].slice(0, count);
    gateway = await startUnderTest({
      channels: providers.map((provider) =>
        channel('openai-chat', provider.port(), { id: provider.channel, apiKeys }),
      ),
      routes: [
        route(
          [MODEL],
          providers.map(({ channel }) => channel),
          { strategy },
        ),
      ],
      timeouts: patience(),
    });
  }

  function everyAttempt(): number {
    return first.ledger.length + second.ledger.length + third.ledger.length;
  }

  describe('everywhere at once', () => {
    for (const [name, plan, requests] of [
      ['500', { type: 'status', status: 500 }, 2_000],
      ['503', { type: 'status', status: 503 }, 2_000],
      ['a reset', { type: 'cut', at: 'head', share: 0, by: 'rst' }, 2_000],
      // Short limits are waited for.
      ['429', { type: 'status', status: 429 }, 200],
    ] as const) {
      it(`(${name}) a request costs hardly more than one attempt`, async (context) => {
        await start('round_robin', ['k']);
        for (const provider of [first, second, third]) provider.behave(always(plan));
        await inParallel(requests, 50, async () => {
          const received = await tell();
          assert.equal(judge(received).end, 'refused', received.text);
        });
        const ratio = everyAttempt() / requests;
        context.diagnostic(`${name}: ${everyAttempt()} attempts for ${requests} requests`);
        assert.ok(ratio <= 1.2, `${ratio} attempts a request`);
      });
    }

    it('no request is tried more than three times', async () => {
      await start('round_robin');
      for (const provider of [first, second, third]) {
        provider.behave(always({ type: 'status', status: 500 }));
      }
      for (let turn = 0; turn < 40; turn++) await tell();
      const counts = new Map<string, number>();
      for (const { id = '' } of [first, second, third].flatMap(({ ledger }) => ledger)) {
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
      assert.ok(Math.max(...counts.values()) <= 3, `${Math.max(...counts.values())} attempts`);
    });
  });

  it('a burst on a channel that fails is served by another, within its share of retries', async (context) => {
    await start('failover', ['k'], 2);
    first.behave(always({ type: 'cut', at: 'head', share: 0, by: 'rst' }));
    const ends = await endsOf(50);
    context.diagnostic(`${countOf(ends, 'refused')} of 50 at once were refused`);
    assert.equal(countOf(ends, 'whole') + countOf(ends, 'refused'), 50);
    assert.ok(countOf(ends, 'whole') > 25, `${countOf(ends, 'whole')} of 50 were served`);
    assert.equal(countOf(await endsOf(50), 'whole'), 50);
  });

  it('what is in flight when its channel dies is served by another, within its share of retries', async (context) => {
    await start('failover', ['k'], 2);
    first.behave(always({ type: 'freeze' }));
    const running = endsOf(50);
    await until(() => first.ledger.length === 50, 'not all were asked');
    await first.refuse();
    const ends = await running;
    context.diagnostic(`${countOf(ends, 'refused')} of 50 in flight were refused`);
    assert.equal(countOf(ends, 'whole') + countOf(ends, 'refused'), 50);
    assert.equal(countOf(await endsOf(50), 'whole'), 50);
  });

  function endsOf(count: number): Promise<readonly Verdict['end'][]> {
    return Promise.all(Array.from({ length: count }, async () => judge(await tell()).end));
  }

  function countOf(ends: readonly Verdict['end'][], end: Verdict['end']): number {
    return ends.filter((each) => each === end).length;
  }

  it("what is wrong with a client's request is neither tried again nor charged", async () => {
    await start('failover', ['k']);
    first.behave(always({ type: 'status', status: 400 }));
    for (let turn = 0; turn < 20; turn++) assert.equal((await tell()).status, 400);
    assert.equal(first.ledger.length, 20);
    assert.equal(second.ledger.length + third.ledger.length, 0);
    first.behave({});
    assert.equal((await tell()).headers.get('x-dragoman-channel'), 'first');
  });

  for (const [name, headers, parkedMs] of [
    ['retry-after-ms', { 'retry-after-ms': '600' }, 600],
    ['retry-after', { 'retry-after': '1' }, 1_000],
  ] as const) {
    it(`a limit parks its channel as long as ${name} says, and another serves`, async () => {
      await start('failover', ['k'], 2);
      first.behave(always({ type: 'status', status: 429, headers }));
      const limitedMs = performance.now();
      assert.equal((await tell()).headers.get('x-dragoman-channel'), 'second');
      first.behave({});
      const asked = first.ledger.length;
      while (performance.now() - limitedMs < parkedMs - 150) {
        await tell();
        await sleep(20);
      }
      assert.equal(first.ledger.length, asked, 'a parked channel was asked');
      await sleep(limitedMs + parkedMs + 100 - performance.now());
      assert.equal((await tell()).headers.get('x-dragoman-channel'), 'first');
    });
  }

  it('a limit of the only channel is waited for when it is short, and told when it is long', async () => {
    await start('failover', ['k'], 1);
    let limits = 1;
    first.behave({
      plan: () => {
        limits -= 1;
        if (limits < 0) return { type: 'ok' };
        return { type: 'status', status: 429, headers: { 'retry-after-ms': '300' } };
      },
    });
    const waited = await tell();
    assert.equal(judge(waited).end, 'whole', waited.text);
    const [limited, served] = first.ledger;
    assert.ok(limited !== undefined && served !== undefined);
    assert.ok(served.arrivedMs - limited.arrivedMs >= 299, 'asked before the time was there');
    first.behave(always({ type: 'status', status: 429, headers: { 'retry-after': '120' } }));
    for (let turn = 0; turn < 3; turn++) {
      const told = await tell();
      assert.equal(told.status, 429);
      const seconds = Number(told.headers.get('retry-after'));
      assert.ok(seconds > 100 && seconds <= 120, `retry-after: ${seconds}`);
    }
    assert.equal(first.ledger.length, 3, 'a parked channel was asked');
  });

  for (const status of [401, 402, 403, 429]) {
    it(`the other key of a channel is taken when one is refused with ${status}`, async () => {
      await start('failover', ['key-one', 'key-two'], 1);
      first.behave(refusing(status, ['key-one']));
      for (let turn = 0; turn < 6; turn++) {
        const received = await tell();
        assert.equal(judge(received).end, 'whole', received.text);
      }
      assert.equal(keysOf(first).filter((key) => key === 'key-one').length, 1);
      assert.equal(keysOf(first).filter((key) => key === 'key-two').length, 6);
    });
  }

  it('keys are taken in turn', async () => {
    await start('failover', ['key-one', 'key-two'], 1);
    for (let turn = 0; turn < 6; turn++) await tell();
    const keys = keysOf(first);
    assert.equal(keys.filter((key) => key === 'key-one').length, 3);
    assert.equal(keys.filter((key) => key === 'key-two').length, 3);
  });

  it("a client never sees a refusal of the gateway's own key as one of its own", async () => {
    await start('failover', ['key-one', 'key-two'], 2);
    for (const provider of [first, second])
      provider.behave(always({ type: 'status', status: 401 }));
    for (const client of formatIds) {
      for (let turn = 0; turn < 3; turn++) {
        const received = await tell(client, { 'x-api-key': 'key-of-the-client' });
        assert.notEqual(received.status, 401, received.text);
        assert.ok(received.status >= 500, `${received.status} ${received.text}`);
        assert.doesNotMatch(received.text, /key-one|key-two/);
        assert.deepEqual(judge(received).problems, []);
      }
    }
    for (const key of [...keysOf(first), ...keysOf(second)]) assert.match(key, /^key-(?:one|two)$/);
  });

  it("a client's own key is passed on, its refusal told and not laid to the channel's charge", async () => {
    await start('failover', [], 2);
    first.behave(refusing(401, ['revoked']));
    for (let turn = 0; turn < 8; turn++) {
      const received = await tell('openai-chat', { authorization: 'Bearer revoked' });
      assert.equal(received.status, 401);
    }
    const received = await tell('openai-chat', { authorization: 'Bearer valid' });
    assert.equal(judge(received).end, 'whole');
    assert.equal(received.headers.get('x-dragoman-channel'), 'first');
    assert.deepEqual(new Set(keysOf(first)), new Set(['revoked', 'valid']));
    assert.equal(second.ledger.length, 0);
  });

  it("one client's limit does not park the channel for other clients' keys", async () => {
    await start('failover', [], 1);
    first.behave(refusing(429, ['limited']));
    for (let turn = 0; turn < 3; turn++) {
      const limited = await tell('openai-chat', { authorization: 'Bearer limited' });
      assert.equal(limited.status, 429);
      const other = await tell('openai-chat', { authorization: 'Bearer other' });
      assert.equal(judge(other).end, 'whole', other.text);
    }
  });

  describe('the key of a client', () => {
    /** OpenAI's channel first, then two of other vendors; none has a key of its own but `third`. */
    async function startMixed(): Promise<void> {
      gateway = await startUnderTest({
        channels: [
          channel('openai-chat', first.port(), { id: 'first' }),
          channel('anthropic-messages', second.port(), { id: 'second' }),
          channel('gemini', third.port(), { id: 'third', apiKeys: ['key-of-the-gateway'] }),
        ],
        routes: [
          route([MODEL], ['first', 'second', 'third'], {
            strategy: 'failover',
            rewrite: {
              second: vendors['anthropic-messages'].model,
              third: vendors.gemini.model,
            },
          }),
        ],
        timeouts: patience(),
      });
    }

    const clientKey = { authorization: 'Bearer key-of-the-client' };

    it('is not shown to another vendor after its own one failed', async () => {
      await startMixed();
      first.behave(always({ type: 'status', status: 500 }));
      const received = await tell('openai-chat', clientKey);
      assert.equal(judge(received).end, 'whole', received.text);
      assert.equal(second.ledger.length, 0);
      assert.deepEqual(keysOf(third), ['key-of-the-gateway']);
    });

    it('is not shown to another vendor while its own one is broken', async () => {
      await startMixed();
      first.behave(always({ type: 'status', status: 500 }));
      for (let turn = 0; turn < 20; turn++) await tell('openai-chat', clientKey);
      assert.ok(first.ledger.length < 20, 'the breaker never opened');
      assert.deepEqual(
        keysOf(second).filter((key) => key === 'key-of-the-client'),
        [],
      );
      assert.deepEqual(new Set(keysOf(third)), new Set(['key-of-the-gateway']));
    });
  });
});
