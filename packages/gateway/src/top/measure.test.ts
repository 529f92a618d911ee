import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHistory } from './history.ts';
import { figuresOf } from './measure.ts';
import { earlierPage, laterPage, SECONDS, scrapeOf } from './testing/pages.ts';

const figures = figuresOf(scrapeOf(earlierPage, 0), scrapeOf(laterPage, SECONDS * 1_000));

describe('figures between two looks', () => {
  it('are of requests, tokens and costs in the time between', () => {
    assert.equal(figures.seconds, SECONDS);
    assert.equal(figures.requestsPerSecond, 10);
    assert.equal(figures.errorShare, 0.2);
    assert.equal(figures.refusedShare, 0.2);
    assert.deepEqual(figures.tokens, { inPerSecond: 100, outPerSecond: 220 });
    assert.equal(figures.cacheShare, 0.5);
    assert.equal(figures.dollarsPerHour, 180);
    assert.equal(figures.rateLimitedPerSecond, 0.3);
    assert.equal(figures.retriesPerSecond, 2);
    assert.deepEqual(figures.firstOutputSeconds, { p50: 0.5, p95: 0.95, p99: 0.99 });
    assert.equal(figures.betweenOutputsSeconds.p50, 0.01);
  });

  it('are of the gateway as it is now', () => {
    assert.equal(figures.inFlight, 8);
    assert.deepEqual(figures.degraded, ['redis']);
    assert.deepEqual(figures.process, {
      version: '1.2.3',
      startedUnixSeconds: 1_700_000_000,
      memoryBytes: 104_857_600,
      eventLoopLagSeconds: 0.25,
      cpuShare: 0.2,
      workers: 4,
      workerRestarts: 1,
    });
  });

  it('are told apart by channel, and what reached none is there too', () => {
    const told = figures.channels.map(({ name, state, inFlight, attemptsPerSecond }) => ({
      name,
      state,
      inFlight,
      attemptsPerSecond,
    }));
    assert.deepEqual(told, [
      { name: 'main', state: 'ok', inFlight: 7, attemptsPerSecond: { ok: 6, 429: 0.5 } },
      { name: 'spare', state: 'open', inFlight: 1, attemptsPerSecond: { '5xx': 2 } },
      { name: 'none', state: undefined, inFlight: 0, attemptsPerSecond: {} },
    ]);
    assert.equal(figures.channels[0]?.firstOutputP95Seconds, 0.95);
    assert.equal(figures.channels[0]?.dollarsPerHour, 180);
  });

  it('are told apart by model and key, those that use most tokens first', () => {
    assert.deepEqual(
      figures.models.map(({ name, requestsPerSecond, tokens }) => [
        name,
        requestsPerSecond,
        tokens.outPerSecond,
      ]),
      [
        ['claude', 2, 200],
        ['gpt-4o', 6, 20],
        ['other', 2, 0],
      ],
    );
    assert.deepEqual(
      figures.keys.map(({ name, budgetUsedShare }) => [name, budgetUsedShare]),
      [
        ['team-b', undefined],
        ['team-a', 0.93],
        ['none', undefined],
      ],
    );
  });

  it('of one look have no rates and no shares', () => {
    const only = scrapeOf(laterPage, 0);
    const { seconds, requestsPerSecond, errorShare, inFlight } = figuresOf(only, only);
    assert.deepEqual([seconds, requestsPerSecond, errorShare, inFlight], [0, 0, undefined, 8]);
  });
});

describe('the last looks', () => {
  it('give rates over ten seconds, or since the one before where that is longer', () => {
    const history = createHistory();
    assert.equal(history.figures(), undefined);
    const secondsAt = (takenAtMs: number): number | undefined => {
      history.add(scrapeOf(laterPage, takenAtMs));
      return history.figures()?.seconds;
    };
    assert.deepEqual(
      [0, 2, 4, 10, 12, 14].map((at) => secondsAt(at * 1_000)),
      [0, 2, 4, 10, 10, 10],
    );
    assert.equal(secondsAt(60_000), 46);
    assert.equal(secondsAt(62_000), 2);
  });
});
