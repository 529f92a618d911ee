/** Several gateways on one Redis keep one limit together. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { LimitSettings } from '../../packages/gateway/src/model/settings.ts';
import {
  type RedisServer,
  startRedis,
  whyNoRedis,
} from '../../packages/gateway/src/stores/limits/testing/redis-server.ts';
import {
  answers,
  json,
  type Script,
  type ScriptedUpstream,
  scriptedUpstream,
} from '../e2e/scripted-upstream.ts';
import { type GatewayUnderTest, inParallel, startUnderTest } from '../faults/gateway.ts';
import { ask } from './steady-load.ts';

const GATEWAYS = 3;
const TOKENS_EACH = 100;

const rule: LimitSettings = {
  by: 'all',
  match: undefined,
  tokens: undefined,
  requests: undefined,
  concurrency: undefined,
  windowMs: 600_000,
};

const hundred = {
  ...answers.chat,
  usage: { prompt_tokens: 95, completion_tokens: 5, total_tokens: TOKENS_EACH },
};

describe('three gateways on one Redis', { skip: whyNoRedis() ?? false, timeout: 60_000 }, () => {
  let redis: RedisServer;
  let upstream: ScriptedUpstream;
  let gateways: readonly GatewayUnderTest[] = [];
  beforeEach(async () => {
    redis = await startRedis();
    upstream = await scriptedUpstream();
  });
  afterEach(async () => {
    await Promise.all(gateways.map((gateway) => gateway.close()));
    gateways = [];
    await upstream.close();
    await redis.close();
  });

  async function start(limits: Partial<LimitSettings>, script: Script): Promise<void> {
    upstream.answer(script);
    const address = { domain: '127.0.0.1', port: upstream.port, tls: false };
    gateways = await Promise.all(
      Array.from({ length: GATEWAYS }, () =>
        startUnderTest({
          redisUrl: redis.url,
          limits: [{ ...rule, ...limits }],
          upstreams: { openai: address, anthropic: address, gemini: address },
        }),
      ),
    );
  }

  /** So many requests over all gateways; the statuses. */
  async function send(count: number, width: number): Promise<readonly number[]> {
    const statuses: number[] = [];
    await inParallel(count, width, async (index) => {
      const port = gateways[index % GATEWAYS]?.proxyPort ?? 0;
      statuses.push((await ask({ port, key: `client-${index % 7}` })).status);
    });
    return statuses;
  }

  function countOf(statuses: readonly number[], status: number): number {
    return statuses.filter((each) => each === status).length;
  }

  async function checkWhole(): Promise<void> {
    for (const { metricsPort } of gateways) {
      const page = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      assert.doesNotMatch(page, /dragoman_degraded\{what="redis"\} 1/, 'Redis was lost meanwhile');
    }
  }

  it('admit exactly 50 of 300 requests that come at once, where 50 are allowed', async () => {
    await start({ requests: 50 }, json(answers.chat));
    const statuses = await send(300, 300);
    await checkWhole();
    assert.equal(countOf(statuses, 200), 50);
    assert.equal(countOf(statuses, 429), 250);
    assert.equal(upstream.asked.length, 50);
  });

  it('admit exactly 50 of 300 requests that come one after the other', async () => {
    await start({ requests: 50 }, json(answers.chat));
    const statuses = await send(300, 5);
    await checkWhole();
    assert.equal(countOf(statuses, 200), 50);
    assert.equal(countOf(statuses, 429), 250);
  });

  it('use nearly all tokens that there are, and no more but the own error of those that run', async () => {
    const limit = 5_000;
    await start({ tokens: limit }, json(hundred));
    const statuses = await send(150, 6);
    await checkWhole();
    const used = countOf(statuses, 200) * TOKENS_EACH;
    assert.ok(used >= limit * 0.8, `${used} tokens were used`);
    // Each of those that run together may need more than was thought of it.
    assert.ok(used <= limit + 6 * TOKENS_EACH, `${used} tokens were used`);
  });

  it('never run more requests together than are allowed', async () => {
    let running = 0;
    let most = 0;
    await start({ concurrency: 10 }, async (response, asked) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running -= 1;
      await json(answers.chat)(response, asked);
    });
    const statuses = await send(200, 60);
    await checkWhole();
    assert.ok(most <= 10, `${most} ran together`);
    assert.equal(countOf(statuses, 200) + countOf(statuses, 429), 200);
    assert.equal(countOf(await send(30, 5), 200), 30, 'places are free again');
  });
});
