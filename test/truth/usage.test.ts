/** What providers reported is what is kept and what limits count, whoever left and whatever broke. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { openDatabase } from '../../packages/gateway/src/stores/database/index.ts';
import { estimateInputTokens } from '../../packages/gateway/src/tokens/estimate.ts';
import { inParallel, startUnderTest } from '../faults/gateway.ts';
import { insertKey, pepper } from './gateway-keys.ts';
import { type LedgerProvider, startLedgerProvider } from './ledger-provider.ts';
import { numberOf } from './numbers.ts';
import { drawExchanges, type Exchange, type Fate, type Tokens } from './plan.ts';
import { createPlannedClient } from './planned-client.ts';
import { type Row, rowsOf, sumOf, tokensOf } from './usage-rows.ts';

const requests = numberOf('TRUTH_REQUESTS', 20_000);
const seed = numberOf('TRUTH_SEED', 20_261_125);
const WIDTH = 64;
const TOKENS_LIMIT = 1_000_000_000;
/** Of the longest text that the provider says. */
const WORDS_TOKENS_MAX = 40;

/** Nobody worked on these to the end, or nobody said what it cost. */
const unreportedFates: ReadonlySet<Fate> = new Set([
  'at-once',
  'thinking',
  'mid-stream',
  'before-usage',
  'cut',
  'error',
]);

