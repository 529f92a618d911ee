/** Runs cases for every client and every provider, each pair by itself. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Case,
  type Common,
  NotApplicable,
  type ProviderId,
  providerIds,
} from './cases/case.ts';
import type { Client, Endpoint } from './clients/client.ts';
import { clients } from './clients/index.ts';
import type { FormatId } from './judge/meaning.ts';

/** The gateway under test. */
export interface Target {
  readonly endpoint: Endpoint;
  /** The model that the gateway takes to each provider; providers without one are left out. */
  readonly models: { readonly [id in ProviderId]?: string | undefined };
  /** Words of which each must be in one of `client=…`, `provider=…`, `case=…` and `feature=…`; none: all run. */
  readonly only: readonly string[];
}

export interface Result {
  readonly client: FormatId;
  readonly provider: ProviderId;
  readonly feature: string;
  readonly id: string;
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'not applicable';
  /** Why not passed. */
  readonly reasons: readonly string[];
}

/** What differs between the modes. */
export interface Mode<B> {
  readonly cases: readonly Case<B>[];
  bench(common: Common): B;
  /** Why nothing can be said about the pair; undefined: its cases can run. */
  whyNot(common: Common): Promise<string | undefined>;
  /** Waits until the gateway asks the provider again. */
  recover(common: Common): Promise<void>;
}

const caseTimeMaxMs = 60_000;

/** Providers side by side, since a gateway that leaves one alone for a while still asks the others. */
export async function runCases<B>(target: Target, mode: Mode<B>): Promise<readonly Result[]> {
  const results = await Promise.all(
    providerIds.map(async (provider) => {
      const rows: Result[] = [];
      for (const client of clients)
        rows.push(...(await runPair({ target, mode, client, provider })));
      return rows;
    }),
  );
  return results.flat();
}

interface Pair<B> {
  readonly target: Target;
  readonly mode: Mode<B>;
  readonly client: Client;
  readonly provider: ProviderId;
}

async function runPair<B>(pair: Pair<B>): Promise<readonly Result[]> {
  const { target, mode, client, provider } = pair;
  const model = target.models[provider];
  const cases = mode.cases.filter((row) => isWanted(pair, row));
  if (model === undefined || cases.length === 0) return [];
  const problems: string[] = [];
  const check = (condition: boolean, problem: string): void => {
    if (!condition && !problems.includes(problem)) problems.push(problem);
  };
  const common = { client, provider, model, endpoint: target.endpoint, check };
  const why = await mode.whyNot(common);
  const results: Result[] = [];
  let isHarmed = false;
  for (const row of cases) {
    if (isHarmed) await mode.recover(common);
    isHarmed = row.harms === true;
    problems.length = 0;
    const outcome = why === undefined ? await outcomeOf(row, mode.bench(common)) : skipped(why);
    const { id, feature, title } = row;
    const reasons = [...problems, ...outcome.reasons];
    const failed = problems.length > 0 ? 'failed' : outcome.outcome;
    results.push({ client: client.format, provider, feature, id, title, outcome: failed, reasons });
  }
  return results;
}

function isWanted<B>({ target, client, provider }: Pair<B>, row: Case<B>): boolean {
  const names = [
    `client=${client.format}`,
    `provider=${provider}`,
    `case=${row.id}`,
    `feature=${row.feature}`,
  ];
  return target.only.every((word) => names.some((name) => name.includes(word)));
}

type Outcome = Pick<Result, 'outcome' | 'reasons'>;

function skipped(reason: string): Outcome {
  return { outcome: 'not applicable', reasons: [reason] };
}

async function outcomeOf<B>(row: Case<B>, bench: B): Promise<Outcome> {
  const tooLong = new AbortController();
  try {
    await Promise.race([
      row.run(bench),
      delay(caseTimeMaxMs, undefined, { signal: tooLong.signal }).then(() => {
        throw new Error(`not over after ${caseTimeMaxMs / 1000} s`);
      }),
    ]);
    return { outcome: 'passed', reasons: [] };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof NotApplicable) return skipped(reason);
    return { outcome: 'failed', reasons: [reason] };
  } finally {
    tooLong.abort();
  }
}
