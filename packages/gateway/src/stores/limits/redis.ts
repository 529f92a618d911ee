/** Counters in Redis, shared by every gateway that uses it, on the clock of Redis. */
import { ErrorReply } from '@redis/client';
import { newId } from '../../lib/ids.ts';
import type {
  Counter,
  CounterStates,
  LimitStore,
  Reservation,
  Reserved,
} from '../../model/limits.ts';
import { checkClaims, checkCounters, limitOf, settledAmount, unused } from './claims.ts';
import { withDeadline } from './deadline.ts';
import { type Call, createPool, type Pool, type Script, scriptOf } from './redis-pool.ts';
import { heartbeatScript, lookScript, reserveScript, settleScript } from './scripts.ts';

export interface RedisLimitSettings {
  /** `redis://` or `rediss://`, with user, password and database where there are such. */
  readonly url: string;
  readonly poolSize?: number;
  /** Every call rejects after so long. */
  readonly deadlineMs?: number;
  /** Installations that do not count together have different ones. */
  readonly namespace?: string;
  /** Threads of one process, which share their local counters, give the same. */
  readonly instance?: string;
}

export interface RedisLimits extends LimitStore {
  /** How many instances live, this one included; as last known when Redis does not answer. */
  instances(): number;
}

const DEADLINE_MS = 50;
const HEARTBEAT_MS = 5000;
/** Three heartbeats missed. */
const INSTANCE_LIVES_MS = 15_000;
/** No request runs longer, so that what nobody settled until then nobody will. */
const RESERVATION_LIVES_MS = 86_400_000;
const GIVEN_UP_LIVES_MS = 60_000;
const GIVEN_UP_MOST = 1000;

const REFUSED = 0;
const GRANTED = 1;

interface Store {
  readonly pool: Pool;
  readonly deadlineMs: number;
  readonly instance: string;
  /** All keys of a call are in one slot of a cluster, whichever counters the call claims. */
  readonly prefix: string;
  readonly scripts: Readonly<Record<'reserve' | 'settle' | 'look' | 'heartbeat', Script>>;
  readonly ids: { readonly prefix: string; count: number };
  /** Reservations that may have been made without anybody waiting for them any more. */
  readonly givenUp: Map<string, Reservation>;
  readonly live: { instances: number };
}

export function createRedisLimits(settings: RedisLimitSettings): RedisLimits {
  const { url, poolSize = 2, namespace = 'limits' } = settings;
  // The error of whoever reads it further down would hold the password.
  if (!URL.canParse(url)) throw new TypeError('the address of Redis is no URL');
  const pool = createPool({ url, poolSize, onReady: beat });
  const store: Store = {
    pool,
    deadlineMs: settings.deadlineMs ?? DEADLINE_MS,
    instance: settings.instance ?? newId(''),
    prefix: `dragoman:{${namespace}}:`,
    scripts: {
      reserve: scriptOf(reserveScript),
      settle: scriptOf(settleScript),
      look: scriptOf(lookScript),
      heartbeat: scriptOf(heartbeatScript),
    },
    ids: { prefix: `${newId('').slice(0, 12)}.`, count: 0 },
    givenUp: new Map(),
    live: { instances: 1 },
  };
  const beats = setInterval(beat, HEARTBEAT_MS).unref();

  function beat(): void {
    heartbeat(store).catch(ignore);
  }

  return {
    reserve: (counters, amounts) => reserve(store, counters, amounts),
    settle: (reservation, used) => settle(store, reservation, used),
    look: (counters) => look(store, counters),
    instances: () => store.live.instances,
    close() {
      clearInterval(beats);
      return pool.close(store.deadlineMs);
    },
  };
}

async function reserve(
  store: Store,
  counters: readonly Counter[],
  amounts: readonly number[],
): Promise<Reserved> {
  checkClaims(counters, amounts);
  store.ids.count += 1;
  const id = store.ids.prefix + store.ids.count.toString(36);
  const reservation = { id, counters, amounts, atMs: 0 };
  if (counters.length === 0) return { granted: true, reservation, states: unused([]) };
  const words = [
    ...keysOf(store, markOf(store, id), counters),
    String(RESERVATION_LIVES_MS),
    ...counters.flatMap((counter, index) =>
      wordsOf(counter, amounts[index] ?? 0, limitOf(counter)),
    ),
  ];
  const call: Call = { isSent: false, isOver: false };
  const work = store.pool.run(call, store.scripts.reserve, words);
  const reply = await withDeadline(work, store.deadlineMs).catch((error: unknown) => {
    call.isOver = true;
    // What Redis refused it has not done; anything else it may have done, or may still do.
    if (call.isSent && !(error instanceof ErrorReply)) giveUp(store, reservation, work);
    throw error;
  });
  return reservedOf(reservation, numbersOf(reply, counters.length));
}

