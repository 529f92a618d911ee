/** Everything behind the guards: keys, counters, prices, usage; opened once, alive through reloads. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createBudgetSeeds } from './admission/budget-seeds.ts';
import { createGuard } from './admission/guard.ts';
import { createIdentify } from './admission/identify.ts';
import { compileRules } from './admission/rules.ts';
import type { Degradation } from './control-plane/degradations.ts';
import { createKeyBook, type RunningKeyBook } from './keys/book.ts';
import { keyDatabaseUrl } from './keys/location.ts';
import { loadPepper } from './keys/pepper.ts';
import type { Log } from './lib/log.ts';
import { compilePatterns } from './lib/patterns.ts';
import { createTimer } from './lib/timer.ts';
import type { BudgetWatch, Guard } from './model/guard.ts';
import type { LimitStore } from './model/limits.ts';
import type { Database, UsageRecord } from './model/records.ts';
import type { ResponseStore } from './model/responses.ts';
import type { Settings } from './model/settings.ts';
import type { Shared } from './shared.ts';
import { openDatabase } from './stores/database/index.ts';
import { createMemoryLimits } from './stores/limits/memory.ts';
import { createResilientLimits } from './stores/limits/resilient.ts';
import { createWatchedResponses } from './stores/responses/watched.ts';
import { createUsageSpool, type UsageSpool } from './stores/spool/index.ts';
import { estimateInputTokens } from './tokens/estimate.ts';

export interface Backing {
  /** Nobody gets in without a key. */
  needsKey(settings: Settings): boolean;
  /** Undefined: everybody may ask for everything. */
  guardFor(settings: Settings): Guard | undefined;
  /** Undefined: usage is kept nowhere. */
  readonly addUsage: ((record: UsageRecord) => void) | undefined;
  /** Takes over other keys of the configuration. Throws, and changes nothing, when they cannot be used. */
  reload(settings: Settings): void;
  close(): Promise<void>;
}

export interface Reports {
  readonly log: Log;
  readonly exceeded: (by: string, unit: string) => void;
  readonly degraded: (what: Degradation, isDegraded: boolean, refuses?: boolean) => void;
  readonly budgets: BudgetWatch;
}

/** Throws an Error for people when something that was asked for cannot be had. */
export async function openBacking(
  settings: Settings,
  reports: Reports,
  store: LimitStore,
): Promise<Backing> {
  const database = await openKeptDatabase(settings);
  const book = await openBook(settings, database, reports);
  const spool = database === undefined ? undefined : openSpool(settings, database, reports);
  const seeds = createBudgetSeeds({
    store,
    database: settings.redisUrl === undefined ? database : undefined,
  });

  return {
    needsKey: ({ auth, keys }) =>
      auth === 'required' || (auth === 'auto' && (keys.length > 0 || !book.isEmpty())),
    guardFor(next) {
      if (!needsGuard(next, database)) return undefined;
      return createGuard({
        ...createIdentify({ auth: next.auth, book, userHeader: next.userHeader }),
        rules: compileRules({
          settings: next,
          placeMs: next.timeouts.totalMs > 0 ? next.timeouts.totalMs : PLACE_MS,
          patterns: compilePatterns,
        }),
        store,
        seeds,
        estimateInputTokens,
        exceeded: reports.exceeded,
        budgets: reports.budgets,
      });
    },
    addUsage: spool?.add,
    reload: (next) => book.reload(next.keys),
    async close() {
      book.close();
      await spool?.close();
      await database?.close();
    },
  };
}

/** For exchanges without a bound. */
const PLACE_MS = 24 * 3_600_000;
const POLL_FILE_MS = 500;
const POLL_SERVER_MS = 2_000;

function needsGuard(settings: Settings, database: Database | undefined): boolean {
  const { auth, keys, limits, rateLimiting, metrics } = settings;
  return (
    auth === 'required' ||
    keys.length > 0 ||
    database !== undefined ||
    limits.length > 0 ||
    rateLimiting.enabled ||
    metrics.users.length > 0
  );
}

