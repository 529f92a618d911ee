/** Limits as configured, into what one request has to claim. */
import { unixMs } from '../lib/clock.ts';
import { digestOf } from '../lib/digest.ts';
import { remember, rememberPath } from '../lib/remember.ts';
import type { Asking } from '../model/guard.ts';
import type { KnownKey } from '../model/keys.ts';
import type { Counter } from '../model/limits.ts';
import type { LimitSettings, LimitSubject, Settings } from '../model/settings.ts';
import { type BudgetPeriod, budgetCounter, periodEndMs } from './budget.ts';

export type Unit = 'tokens' | 'requests' | 'concurrency' | 'budget';

/** A counter of which a request wants something, and how to speak of it. */
export interface Demand extends Counter {
  readonly unit: Unit;
  /** `user`, `key`, `model`, `channel` or `all`. */
  readonly by: LimitSubject;
  /** Of a budget. */
  readonly period: Period | undefined;
}

interface Period {
  readonly name: BudgetPeriod;
  /** Milliseconds since 1970; infinite: never. */
  readonly endMs: number;
}

/** How much is wanted of each demand, by its unit. */
export type Amounts = Readonly<Record<Unit, number>>;

/**
 * The same list for all requests that the same counters count: to name them and put them together
 * for each was a tenth of what a short request costs.
 */
export interface Rules {
  demands(asking: Subject): readonly Demand[];
  /** Of the limits of channels. */
  channelDemands(channelId: string): readonly Demand[];
  /** Whether any rule looks at channels. */
  readonly hasChannelRules: boolean;
}

type Subject = Pick<Asking, 'identity' | 'model' | 'isFree'>;

export function inOrder(demands: readonly Demand[], amounts: Amounts): readonly number[] {
  const ordered: number[] = [];
  // Done thrice for each request, and faster than to map them.
  for (const { unit } of demands) ordered.push(amountOf(unit, amounts));
  return ordered;
}

function amountOf(unit: Unit, amounts: Amounts): number {
  switch (unit) {
    case 'tokens':
      return amounts.tokens;
    case 'requests':
      return amounts.requests;
    case 'concurrency':
      return amounts.concurrency;
    case 'budget':
      return amounts.budget;
  }
}

type Matches = (text: string) => boolean;

interface Rule {
  readonly by: LimitSubject;
  readonly matches: Matches;
  readonly demandsOf: (counter: string) => readonly Demand[];
}

interface Options {
  readonly settings: Settings;
  /** How long a place of `concurrency` is kept for an exchange that nobody ends. */
  readonly placeMs: number;
  readonly patterns: (patterns: readonly string[]) => Matches;
}

const MINUTE_MS = 60_000;
const DEFAULT_WINDOW_MS = 60 * MINUTE_MS;
/** Users, models, keys and channels, and those together that are known by heart. */
const REMEMBERED_MAX = 5_000;

export function compileRules({ settings, placeMs, patterns }: Options): Rules {
  const rules = [...generalRules(settings), ...settings.limits].map(
    (rule, index): Rule => ({
      by: rule.by,
      matches: rule.match === undefined ? () => true : patterns(rule.match),
      demandsOf: remember(REMEMBERED_MAX, (counter) =>
        demandsOf({ ...rule, name: `limit${index}:${rule.by}:${counter}`, placeMs }),
      ),
    }),
  );
  const digest = remember(REMEMBERED_MAX, digestOf);
  const ofKey = createKeyDemands(placeMs);
  // What no rule looks at tells no lists apart: it may be the client's to choose.
  const hasUsers = rules.some(({ by }) => by === 'user');
  const hasModels = rules.some(({ by }) => by === 'model');

  function gather(subject: Subject): List {
    const { key } = subject.identity;
    const own = key === undefined ? undefined : ofKey(key);
    const demands = own === undefined ? [] : [...own.demands];
    for (const rule of rules) {
      const value = valueOf(rule.by, subject, digest);
      if (value === undefined || !rule.matches(value.name)) continue;
      demands.push(...rule.demandsOf(value.counter));
    }
    const counted = subject.isFree === true ? demands.filter(isOfRequest) : demands;
    return { demands: counted, endMs: own?.endMs ?? Number.POSITIVE_INFINITY };
  }

  const placeOf = rememberPath(REMEMBERED_MAX, (): Place => ({ list: undefined }));

  return {
    hasChannelRules: rules.some(({ by }) => by === 'channel'),
    demands(subject) {
      const { key, owner, user } = subject.identity;
      const isFree = subject.isFree === true;
      const model = hasModels ? subject.model : undefined;
      const place = placeOf([key ?? owner, hasUsers ? user : undefined, model, isFree]);
      if (place.list === undefined || isOver(place.list)) place.list = gather(subject);
      return place.list.demands;
    },
    channelDemands: remember(REMEMBERED_MAX, (id) =>
      rules
        .filter(({ by, matches }) => by === 'channel' && matches(id))
        .flatMap(({ demandsOf: of }) => of(id)),
    ),
  };
}