async function settle(
  store: Store,
  reservation: Reservation,
  used: readonly number[],
): Promise<void> {
  const { counters, amounts, id } = reservation;
  checkClaims(counters, amounts);
  if (counters.length === 0) return;
  const words = [
    ...keysOf(store, markOf(store, id), counters),
    '0',
    ...counters.flatMap((counter, index) => {
      const amount = amounts[index] ?? 0;
      return wordsOf(counter, amount, settledAmount(counter, amount, used[index]));
    }),
  ];
  await ask(store, store.scripts.settle, words);
}

async function look(store: Store, counters: readonly Counter[]): Promise<CounterStates> {
  checkCounters(counters);
  if (counters.length === 0) {
    await heartbeat(store);
    return unused([]);
  }
  const words = [
    ...keysOf(store, instancesOf(store), counters),
    '0',
    ...counters.flatMap((counter) => wordsOf(counter, 1, limitOf(counter))),
  ];
  return statesOf(numbersOf(await ask(store, store.scripts.look, words), counters.length));
}

/** Says that this instance lives, hears how many do, and undoes what was given up. */
async function heartbeat(store: Store): Promise<void> {
  const words = ['1', instancesOf(store), store.instance, String(INSTANCE_LIVES_MS)];
  const reply = await ask(store, store.scripts.heartbeat, words);
  if (typeof reply === 'number') store.live.instances = Math.max(1, reply);
  undoAll(store).catch(ignore);
}

async function undoAll(store: Store): Promise<void> {
  for (const reservation of store.givenUp.values()) await undo(store, reservation);
}

/** Waits for the end of a call that nobody else waits for, and takes back what it reserved. */
function giveUp(store: Store, reservation: Reservation, work: Promise<unknown>): void {
  const { givenUp } = store;
  const finish = (): void => {
    const [oldest] = givenUp.keys();
    if (givenUp.size >= GIVEN_UP_MOST && oldest !== undefined) givenUp.delete(oldest);
    givenUp.set(reservation.id, reservation);
    undo(store, reservation).catch(ignore);
  };
  work.then(finish, finish);
}

/** It stays among those given up until Redis has answered. */
async function undo(store: Store, reservation: Reservation): Promise<void> {
  const { counters, amounts, id } = reservation;
  await ask(store, store.scripts.settle, [
    ...keysOf(store, markOf(store, id), counters),
    String(GIVEN_UP_LIVES_MS),
    ...counters.flatMap((counter, index) => wordsOf(counter, amounts[index] ?? 0, 0)),
  ]);
  store.givenUp.delete(id);
}

async function ask(store: Store, script: Script, words: readonly string[]): Promise<unknown> {
  const call: Call = { isSent: false, isOver: false };
  try {
    return await withDeadline(store.pool.run(call, script, words), store.deadlineMs);
  } finally {
    call.isOver = true;
  }
}

function keysOf(store: Store, first: string, counters: readonly Counter[]): readonly string[] {
  const keys = counters.map((counter) => keyOf(store, counter));
  return [String(counters.length + 1), first, ...keys];
}

/** Another shape or span is another counter: what was counted cannot be counted otherwise. */
function keyOf({ prefix }: Store, { shape, spanMs, subject }: Counter): string {
  return `${prefix}${shape}:${spanMs}:${subject}`;
}

function markOf({ prefix }: Store, id: string): string {
  return `${prefix}reservation:${id}`;
}

function instancesOf({ prefix }: Store): string {
  return `${prefix}instances`;
}

function wordsOf(counter: Counter, amount: number, bound: number): readonly string[] {
  return [counter.shape, String(counter.spanMs), String(amount), String(bound)];
}

function reservedOf(reservation: Reservation, numbers: readonly number[]): Reserved {
  const [outcome, atMs = 0] = numbers;
  const states = statesOf(numbers);
  if (outcome === GRANTED) return { granted: true, reservation: { ...reservation, atMs }, states };
  if (outcome !== REFUSED) throw new Error('the reservation was given up');
  const refusedBy = states.used.flatMap((_, index) =>
    numbers[2 + index * 4] === 0 ? [index] : [],
  );
  return { granted: false, refusedBy, states };
}

/** After the outcome and the time, four numbers a counter: whether it fits is the first of them. */
function statesOf(numbers: readonly number[]): CounterStates {
  const used: number[] = [];
  const resetMs: number[] = [];
  const retryAfterMs: (number | undefined)[] = [];
  for (let place = 2; place + 3 < numbers.length; place += 4) {
    used.push(numbers[place + 1] ?? 0);
    resetMs.push(numbers[place + 2] ?? 0);
    const retryMs = numbers[place + 3] ?? -1;
    retryAfterMs.push(retryMs < 0 ? undefined : retryMs);
  }
  return { used, resetMs, retryAfterMs };
}

function numbersOf(reply: unknown, counterCount: number): readonly number[] {
  const numbers = Array.isArray(reply) ? reply.map(Number) : [];
  const isWhole = numbers.length === 2 || numbers.length === 2 + counterCount * 4;
  if (!isWhole || !numbers.every(Number.isSafeInteger)) {
    throw new Error('Redis answered otherwise than its script does');
  }
  return numbers;
}

function ignore(): void {}
