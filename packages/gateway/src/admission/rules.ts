/** Limits as configured, into what one request has to claim. */
import { unixMs } from '../lib/clock.ts';
import { digestOf } from '../lib/digest.ts';
import { remember } from '../lib/remember.ts';
import type { Identity, KnownKey } from '../model/keys.ts';
import type { Claim } from '../model/limits.ts';
import type { LimitSettings, LimitSubject, Settings } from '../model/settings.ts';
import { type BudgetPeriod, budgetCounter, periodEndMs } from './budget.ts';

export type Unit = 'tokens' | 'requests' | 'concurrency' | 'budget';

/** A claim, and how to speak of it. */
export interface Demand {
  readonly unit: Unit;
  /** `user`, `key`, `model`, `channel` or `all`. */
  readonly by: LimitSubject;
  readonly claim: Claim;
  /** Of a budget. */
  readonly period: Period | undefined;
}

interface Period {
  readonly name: BudgetPeriod;
  /** Milliseconds since 1970; infinite: never. */
  readonly endMs: number;
}

/**
 * A demand without its amount. The same for all requests that one counter counts, so that its name
 * is put together once: names were half of what admission costs.
 */
interface Bound extends Omit<Demand, 'claim'> {
  readonly counter: Omit<Claim, 'amount'>;
}

interface RuleSubject {
  readonly identity: Identity;
  readonly model: string;
  /** Undefined: the rules of channels are not asked for. */
  readonly channel: string | undefined;
}

export interface Amounts {
  readonly tokens: number;
  readonly costMicroUsd: number;
}

export interface Rules {
  demands(subject: RuleSubject, amounts: Amounts): readonly Demand[];
  /** Whether any rule looks at channels. */
  readonly hasChannelRules: boolean;
}

type Matches = (text: string) => boolean;

interface Rule {
  readonly by: LimitSubject;
  readonly matches: Matches;
  readonly boundsOf: (counter: string) => readonly Bound[];
}

interface Options {
  readonly settings: Settings;
  /** How long a place of `concurrency` is kept for an exchange that nobody ends. */
  readonly placeMs: number;
  readonly patterns: (patterns: readonly string[]) => Matches;
}

const MINUTE_MS = 60_000;
const DEFAULT_WINDOW_MS = 60 * MINUTE_MS;
/** Users and models that each rule knows by heart. */
const REMEMBERED_MAX = 5_000;

export function compileRules({ settings, placeMs, patterns }: Options): Rules {
  const rules = [...generalRules(settings), ...settings.limits].map(
    (rule, index): Rule => ({
      by: rule.by,
      matches: rule.match === undefined ? () => true : patterns(rule.match),
      boundsOf: remember(REMEMBERED_MAX, (counter) =>
        boundsOf({ ...rule, name: `limit${index}:${rule.by}:${counter}`, placeMs }),
      ),
    }),
  );
  const digest = remember(REMEMBERED_MAX, digestOf);
  const ofKey = createKeyBounds(placeMs);

  return {
    hasChannelRules: rules.some(({ by }) => by === 'channel'),
    demands(subject, amounts) {
      const demands: Demand[] = [];
      const { key } = subject.identity;
      if (key !== undefined && subject.channel === undefined) add(demands, ofKey(key), amounts);
      for (const rule of rules) {
        const value = valueOf(rule.by, subject, digest);
        if (value === undefined || !rule.matches(value.name)) continue;
        add(demands, rule.boundsOf(value.counter), amounts);
      }
      return demands;
    },
  };
}

function add(demands: Demand[], bounds: readonly Bound[], amounts: Amounts): void {
  for (const { unit, by, period, counter } of bounds) {
    const { subject, shape, limit, spanMs } = counter;
    const amount = amountOf(unit, amounts);
    demands.push({ unit, by, period, claim: { subject, shape, amount, limit, spanMs } });
  }
}

function amountOf(unit: Unit, { tokens, costMicroUsd }: Amounts): number {
  if (unit === 'tokens') return tokens;
  // Nothing is free: with an amount of 0 a used-up budget would still let requests pass.
  return unit === 'budget' ? Math.max(1, costMicroUsd) : 1;
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
  { identity, model, channel }: RuleSubject,
  digest: (text: string) => string,
): Value | undefined {
  const { key, owner, user } = identity;
  if (by === 'channel')
    return channel === undefined ? undefined : { name: channel, counter: channel };
  if (channel !== undefined) return undefined;
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

function boundsOf(rule: Named): readonly Bound[] {
  const { name, by, windowMs, placeMs } = rule;
  const bounds: Bound[] = [];
  const bound = (unit: Unit, limit: number | undefined): void => {
    if (limit === undefined) return;
    const subject = `${name}:${unit}`;
    const counter =
      unit === 'concurrency'
        ? ({ subject, shape: 'concurrency', limit, spanMs: placeMs } as const)
        : ({ subject, shape: 'window', limit, spanMs: windowMs } as const);
    bounds.push({ unit, by, period: undefined, counter });
  };
  bound('tokens', rule.tokens);
  bound('requests', rule.requests);
  bound('concurrency', rule.concurrency);
  return bounds;
}

/** A key's own limits; what is known of a key goes with it, and with the period of its budget. */
function createKeyBounds(placeMs: number): (key: KnownKey) => readonly Bound[] {
  const known = new WeakMap<KnownKey, { readonly bounds: readonly Bound[]; endMs: number }>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined && unixMs() < before.endMs) return before.bounds;
    const budget = budgetOf(key);
    const bounds = [...ownBounds(key, placeMs), ...(budget === undefined ? [] : [budget])];
    known.set(key, { bounds, endMs: budget?.period?.endMs ?? Number.POSITIVE_INFINITY });
    return bounds;
  };
}

function ownBounds({ id, limits }: KnownKey, placeMs: number): readonly Bound[] {
  return boundsOf({
    name: id,
    by: 'key',
    tokens: limits.tokensPerWindow,
    requests: limits.requestsPerWindow,
    concurrency: limits.concurrency,
    windowMs: limits.windowMs ?? DEFAULT_WINDOW_MS,
    placeMs,
  });
}

function budgetOf({ id, limits }: KnownKey): Bound | undefined {
  const { budgetMicroUsd: limit, budgetPeriod: name = 'total' } = limits;
  if (limit === undefined) return undefined;
  return {
    unit: 'budget',
    by: 'key',
    // Read before the counter's name: at midnight it is made once more, not one day too late.
    period: { name, endMs: periodEndMs(name) },
    counter: { ...budgetCounter(id, name), limit },
  };
}
