/** Shared counters that may be lost: then each instance goes on alone, and no request waits for them. */
import type {
  Counter,
  CounterStates,
  LimitStore,
  MaybePromise,
  Reservation,
  Reserved,
} from '../../model/limits.ts';
import { type Arrears, createArrears, type Debt, type Settlement } from './arrears.ts';
import { checkClaims, checkCounters, unused } from './claims.ts';
import { DeadlineError, withDeadline } from './deadline.ts';

export interface ResilientLimitSettings {
  readonly shared: LimitStore;
  readonly local: LimitStore;
  /**
   * `local`: the local store counts, against this instance's share of each limit. `allow`: everything
   * is granted. `deny`: everything is refused.
   */
  readonly onUnavailable: 'local' | 'allow' | 'deny';
  /** How many instances share a limit; 1 when it is not given. */
  readonly share?: () => number;
  readonly deadlineMs?: number;
  /** How often a lost shared store is tried again, in the background. */
  readonly trialEveryMs?: number;
  /** So many settlements wait for a lost shared store; more displace the oldest. */
  readonly settlementsMax?: number;
  /** Called once a change. */
  readonly changed: (isDegraded: boolean, cause?: string) => void;
}

export interface ResilientLimits extends LimitStore {
  isDegraded(): boolean;
}

const DEADLINE_MS = 50;
const TRIAL_EVERY_MS = 500;
const SETTLEMENTS_MAX = 10_000;
/** Each failure costs a request nothing but time; a deadline missed costs it all the time there is. */
const FAILURES_IN_A_ROW = 3;
/** Settlements that are told at the same time. */
const TOLD_TOGETHER = 50;

/** Where a reservation was made is written before its id, so that copies of it know it too. */
const SHARED = 'shared:';
const LOCAL = 'local:';
const NOWHERE = 'nowhere:';

interface Store {
  readonly settings: ResilientLimitSettings;
  readonly deadlineMs: number;
  readonly trialEveryMs: number;
  readonly state: State;
  readonly arrears: Arrears;
  readonly shares: WeakMap<readonly Counter[], Share>;
}

/** What an instance counts against while it is alone. */
interface Share {
  readonly instances: number;
  readonly counters: readonly Counter[];
}

interface State {
  isDegraded: boolean;
  isClosed: boolean;
  failures: number;
  /** Counts changes: the failure of a call from before the last one says nothing of the present. */
  epoch: number;
  /** Numbers what was granted uncounted. */
  allowed: number;
  /** Runs while the shared store is lost, or has something to be told. */
  wake: NodeJS.Timeout | undefined;
}

export function createResilientLimits(settings: ResilientLimitSettings): ResilientLimits {
  const store: Store = {
    settings,
    deadlineMs: settings.deadlineMs ?? DEADLINE_MS,
    trialEveryMs: settings.trialEveryMs ?? TRIAL_EVERY_MS,
    state: {
      isDegraded: false,
      isClosed: false,
      failures: 0,
      epoch: 0,
      allowed: 0,
      wake: undefined,
    },
    arrears: createArrears(settings.settlementsMax ?? SETTLEMENTS_MAX),
    shares: new WeakMap(),
  };
  return {
    reserve(counters, amounts) {
      checkClaims(counters, amounts);
      if (store.state.isDegraded) return reserveAlone(store, counters, amounts);
      return reserveShared(store, counters, amounts);
    },
    settle: (reservation, used) => settle(store, { reservation, used }),
    look(counters) {
      checkCounters(counters);
      return store.state.isDegraded ? lookAlone(store, counters) : lookShared(store, counters);
    },
    isDegraded: () => store.state.isDegraded,
    async close() {
      store.state.isClosed = true;
      clearTimeout(store.state.wake);
      await Promise.all([settings.shared.close(), settings.local.close()]);
    },
  };
}