describe(`usage of ${requests} exchanges (TRUTH_SEED=${seed})`, { timeout: 110_000 }, () => {
  const exchanges = drawExchanges(requests, seed);
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-truth-'));
  const file = join(folder, 'dragoman.db');
  let provider: LedgerProvider;
  let rows: readonly Row[] = [];
  let byExchange = new Map<string, readonly Row[]>();
  let keyId = '';
  let usedTokens = Number.NaN;
  let sentTokens = Number.NaN;

  before(async () => {
    provider = await startLedgerProvider(exchanges);
    const key = await insertKey(`sqlite:${file}`, {
      tokensPerWindow: TOKENS_LIMIT,
      windowMs: 3_600_000,
    });
    keyId = key.id;
    const address = { domain: '127.0.0.1', port: provider.port, tls: false };
    const gateway = await startUnderTest({
      dataDirectory: folder,
      databaseUrl: `sqlite:${file}`,
      pepper,
      attemptsMax: 2,
      upstreams: { openai: address, anthropic: address, gemini: address },
      apiKeys: { openai: ['key-of-openai'], anthropic: ['key-of-anthropic'], gemini: [] },
    });
    const client = createPlannedClient({ port: gateway.proxyPort, key: key.secret });
    await inParallel(exchanges.length, WIDTH, async (index) => {
      const exchange = exchanges[index];
      if (exchange !== undefined) await client.perform(exchange, provider.entry(exchange.id));
    });
    client.close();
    const asked = exchanges.filter(({ id }) => provider.entry(id).asked > 0).length;
    await untilKept(file, asked);
    const looked = await lookAtWindow(gateway.proxyPort, key.secret);
    usedTokens = looked.used;
    await gateway.close();
    const all = rowsOf(file);
    rows = all.filter(({ user_name }) => user_name !== 'looker');
    sentTokens = sumOf(rows);
    byExchange = new Map(Map.groupBy(rows, ({ user_name }) => user_name));
  });

  after(async () => {
    await provider.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function eachAsked(check: (exchange: Exchange, row: Row) => string | undefined): void {
    const faults: string[] = [];
    for (const exchange of exchanges) {
      if (provider.entry(exchange.id).asked === 0) continue;
      const [row] = byExchange.get(exchange.id) ?? [];
      const fault = row === undefined ? 'is not kept' : check(exchange, row);
      if (fault !== undefined) faults.push(`${nameOf(exchange)}: ${fault}`);
    }
    assert.deepEqual(summary(faults), []);
  }

  it('is kept once for every exchange that an upstream saw', () => {
    const asked = exchanges.filter(({ id }) => provider.entry(id).asked > 0);
    const lost = asked.filter(({ id }) => !byExchange.has(id));
    const twice = exchanges.filter(({ id }) => (byExchange.get(id)?.length ?? 0) > 1);
    assert.deepEqual(summary(lost.map(nameOf)), []);
    assert.deepEqual(summary(twice.map(nameOf)), []);
    assert.ok(asked.length > requests * 0.9, `${asked.length} reached the upstream`);
    assert.equal(provider.forgotten(), 0, 'an upstream worked on for a client that had left');
  });

  it('that no upstream saw is of clients that left', () => {
    for (const [id, [row]] of byExchange)
      if (provider.entry(id).asked === 0) assert.equal(row?.end_cause, 'client-gone', id);
  });

  it('is what the provider reported, token by token', () => {
    eachAsked(({ id }, row) => {
      const { reported } = provider.entry(id);
      if (reported === undefined) return undefined;
      if (row.estimated === 1) return 'is estimated although it was reported';
      const kept = JSON.stringify(tokensOf(row));
      return kept === JSON.stringify(reported) ? undefined : `${kept} is kept`;
    });
  });

  it('sums up to the ledger within 0.1 %', async () => {
    const told = exchanges.flatMap(({ id }) => provider.entry(id).reported ?? []);
    const ledger = told.reduce((sum, tokens) => sum + totalOf(tokens), 0);
    const kept = sumOf(rows.filter(({ user_name }) => provider.entry(user_name).reported));
    assert.ok(told.length > requests * 0.5, `${told.length} exchanges were reported`);
    assert.ok(Math.abs(kept - ledger) <= ledger * 0.001, `${kept} of ${ledger} tokens`);
    const database = await openDatabase(`sqlite:${file}`);
    const sum = await database.sumUsage({ keyId, sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER });
    await database.close();
    const looker = rowsOf(file).filter(({ user_name }) => user_name === 'looker');
    assert.equal(sum.requests, rows.length + looker.length);
    const input = [...rows, ...looker].reduce((total, row) => total + row.input_tokens, 0);
    assert.equal(sum.inputTokens, input);
  });

  it('that nobody reported is flagged as estimated', () => {
    eachAsked(({ id, fate }, row) => {
      if (provider.entry(id).reported !== undefined || row.status >= 500) return undefined;
      if (fate === 'status' || fate === 'reset') return undefined;
      return row.estimated === 1 ? undefined : `ended ${row.end_cause}, is not estimated`;
    });
  });

  it('counts what was said until the client left, and what was told of the input', () => {
    eachAsked(({ fate, upstream, tokens }, row) => {
      if (fate !== 'mid-stream' && fate !== 'before-usage') return undefined;
      const { output_tokens: output, input_tokens: input } = row;
      if (output <= 1 || output > WORDS_TOKENS_MAX) return `${output} output tokens`;
      const isTold = upstream === 'anthropic-messages';
      return isTold && input !== tokens.fresh ? `${input} of ${tokens.fresh} input` : undefined;
    });
  });

  it('costs nothing where no upstream worked', () => {
    eachAsked(({ fate }, row) => {
      if (fate !== 'status' && fate !== 'reset') return undefined;
      return sumOf([row]) === 0 ? undefined : `${sumOf([row])} tokens`;
    });
  });

  it('is what the window of its key holds afterwards, with nothing reserved', () => {
    assert.equal(usedTokens, sentTokens);
  });

  it('covers every way an exchange may end', () => {
    for (const fate of [...unreportedFates, 'well', 'recovers', 'after-usage'])
      assert.ok(exchanges.some((exchange) => exchange.fate === fate) || requests < 2_000, fate);
  });
});

/** What the window holds beside the reservation of the request that looks. */
async function lookAtWindow(port: number, key: string): Promise<{ readonly used: number }> {
  const output = 10;
  const body = JSON.stringify({
    model: 'gpt-4o',
    max_tokens: output,
    messages: [{ role: 'user', content: 'look' }],
  });
  const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      user: 'looker',
      'content-type': 'application/json',
    },
    body,
  });
  assert.equal(answer.status, 200, await answer.text());
  const left = Number(answer.headers.get('x-ratelimit-remaining-tokens'));
  const reserved = estimateInputTokens(Buffer.from(body)) + output;
  return { used: TOKENS_LIMIT - left - reserved };
}

/** Records reach the database soon after their exchange; those of counted answers a little later. */
async function untilKept(file: string, asked: number): Promise<void> {
  let kept = -1;
  for (let look = 0; look < 100; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const now = countOf(file);
    if (now >= asked && now === kept) return;
    kept = now;
  }
}

function countOf(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return Number(database.prepare('select count(*) as n from dragoman_usage').get()?.['n']);
  } finally {
    database.close();
  }
}

function totalOf(tokens: Tokens): number {
  return Object.values(tokens).reduce((sum, each) => sum + each, 0);
}

function nameOf({ client, upstream, stream, fate }: Exchange): string {
  return `${client} to ${upstream}, ${stream ? 'stream' : 'whole'}, ${fate}`;
}

/** Each fault once, with how often it came. */
function summary(faults: readonly string[]): readonly string[] {
  const groups = Map.groupBy(faults, (fault) => fault.replace(/\d+/g, 'N'));
  return [...groups].map(([, some]) => `${some.length} times: ${some[0]}`);
}
