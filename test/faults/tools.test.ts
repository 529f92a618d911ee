/** The fault injector and the judge, tried on each other without a gateway: each sees what the other does. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FormatId, formatIds, type StreamFraming } from './dialects.ts';
import { type FaultProvider, startFaultProvider } from './fault-provider.ts';
import { type ProxyPlan, startFaultProxy } from './fault-proxy.ts';
import { judge, type Verdict } from './judge.ts';
import { markedTexts, readMarks } from './marks.ts';
import { type Manner, type Plan, plainManner, planName } from './plan.ts';
import { seeded } from './random.ts';
import { ask, type Received } from './stream-client.ts';

describe('marks', () => {
  const texts = markedTexts('q1.a.0', 5, seeded('marks'));
  const problemsOf = (parts: readonly (string | undefined)[]): string =>
    readMarks(parts.join('')).problems.join('; ');

  it('read back as they were written', () => {
    assert.deepEqual(readMarks(texts.join('')), {
      stream: 'q1.a.0',
      count: 5,
      total: 5,
      problems: [],
    });
  });
  it('show loss, doubling, reordering, alteration and glue', () => {
    const [a, b, c] = texts;
    const [alien] = markedTexts('q2.b.0', 5, seeded('other'));
    assert.match(problemsOf([a, c]), /lost/);
    assert.match(problemsOf([a, b, b]), /doubled/);
    assert.match(problemsOf([a, c, b]), /lost.*reordered/);
    assert.match(problemsOf([a, b?.replace(/>.*/su, '>x')]), /altered/);
    assert.match(problemsOf([a, alien]), /glued/);
    assert.match(problemsOf([a, 'x', b]), /altered/);
    assert.match(problemsOf(['x', a]), /altered/);
  });
});

