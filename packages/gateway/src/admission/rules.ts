/** Limits as configured, into what one request has to claim. */
import { digestOf } from '../lib/digest.ts';
import type { Identity } from '../model/keys.ts';
import type { Claim } from '../model/limits.ts';
import type { LimitSettings, LimitSubject, Settings } from '../model/settings.ts';
import { type BudgetPeriod, budgetCounter } from './budget.ts';

export type Unit = 'tokens' | 'requests' | 'concurrency' | 'budget';

/** A claim, and how to speak of it. */
export interface Demand {
  readonly unit: Unit;
  /** `user`, `key`, `model`, `channel` or `all`. */
  readonly by: LimitSubject;
  readonly claim: Claim;
  /** Of a budget. */
  readonly period?: BudgetPeriod;
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

interface Rule extends LimitSettings {
  readonly id: string;
  readonly matches: Matches;
}

interface Options {
  readonly settings: Settings;
  /** How long a place of `concurrency` is kept for an exchange that nobody ends. */
  readonly placeMs: number;
  readonly patterns: (patterns: readonly string[]) => Matches;
}

const MINUTE_MS = 60_000;
const DEFAULT_WINDOW_MS = 60 * MINUTE_MS;

export function compileRules({ settings, placeMs, patterns }: Options): Rules {
  const rules: readonly Rule[] = [...generalRules(settings), ...settings.limits].map(
    (rule, index) => ({
      ...rule,
      id: `limit${index}`,
      matches: rule.match === undefined ? () => true : patterns(rule.match),
    }),
  );

  function ofRule(rule: Rule, subject: RuleSubject, amounts: Amounts): readonly Demand[] {
    const value = valueOf(rule.by, subject);
    if (value === undefined || !rule.matches(value.name)) return [];
    const name = `${rule.id}:${rule.by}:${value.counter}`;
    return demandsOf({ ...rule, name, placeMs, amounts });
  }

  return {
    hasChannelRules: rules.some(({ by }) => by === 'channel'),
    demands(subject, amounts) {
      const own =
        subject.channel === undefined ? keyDemands(subject.identity, amounts, placeMs) : [];
      return [...own, ...rules.flatMap((rule) => ofRule(rule, subject, amounts))];
    },
  };
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

function valueOf(by: LimitSubject, { identity, model, channel }: RuleSubject): Value | undefined {
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
        : { name: user, counter: digestOf(user) };
    case 'key':
      return { name: key?.name ?? owner, counter: owner };
    case 'model':
      return { name: model, counter: digestOf(model) };
  }
}

interface RuleDemand {
  readonly name: string;
  readonly by: LimitSubject;
  readonly tokens: number | undefined;
  readonly requests: number | undefined;
  readonly concurrency: number | undefined;
  readonly windowMs: number;
  readonly placeMs: number;
  readonly amounts: Amounts;
}

function demandsOf(rule: RuleDemand): readonly Demand[] {
  const { name, by, windowMs, placeMs, amounts } = rule;
  const demands: Demand[] = [];
  const window = (unit: Unit, amount: number, limit: number): void => {
    const subject = `${name}:${unit}`;
    demands.push({
      unit,
      by,
      claim: { subject, shape: 'window', amount, limit, spanMs: windowMs },
    });
  };
  if (rule.tokens !== undefined) window('tokens', amounts.tokens, rule.tokens);
  if (rule.requests !== undefined) window('requests', 1, rule.requests);
  if (rule.concurrency !== undefined) {
    const subject = `${name}:concurrency`;
    const claim = {
      subject,
      shape: 'concurrency',
      amount: 1,
      limit: rule.concurrency,
      spanMs: placeMs,
    } as const;
    demands.push({ unit: 'concurrency', by, claim });
  }
  return demands;
}

/** A key's own limits. */
function keyDemands({ key }: Identity, amounts: Amounts, placeMs: number): readonly Demand[] {
  if (key === undefined) return [];
  const { limits } = key;
  const demands = demandsOf({
    name: key.id,
    by: 'key',
    tokens: limits.tokensPerWindow,
    requests: limits.requestsPerWindow,
    concurrency: limits.concurrency,
    windowMs: limits.windowMs ?? DEFAULT_WINDOW_MS,
    placeMs,
    amounts,
  });
  if (limits.budgetMicroUsd === undefined) return demands;
  const period = limits.budgetPeriod ?? 'total';
  const counter = budgetCounter(key.id, period);
  // Nothing is free: with an amount of 0 a used-up budget would still let requests pass.
  const amount = Math.max(1, amounts.costMicroUsd);
  return [
    ...demands,
    {
      unit: 'budget',
      by: 'key',
      period,
      claim: { ...counter, amount, limit: limits.budgetMicroUsd },
    },
  ];
}