async function reserveShared(
  store: Store,
  counters: readonly Counter[],
  amounts: readonly number[],
): Promise<Reserved> {
  const work = begin(() => store.settings.shared.reserve(counters, amounts));
  try {
    return madeAt(SHARED, await attempt(store, work));
  } catch {
    giveBackLate(store, work);
    return reserveAlone(store, counters, amounts);
  }
}

/** Nobody waits any more for what is granted now. */
function giveBackLate(store: Store, work: Promise<Reserved>): void {
  const giveBack = async (): Promise<void> => {
    const late = await work;
    if (!late.granted) return;
    const used = late.reservation.counters.map(() => 0);
    await settle(store, { reservation: madeAt(SHARED, late).reservation, used });
  };
  giveBack().catch(ignore);
}

function reserveAlone(
  store: Store,
  counters: readonly Counter[],
  amounts: readonly number[],
): MaybePromise<Reserved> {
  const { local, onUnavailable } = store.settings;
  if (onUnavailable === 'allow') {
    store.state.allowed += 1;
    const id = `${NOWHERE}${store.state.allowed}`;
    const reservation = { id, counters, amounts, atMs: 0 };
    return { granted: true, reservation, states: unused(counters) };
  }
  if (onUnavailable === 'deny') {
    const refusedBy = [...counters.keys()];
    return { granted: false, refusedBy, states: usedUp(store, counters) };
  }
  const shared = sharesOf(store, counters);
  const reserved = local.reserve(shared, amounts);
  const finish = (made: Reserved): Reserved => {
    const states = statesOfWhole(counters, shared, made.states);
    return madeAt(LOCAL, { ...made, states });
  };
  return reserved instanceof Promise ? reserved.then(finish) : finish(reserved);
}

function settle(store: Store, { reservation, used }: Settlement): MaybePromise<void> {
  const { id } = reservation;
  if (id.startsWith(NOWHERE) || id.startsWith(LOCAL)) {
    store.arrears.owe({ reservation, used });
    wakeLater(store);
    if (id.startsWith(NOWHERE)) return undefined;
    return store.settings.local.settle(unmarked(LOCAL, reservation), used);
  }
  const own = { reservation: unmarked(SHARED, reservation), used };
  return settleShared(store, own);
}

function keep(store: Store, settlement: Settlement): void {
  store.arrears.keep(settlement);
  wakeLater(store);
}

async function settleShared(store: Store, settlement: Settlement): Promise<void> {
  const { reservation, used } = settlement;
  if (store.state.isDegraded) return keep(store, settlement);
  try {
    await attempt(
      store,
      begin(() => store.settings.shared.settle(reservation, used)),
    );
  } catch {
    keep(store, settlement);
  }
}

async function lookShared(store: Store, counters: readonly Counter[]): Promise<CounterStates> {
  try {
    return await attempt(
      store,
      begin(() => store.settings.shared.look(counters)),
    );
  } catch {
    return lookAlone(store, counters);
  }
}

async function lookAlone(store: Store, counters: readonly Counter[]): Promise<CounterStates> {
  const { local, onUnavailable } = store.settings;
  if (onUnavailable === 'allow') return unused(counters);
  if (onUnavailable === 'deny') return usedUp(store, counters);
  const shared = sharesOf(store, counters);
  return statesOfWhole(counters, shared, await local.look(shared));
}

/** One call of the shared store, whose end says whether the store works. */
async function attempt<T>(store: Store, work: Promise<T>): Promise<T> {
  const { state } = store;
  const { epoch } = state;
  try {
    const value = await withDeadline(work, store.deadlineMs);
    if (epoch === state.epoch) state.failures = 0;
    return value;
  } catch (error) {
    if (epoch === state.epoch) fail(store, error);
    throw error;
  }
}

function fail(store: Store, error: unknown): void {
  const { state } = store;
  state.failures += 1;
  if (state.failures < FAILURES_IN_A_ROW && !(error instanceof DeadlineError)) return;
  change(store, true, error instanceof Error ? error.message : String(error));
  wakeLater(store);
}