/** Where nothing is generated, only the request itself counts. */
function isOfRequest({ unit }: Demand): boolean {
  return unit === 'requests' || unit === 'concurrency';
}

/** Demands, and until when they are those: a budget's counter is another one in its next period. */
interface List {
  readonly demands: readonly Demand[];
  readonly endMs: number;
}

interface Place {
  list: List | undefined;
}

function isOver({ endMs }: List): boolean {
  return endMs !== Number.POSITIVE_INFINITY && unixMs() >= endMs;
}

/** The setting that limits every user, and every key so that a user's name cannot lift its key's limit. */
function generalRules({ rateLimiting }: Settings): readonly LimitSettings[] {
  if (!rateLimiting.enabled) return [];
  const rule = {
    match: undefined,
    tokens: rateLimiting.tokensMax,
    requests: undefined,
    concurrency: undefined,
    windowMs: rateLimiting.windowMinutes * MINUTE_MS,
  };
  return [
    { ...rule, by: 'user' },
    { ...rule, by: 'key' },
  ];
}

interface Value {
  /** What patterns look at. */
  readonly name: string;
  /** What tells counters apart; no name of a person. */
  readonly counter: string;
}

function valueOf(
  by: LimitSubject,
  { identity: { key, owner, user }, model }: Subject,
  digest: (text: string) => string,
): Value | undefined {
  switch (by) {
    case 'all':
      return { name: '', counter: '' };
    case 'user':
      return user === undefined
        ? { name: key?.name ?? owner, counter: owner }
        : { name: user, counter: digest(user) };
    case 'key':
      return { name: key?.name ?? owner, counter: owner };
    case 'model':
      return { name: model, counter: digest(model) };
    case 'channel':
      return undefined;
  }
}

interface Named {
  readonly name: string;
  readonly by: LimitSubject;
  readonly tokens: number | undefined;
  readonly requests: number | undefined;
  readonly concurrency: number | undefined;
  readonly windowMs: number;
  readonly placeMs: number;
}

function demandsOf(rule: Named): readonly Demand[] {
  const { name, by, windowMs, placeMs } = rule;
  const demands: Demand[] = [];
  const add = (unit: Unit, limit: number | undefined): void => {
    if (limit === undefined) return;
    const isPlace = unit === 'concurrency';
    const shape = isPlace ? 'concurrency' : 'window';
    const spanMs = isPlace ? placeMs : windowMs;
    demands.push({ subject: `${name}:${unit}`, shape, limit, spanMs, unit, by, period: undefined });
  };
  add('tokens', rule.tokens);
  add('requests', rule.requests);
  add('concurrency', rule.concurrency);
  return demands;
}

/** A key's own limits; what is known of a key goes with it, and with the period of its budget. */
function createKeyDemands(placeMs: number): (key: KnownKey) => List {
  const known = new WeakMap<KnownKey, List>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined && !isOver(before)) return before;
    const budget = budgetOf(key);
    const list = {
      demands: [...ownDemands(key, placeMs), ...(budget === undefined ? [] : [budget])],
      endMs: budget?.period?.endMs ?? Number.POSITIVE_INFINITY,
    };
    known.set(key, list);
    return list;
  };
}

function ownDemands({ id, limits }: KnownKey, placeMs: number): readonly Demand[] {
  return demandsOf({
    name: id,
    by: 'key',
    tokens: limits.tokensPerWindow,
    requests: limits.requestsPerWindow,
    concurrency: limits.concurrency,
    windowMs: limits.windowMs ?? DEFAULT_WINDOW_MS,
    placeMs,
  });
}

function budgetOf({ id, limits }: KnownKey): Demand | undefined {
  const { budgetMicroUsd: limit, budgetPeriod: name = 'total' } = limits;
  if (limit === undefined) return undefined;
  // Read before the counter's name: at midnight it is made once more, not one day too late.
  const period = { name, endMs: periodEndMs(name) };
  const { subject, shape, spanMs } = budgetCounter(id, name);
  return { subject, shape, limit, spanMs, unit: 'budget', by: 'key', period };
}