/** A file is opened when it is asked for, or when it is there because somebody made keys. */
async function openKeptDatabase(settings: Settings): Promise<Database | undefined> {
  return isDatabaseKept(settings) ? openDatabase(keyDatabaseUrl(settings)) : undefined;
}

function isDatabaseKept({ databaseUrl, dataDirectory }: Settings): boolean {
  return databaseUrl !== undefined || existsSync(join(dataDirectory, 'dragoman.db'));
}

/** The first key may be made while the gateway runs. `appeared` is called once. Returns how to stop. */
export function watchForDatabase(settings: Settings, appeared: () => void): () => void {
  const timer = createTimer();
  function look(): void {
    if (isDatabaseKept(settings)) appeared();
    else timer.set(POLL_FILE_MS, look);
  }
  if (!isDatabaseKept(settings)) timer.set(POLL_FILE_MS, look);
  return timer.clear;
}

async function openBook(
  settings: Settings,
  database: Database | undefined,
  { log, degraded }: Reports,
): Promise<RunningKeyBook> {
  const book = createKeyBook({
    pepper: () => loadPepper(settings),
    configured: settings.keys,
    database,
    pollMs: keyDatabaseUrl(settings).startsWith('sqlite:') ? POLL_FILE_MS : POLL_SERVER_MS,
    changed(state, cause) {
      degraded('keys', state !== 'current', state === 'lost' && settings.auth !== 'open');
      if (state === 'current') log.info('keys are read from the database again');
      else log.error({ err: cause, state }, 'keys cannot be read from the database');
    },
  });
  await book.start();
  return book;
}

/** Counters outlive everything else that is behind the guards. */
export async function openLimits(
  settings: Settings,
  { log, degraded }: Reports,
  { limits, instance }: Shared,
): Promise<LimitStore> {
  const local = createMemoryLimits({ memory: limits });
  const { redisUrl, redisPoolSize, redisFailure } = settings;
  if (redisUrl === undefined) return local;
  // Its client is half of all the code there is, and every worker would hold it.
  const { createRedisLimits } = await import('./stores/limits/redis.ts');
  const shared = createRedisLimits({ url: redisUrl, poolSize: redisPoolSize, instance });
  return createResilientLimits({
    shared,
    local,
    onUnavailable: redisFailure,
    share: () => shared.instances(),
    changed(isDegraded, cause) {
      degraded('redis', isDegraded, redisFailure === 'deny');
      if (isDegraded) log.error({ cause, policy: redisFailure }, 'Redis does not answer');
      else log.info('Redis answers again');
    },
  });
}

/** `machines`: what this machine keeps, where it does. */
export async function openResponses(
  { redisUrl, responses: bounds }: Settings,
  { log, degraded }: Reports,
  machines: ResponseStore | undefined,
): Promise<ResponseStore | undefined> {
  const isInRedis = bounds.store === 'redis' && redisUrl !== undefined;
  const store = isInRedis ? await openRedisResponses(redisUrl, bounds) : machines;
  if (store === undefined) return undefined;
  return createWatchedResponses(store, (isDegraded, cause) => {
    degraded('responses', isDegraded);
    if (isDegraded)
      log.error({ cause }, 'responses cannot be kept, or those that are cannot be read');
    else log.info('responses are kept again');
  });
}

async function openRedisResponses(
  url: string,
  bounds: Settings['responses'],
): Promise<ResponseStore> {
  const { createRedisResponses } = await import('./stores/responses/redis.ts');
  return createRedisResponses({ url, bounds });
}

function openSpool(
  { dataDirectory }: Settings,
  database: Database,
  { log, degraded }: Reports,
): UsageSpool {
  return createUsageSpool({
    directory: join(dataDirectory, 'usage'),
    database,
    changed(state) {
      degraded('usage', state.degraded);
      const { faults, pending, dropped, refused } = state;
      if (state.degraded) log.error({ faults, pending, dropped, refused }, 'usage waits in files');
      else log.info({ pending, dropped, refused }, 'usage is kept again');
    },
  });
}