function change(store: Store, isDegraded: boolean, cause?: string): void {
  const { state, settings } = store;
  state.isDegraded = isDegraded;
  state.failures = 0;
  state.epoch += 1;
  if (cause === undefined) settings.changed(isDegraded);
  else settings.changed(isDegraded, cause);
}

function wakeLater(store: Store): void {
  const { arrears, state, trialEveryMs } = store;
  if (state.isClosed || state.wake !== undefined) return;
  if (!state.isDegraded && arrears.isEmpty()) return;
  state.wake = setTimeout(() => {
    state.wake = undefined;
    wake(store).catch(ignore);
  }, trialEveryMs).unref();
}

/** In the background: a request never waits for a store that is known to be lost. */
async function wake(store: Store): Promise<void> {
  const { settings, deadlineMs, state } = store;
  const look = begin(() => settings.shared.look([]));
  const isThere = await withDeadline(look, deadlineMs).then(
    () => true,
    () => false,
  );
  if (state.isClosed) return;
  if (isThere && state.isDegraded) change(store, false);
  if (isThere) await catchUp(store);
  wakeLater(store);
}

/** Tells the shared store what it missed. What fails again waits again. */
async function catchUp(store: Store): Promise<void> {
  const settlements = store.arrears.takeSettlements();
  for (let at = 0; at < settlements.length; at += TOLD_TOGETHER) {
    const some = settlements.slice(at, at + TOLD_TOGETHER);
    await Promise.all(some.map((settlement) => settleShared(store, settlement)));
  }
  for (const debt of store.arrears.takeDebts()) await pay(store, debt);
}

async function pay(store: Store, debt: Debt): Promise<void> {
  if (store.state.isDegraded) return store.arrears.add(debt);
  const work = begin(() => store.settings.shared.reserve([debt.counter], [debt.amount]));
  try {
    const made = await attempt(store, work);
    if (!made.granted) return;
    await settle(store, { reservation: madeAt(SHARED, made).reservation, used: [debt.amount] });
  } catch {
    giveBackLate(store, work);
    store.arrears.add(debt);
  }
}

/** Of every limit the part of one instance; at least 1, so that a small limit still serves somebody. */
function sharesOf({ settings, shares }: Store, counters: readonly Counter[]): readonly Counter[] {
  const instances = Math.max(1, settings.share?.() ?? 1);
  if (instances === 1) return counters;
  const known = shares.get(counters);
  if (known?.instances === instances) return known.counters;
  const own = counters.map((counter) => {
    const { limit } = counter;
    return { ...counter, limit: Math.max(Math.min(1, limit), Math.floor(limit / instances)) };
  });
  shares.set(counters, { instances, counters: own });
  return own;
}

/** What is left of the whole limit is what this instance may still grant of its share. */
function statesOfWhole(
  counters: readonly Counter[],
  shared: readonly Counter[],
  states: CounterStates,
): CounterStates {
  if (counters === shared) return states;
  const used = states.used.map((own, index) => {
    const others = (counters[index]?.limit ?? 0) - (shared[index]?.limit ?? 0);
    return own + others;
  });
  return { ...states, used };
}

/** Nothing is granted before the store was tried again. */
function usedUp({ trialEveryMs }: Store, counters: readonly Counter[]): CounterStates {
  const untilTrial = counters.map(() => trialEveryMs);
  return {
    used: counters.map(({ limit }) => limit),
    resetMs: untilTrial,
    retryAfterMs: untilTrial,
  };
}

function madeAt<T extends Reserved>(place: string, reserved: T): T {
  if (!reserved.granted) return reserved;
  const { reservation } = reserved;
  return { ...reserved, reservation: { ...reservation, id: place + reservation.id } };
}

function unmarked(place: string, reservation: Reservation): Reservation {
  const { id } = reservation;
  return id.startsWith(place) ? { ...reservation, id: id.slice(place.length) } : reservation;
}

/** A store that throws at once fails as one that rejects. */
async function begin<T>(call: () => MaybePromise<T>): Promise<T> {
  return call();
}

function ignore(): void {}
