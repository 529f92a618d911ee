/** What a key may spend is what it spends, whoever asks at once and however often the gateway starts. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../packages/gateway/src/stores/database/index.ts';
import {
  answers,
  json,
  type ScriptedUpstream,
  scriptedUpstream,
} from '../e2e/scripted-upstream.ts';
import { type GatewayUnderTest, startUnderTest } from '../faults/gateway.ts';
import { type InsertedKey, insertKey, pepper } from './gateway-keys.ts';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.ts';
import { numberOf } from './numbers.ts';
import { ask } from './steady-load.ts';

const BUDGET_MICRO_USD = 10_000;
const requests = numberOf('TRUTH_BUDGET_REQUESTS', 1_000);

/** In dollars for a million tokens: every token costs 10 millionths of a dollar. */
const price = { input: 10, output: 10 };
const MICRO_USD_A_TOKEN = 10;
const OUTPUT_TOKENS = 10;
/** As many as the request of `ask` asks for, of an input that is short. */
const COST_EACH = (4 + OUTPUT_TOKENS) * MICRO_USD_A_TOKEN;

describe('a budget of one cent', { timeout: 100_000 }, () => {
  let folder: string;
  let databaseUrl: string;
  let upstream: ScriptedUpstream;
  let key: InsertedKey;
  let gateway: GatewayUnderTest | undefined;
  let child: GatewayProcess | undefined;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dragoman-budget-'));
    databaseUrl = `sqlite:${join(folder, 'dragoman.db')}`;
    key = await insertKey(databaseUrl, { budgetMicroUsd: BUDGET_MICRO_USD });
    upstream = await scriptedUpstream();
    costs(4, OUTPUT_TOKENS);
  });
  afterEach(async () => {
    await gateway?.close();
    gateway = undefined;
    await child?.kill();
    child = undefined;
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function costs(input: number, output: number): void {
    upstream.answer(
      json({
        ...answers.chat,
        usage: {
          prompt_tokens: input,
          completion_tokens: output,
          total_tokens: input + output,
        },
      }),
    );
  }

  async function start(): Promise<GatewayUnderTest> {
    const address = { domain: '127.0.0.1', port: upstream.port, tls: false };
    gateway = await startUnderTest({
      dataDirectory: folder,
      databaseUrl,
      pepper,
      upstreams: { openai: address, anthropic: address, gemini: address },
      apiKeys: { openai: ['key-of-openai'], anthropic: [], gemini: [] },
      prices: [{ models: ['gpt-4o'], ...price, cacheRead: undefined, cacheWrite: undefined }],
    });
    return gateway;
  }

  function startChild(): Promise<GatewayProcess> {
    return startGatewayProcess({
      folder,
      config: {
        channels: [
          {
            id: 'main',
            provider: 'openai',
            base_url: `http://127.0.0.1:${upstream.port}/v1`,
            api_keys: ['key-of-main'],
          },
        ],
        prices: [{ models: ['gpt-4o'], ...price }],
      },
      env: { DATABASE_URL: databaseUrl, DRAGOMAN_PEPPER: pepper },
    });
  }

  /** How many were served; all others were refused for the budget. */
  async function spend(port: number, count: number): Promise<number> {
    const all = await Promise.all(
      Array.from({ length: count }, () => ask({ port, key: key.secret })),
    );
    const served = all.filter(({ status }) => status === 200).length;
    const refused = all.filter(({ status, text }) => status === 429 && /budget/.test(text));
    assert.equal(served + refused.length, count);
    return served;
  }

  async function spendOneByOne(port: number): Promise<number> {
    let served = 0;
    while ((await ask({ port, key: key.secret })).status === 200) {
      served += 1;
      assert.ok(served < 10_000, 'the budget never ends');
    }
    return served;
  }

  async function keptMicroUsd(): Promise<number> {
    const database = await openDatabase(databaseUrl);
    const span = { sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER };
    const { costMicroUsd } = await database.sumUsage({ keyId: key.id, ...span });
    await database.close();
    return costMicroUsd;
  }

  it(`is not overspent by ${requests} requests at once`, async () => {
    const { proxyPort } = await start();
    const served = await spend(proxyPort, requests);
    assert.ok(served > 0);
    assert.ok(served * COST_EACH <= BUDGET_MICRO_USD, `${served * COST_EACH} µ$ were spent`);
    await gateway?.close();
    assert.equal(await keptMicroUsd(), served * COST_EACH);
  });

  it('is spent to the end by requests one after the other, by what they really cost', async () => {
    const { proxyPort } = await start();
    const served = await spendOneByOne(proxyPort);
    const left = BUDGET_MICRO_USD - served * COST_EACH;
    assert.ok(left >= 0, `${-left} µ$ too much were spent`);
    // As little as is thought of a request that is not begun.
    assert.ok(left < 5 * COST_EACH, `${left} µ$ are left`);
  });

  it('is overspent by the own error of the last request at most', async () => {
    costs(100, 400);
    const cost = 500 * MICRO_USD_A_TOKEN;
    const { proxyPort } = await start();
    const served = await spendOneByOne(proxyPort);
    assert.ok(served * cost <= BUDGET_MICRO_USD + cost, `${served * cost} µ$ were spent`);
  });

  it('is still used up after the gateway started again', async () => {
    const first = await start();
    const served = await spendOneByOne(first.proxyPort);
    assert.ok(served > 0);
    await first.close();
    const again = await start();
    assert.equal(await spend(again.proxyPort, 50), 0);
    assert.equal(upstream.asked.length, served);
  });

  it('is still used up after the gateway was killed', async () => {
    child = await startChild();
    const served = await spendOneByOne(child.port);
    assert.ok(served > 0);
    // So long a record may be in memory only.
    await sleep(200);
    await child.kill();
    child = await startChild();
    assert.equal(await spend(child.port, 50), 0);
    assert.equal(upstream.asked.length, served);
  });
});
