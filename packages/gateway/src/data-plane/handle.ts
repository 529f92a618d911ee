/** The life of a request: its phases, in order. See README.md beside this file. */
import type { Environment, Usage } from 'ai-api-converter';
import type { Logger } from '../lib/log.ts';
import type { Ingress, Outcome, Telemetry } from '../model/exchange.ts';
import type { Permit } from '../model/guard.ts';
import type { RawRequest, Reply, UpstreamClient } from '../model/http.ts';
import type { Identity } from '../model/keys.ts';
import type { MaybePromise } from '../model/limits.ts';
import type { Meter } from '../model/metering.ts';
import type { Responses } from '../model/responses.ts';
import type { Routed, Snapshot } from '../model/snapshot.ts';
import type { Traces } from '../model/traces.ts';
import { createAbort, type Shutdown } from './abort.ts';
import { attempt, type Won } from './attempt.ts';
import { formatForRefusal, readIngress } from './ingress.ts';
import { createJournal } from './journal.ts';
import { dearestCost } from './price.ts';
import { refuse } from './refuse.ts';
import { type RelayContext, relay } from './relay.ts';
import { resume } from './resume.ts';
import { type Retaining, retain } from './retain.ts';
import { settle } from './settle.ts';

export interface Services {
  readonly client: UpstreamClient;
  readonly telemetry: Telemetry;
  readonly meter: Meter;
  readonly responses: Responses;
  readonly environment: Environment;
  readonly log: Logger;
  readonly shutdown: Shutdown;
  /** Undefined: they are off. */
  readonly traces: Traces | undefined;
}

export interface Visit {
  readonly raw: RawRequest;
  readonly reply: Reply;
}

/** Never rejects: whatever happens becomes the client's answer and one record. */
export async function handle(
  { raw, reply }: Visit,
  snapshot: Snapshot,
  services: Services,
): Promise<void> {
  const { client, environment, responses, shutdown } = services;
  const trace = services.traces?.begin(raw);
  const journal = createJournal(raw, {
    explainFormat: snapshot.explainFormat,
    newId: environment.newId,
    traceId: trace?.traceId,
  });
  const { headers, report, begun } = journal;
  const abort = createAbort({ reply, totalMs: snapshot.timeouts.totalMs, shutdown });
  let outcome: Outcome;
  let ingress: Ingress | undefined;
  let permit: Permit | undefined;
  let won: Won | undefined;
  try {
    ingress = await readIngress(raw, snapshot, journal.detected);
    const identity = identityOf(ingress, snapshot);
    journal.understood(ingress, identity);
    const routed = snapshot.route(ingress.model, identity?.key);
    const resumed = await resume(ingress, { routed, responses, newId: environment.newId });
    ingress = resumed.ingress;
    if (identity !== undefined) permit = await admit(ingress, { identity, routed, snapshot });
    won = await attempt(ingress, routed, {
      snapshot,
      client,
      environment,
      abort,
      requestId: journal.requestId,
      report,
      identity,
      permit,
      trace,
      ...resumed,
      began: journal.attemptBegan,
      ended: journal.attemptEnded,
    });
    const limitHeaders = permit?.headers() ?? {};
    const handing = { reply, headers, limitHeaders, report, abort, begun };
    outcome = await handOver(won, handing, { ...resumed, routed, homes: responses.homes });
  } catch (cause) {
    const format = journal.detection()?.format ?? formatForRefusal(raw);
    outcome = refuse({ format, reply, headers, cause, begun });
    if (outcome.errorCode === 'internal') {
      services.log.error({ err: cause, requestId: journal.requestId }, 'request failed');
    }
  } finally {
    won?.lease.release();
    abort.release();
  }
  trace?.ended();
  settle(
    {
      journal,
      trace,
      outcome,
      ingress,
      target: won?.target ?? (outcome.cause === 'client-gone' ? journal.target() : undefined),
      permit,
      channelPermit: won?.channelPermit,
      prices: snapshot.prices,
    },
    services,
  );
}

type Handing = Omit<RelayContext, 'prepared' | 'timeouts'>;

async function handOver(won: Won, to: Handing, retaining: Retaining): Promise<Outcome> {
  const { prepared, target, lease } = won;
  prepared.losses.forEach(to.report);
  const answer = await retain(won, retaining);
  const { timeouts } = target.channel;
  const outcome = await relay(answer, { ...to, prepared, timeouts });
  if (isUpstreamsFault(outcome)) lease.failed({ type: 'failure' });
  return outcome;
}

function identityOf(ingress: Ingress, { guard }: Snapshot): Identity | undefined {
  return ingress.caller === undefined ? undefined : guard?.identify(ingress, ingress.caller);
}

interface Admission {
  readonly identity: Identity;
  readonly routed: Routed;
  readonly snapshot: Snapshot;
}

function admit(
  ingress: Ingress,
  { identity, routed, snapshot }: Admission,
): MaybePromise<Permit> | undefined {
  const { guard, prices } = snapshot;
  const cost = (usage: Usage): number | undefined => dearestCost(routed, usage, prices);
  return guard?.admit(ingress, { identity, model: routed.model, cost });
}

/** What was committed and then broke off. */
function isUpstreamsFault({ cause }: Outcome): boolean {
  return cause === 'upstream-cut' || cause === 'upstream-error' || cause === 'timeout';
}
