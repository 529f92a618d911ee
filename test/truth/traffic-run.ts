/** That run: the real command, all requests, and afterwards its page, its log and its usage. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Page,
  parsePage,
  total,
} from '../../packages/gateway/src/control-plane/testing/exposition.ts';
import { hashSecret, newSecret } from '../../packages/gateway/src/keys/secret.ts';
import { closedPort, inParallel } from '../faults/gateway.ts';
import { pepper } from './gateway-keys.ts';
import { startGatewayProcess } from './gateway-process.ts';
import { askRaw } from './raw-client.ts';
import { createTrafficClient, type Got } from './traffic-client.ts';
import { type Counted, countedOf, type Line, price } from './traffic-ledger.ts';
import { DEAD_MODEL, type KeyName, models, type Trip } from './traffic-plan.ts';
import { type Noted, startTrafficUpstream } from './traffic-upstream.ts';
import { type Row, rowsOf } from './usage-rows.ts';

interface Loss {
  readonly requestId: string;
  readonly feature: string;
  readonly action: string;
  readonly reason: string;
}

export interface Ran {
  readonly text: string;
  readonly page: Page;
  readonly lines: readonly Line[];
  readonly losses: readonly Loss[];
  readonly rows: readonly Row[];
  /** Exchanges of which the gateway knew; those of the rest left before. */
  readonly counted: readonly Counted[];
  readonly unseen: readonly Trip[];
  got(trip: Trip): Got;
  noted(trip: Trip): Noted;
}

const WIDTH = 48;
const keyNames: readonly KeyName[] = ['team-a', 'team-b', 'limited'];
export const BUDGET_DOLLARS = 1_000;
export const GREEDY_LIMIT = 20;
export const KEY_LIMIT = 15;

export async function runTraffic(trips: readonly Trip[], workers: number): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-traffic-'));
  const upstream = await startTrafficUpstream(trips);
  const secrets = { 'team-a': newSecret(), 'team-b': newSecret(), limited: newSecret() };
  const file = join(folder, 'dragoman.db');
  const gateway = await startGatewayProcess({
    folder,
    config: configOf(upstream.port, await closedPort(), secrets),
    env: {
      WORKERS: String(workers),
      DRAGOMAN_PEPPER: pepper,
      DATABASE_URL: `sqlite:${file}`,
      LOG_LEVEL: 'debug',
      METRICS_USERS: 'alice,bob',
    },
  });
  const client = createTrafficClient({ port: gateway.port, secrets, unknownSecret: newSecret() });
  const got = new Map<Trip, Got>();
  try {
    await inParallel(trips.length, WIDTH, async (index) => {
      const trip = trips[index];
      if (trip !== undefined) got.set(trip, await client.perform(trip, upstream.of(trip.id)));
    });
    // What is no request is answered and counted nowhere.
    assert.match(await askRaw(gateway.port, { path: '/', text: 'no request\r\n\r\n' }), / 400 /);
    const text = await settledPage(gateway.metrics, trips.filter(isCertain).length);
    client.close();
    await gateway.stop();
    const all = jsonLinesOf(gateway.printed());
    const lines = all.filter(({ msg }) => msg === 'exchange') as unknown as readonly Line[];
    const byId = new Map(lines.map((line) => [line.requestId, line]));
    const counted = trips.flatMap((trip) => {
      const line = byId.get(trip.id);
      const one = got.get(trip);
      if (line === undefined || one === undefined) return [];
      return [countedOf({ trip, line, got: one, noted: upstream.of(trip.id) })];
    });
    return {
      text,
      page: parsePage(text),
      lines,
      losses: all.filter(({ msg }) => msg === 'loss') as unknown as readonly Loss[],
      rows: rowsOf(file),
      counted,
      unseen: trips.filter(({ id }) => !byId.has(id)),
      got: (trip) => got.get(trip) ?? assert.fail(trip.id),
      noted: ({ id }) => upstream.of(id),
    };
  } finally {
    await gateway.kill();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Who leaves with the request on its way may never have been there. */
export function isCertain({ leave }: Trip): boolean {
  return leave !== 'at-once' && leave !== 'half-sent';
}

/** Exchanges that clients left are counted when their tokens are. */
async function settledPage(read: () => Promise<string>, atLeast: number): Promise<string> {
  let former = -1;
  for (let tries = 0; tries < 100; tries += 1) {
    const text = await read();
    const page = parsePage(text);
    const now = total(page, 'http_requests_total');
    if (now >= atLeast && now === former && total(page, 'dragoman_channel_in_flight') === 0)
      return text;
    former = now;
    await sleep(300);
  }
  return read();
}

function jsonLinesOf(printed: string): readonly { readonly [field: string]: unknown }[] {
  return printed
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

function configOf(
  port: number,
  deadPort: number,
  secrets: Readonly<Record<KeyName, string>>,
): object {
  const channel = (id: string, provider: string, model: string): object => ({
    id,
    provider,
    base_url: `http://127.0.0.1:${port}/${id}${provider === 'openai' ? '/v1' : ''}`,
    api_keys: [`key-of-${id}`],
    models: [model],
  });
  const pair = (name: string, provider: string, model: string): readonly object[] =>
    ['a', 'b'].map((letter) => channel(`${name}-${letter}`, provider, model));
  return {
    channels: [
      ...pair('chat', 'openai', models['openai-chat']),
      ...pair('claude', 'anthropic', models['anthropic-messages']),
      ...pair('gemini', 'gemini', models.gemini),
      {
        id: 'dead',
        provider: 'openai',
        base_url: `http://127.0.0.1:${deadPort}`,
        api_keys: ['key-of-dead'],
        models: [DEAD_MODEL],
      },
      channel('chat-spare', 'openai', DEAD_MODEL),
    ],
    routes: [{ models: [DEAD_MODEL], channels: ['dead'], fallback: ['chat-spare'] }],
    attempts: 2,
    auth: 'required',
    keys: keyNames.map((name) => ({
      name,
      hash: hashSecret(Buffer.from(pepper), secrets[name]),
      ...(name === 'team-b' ? { budget: BUDGET_DOLLARS } : {}),
      ...(name === 'limited' ? { requests_per_window: KEY_LIMIT } : {}),
    })),
    limits: [{ by: 'user', match: ['greedy'], requests: GREEDY_LIMIT, window: '1h' }],
    prices: [{ models: [...Object.values(models), DEAD_MODEL], ...price }],
  };
}