describe('a fault provider', () => {
  let provider: FaultProvider;
  before(async () => {
    provider = await startFaultProvider({ channel: 'a' });
  });
  after(() => provider.close());

  const manners: readonly Manner[] = [
    plainManner,
    { ...plainManner, framing: 'length', pace: 'at-once' },
    { ...plainManner, framing: 'close', gapMs: 1 },
  ];
  const shapes: readonly (readonly [FormatId, StreamFraming | undefined])[] = [
    ...formatIds.flatMap((format) => [[format, 'sse'] as const, [format, undefined] as const]),
    ['gemini', 'json-array'],
  ];

  async function tell(
    plan: Plan,
    format: FormatId,
    stream: StreamFraming | undefined,
  ): Promise<Received> {
    provider.behave({ plan: () => plan, manner: () => plainManner });
    const question = { port: provider.port(), format, model: 'm', id: 'q1', stream };
    return ask(question).received;
  }

  const seen = async (plan: Plan, format: FormatId = 'openai-chat'): Promise<Verdict> =>
    judge(await tell(plan, format, 'sse'));

  for (const [format, stream] of shapes) {
    it(`answers ${format} ${stream ?? 'whole'} so that it is found whole`, async () => {
      for (const manner of manners) {
        for (const plan of [{ type: 'ok' }, { type: 'slow', tickBytes: 50, tickMs: 1 }] as const) {
          provider.behave({ plan: () => plan, manner: () => manner });
          const question = { port: provider.port(), format, model: 'm', id: 'q1', stream };
          const verdict = judge(await ask(question).received);
          assert.deepEqual(verdict.problems, []);
          assert.equal(verdict.end, 'whole');
          assert.equal(verdict.marks.count, manner.events);
          assert.deepEqual(verdict.marks.stream, provider.ledger.at(-1)?.streamId);
        }
      }
      const asked = provider.ledger.at(-1);
      assert.deepEqual(
        [asked?.format, asked?.stream, asked?.id, asked?.ended],
        [format, stream, 'q1', 'sent'],
      );
    });
  }

  for (const format of formatIds) {
    it(`is caught in every cut of ${format}`, async () => {
      for (const by of ['fin', 'rst'] as const) {
        for (const share of [0, 0.4, 0.99]) {
          const inside = await seen({ type: 'cut', at: 'content', share, by }, format);
          assert.equal(inside.end, 'wrong', inside.problems.join('; '));
          const head = await tell({ type: 'cut', at: 'head', share, by }, format, 'sse');
          assert.equal(head.status, 0);
        }
      }
    });

    it(`refuses in ${format}, fails in the middle, and sends what is malformed`, async () => {
      for (const status of [400, 401, 403, 429, 500, 503]) {
        const verdict = await seen({ type: 'status', status }, format);
        assert.deepEqual([verdict.end, verdict.problems], ['refused', []]);
      }
      const mid = await seen({ type: 'error-mid' }, format);
      assert.deepEqual([mid.end, mid.marks.count], ['failed', 2]);
      assert.equal((await seen({ type: 'error-first' }, format)).marks.count, 0);
      assert.equal((await seen({ type: 'malformed-event' }, format)).end, 'wrong');
      const received = await tell({ type: 'malformed-event' }, format, 'sse');
      const allowed = judge(received, { malformedEvents: 1 });
      assert.deepEqual([allowed.end, allowed.problems], ['whole', []]);
    });
  }

  it('answers with what is no stream at all', async () => {
    const plans: readonly Plan[] = [
      { type: 'page' },
      { type: 'error-body' },
      { type: 'malformed-body' },
      { type: 'empty', of: 'nothing' },
      { type: 'empty', of: 'comments' },
      { type: 'empty', of: 'end' },
      { type: 'redirect', status: 302 },
    ];
    for (const plan of plans) assert.equal((await seen(plan)).end, 'wrong', planName(plan));
  });

  it('freezes, and notes when the other side leaves', async () => {
    for (const plan of [
      { type: 'freeze' },
      { type: 'stall', at: 'content', share: 0.5 },
    ] as const) {
      for (const by of ['fin', 'rst'] as const) {
        provider.behave({ plan: () => plan });
        const before = provider.ledger.length;
        const exchange = ask({
          port: provider.port(),
          format: 'gemini',
          model: 'm',
          id: 'q1',
          stream: 'sse',
        });
        while (provider.ledger.length === before) await sleep(2);
        if (plan.type === 'stall') await exchange.begun;
        const leftMs = performance.now();
        exchange.leave(by);
        assert.equal((await exchange.received).end, 'left');
        while (provider.running() > 0) await sleep(2);
        const last = provider.ledger.at(-1);
        assert.equal(last?.ended, 'closed');
        assert.ok((last.abortedMs ?? 0) >= leftMs);
      }
    }
  });

  it('resets connections early, and refuses them', async () => {
    provider.behave({ connection: () => ({ type: 'reset', afterBytes: 0 }) });
    const question = {
      port: provider.port(),
      format: 'gemini',
      model: 'm',
      id: 'q',
      stream: 'sse',
    } as const;
    const count = provider.ledger.length;
    assert.equal((await ask(question).received).end, 'reset');
    provider.behave({ connection: () => ({ type: 'reset', afterBytes: 20 }) });
    assert.equal((await ask(question).received).end, 'reset');
    await provider.refuse();
    assert.equal((await ask(question).received).end, 'reset');
    await provider.accept();
    provider.behave({});
    assert.equal(provider.ledger.length, count);
    assert.equal((await ask(question).received).end, 'complete');
  });
});

describe('a fault proxy', () => {
  let provider: FaultProvider;
  before(async () => {
    provider = await startFaultProvider({ channel: 'a' });
  });
  after(() => provider.close());

  async function through(plan: ProxyPlan): Promise<Verdict> {
    const options = { upstreamPort: provider.port(), seed: 'proxy', plan: () => plan };
    const proxy = await startFaultProxy(options);
    const question = { format: 'openai-chat', model: 'm', id: 'q', stream: 'sse' } as const;
    const exchange = ask({ ...question, port: proxy.port });
    if (plan.freezeAfterBytes !== undefined) setTimeout(() => exchange.leave('fin'), 50);
    const received = await exchange.received;
    await proxy.close();
    return judge(received);
  }

  it('hands on whole what it delays, splits and throttles', async () => {
    const plans: readonly ProxyPlan[] = [
      {},
      { delayMs: 20 },
      { split: true },
      { throttle: { tickBytes: 100, tickMs: 1 } },
    ];
    for (const plan of plans) assert.equal((await through(plan)).end, 'whole');
  });

  it('cuts and freezes where it is told to', async () => {
    for (const by of ['fin', 'rst'] as const) {
      const cut = await through({ cut: { afterBytes: 700, by } });
      assert.match(cut.problems.join('; '), /ended (?:cut|reset).*silently cut/);
    }
    const frozen = await through({ freezeAfterBytes: 700, split: true });
    assert.match(frozen.problems.join('; '), /ended left/);
  });
});
