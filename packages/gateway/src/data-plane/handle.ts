/** The life of a request: its phases, in order. See README.md beside this file. */
import type { Environment, Usage } from 'ai-api-converter';
import type { Logger } from '../lib/log.ts';
import type { Ingress, Outcome, Telemetry } from '../model/exchange.ts';
import type { Permit } from '../model/guard.ts';
import type { RawRequest, Reply, UpstreamClient } from '../model/http.ts';
import type { Identity } from '../model/keys.ts';
import type { MaybePromise } from '../model/limits.ts';
import type { FetchMedia } from '../model/media.ts';
import type { Meter } from '../model/metering.ts';
import type { Responses } from '../model/responses.ts';
import type { Routed, Snapshot } from '../model/snapshot.ts';
import type { Traces } from '../model/traces.ts';
import { createAbort, type Shutdown } from './abort.ts';
import { attempt, type Won } from './attempt.ts';
import { formatForRefusal } from './ingress.ts';
import { createJournal, type Journal } from './journal.ts';
import { generation, type Kind } from './kind.ts';
import { dearestCost } from './price.ts';
import { refuse } from './refuse.ts';
import type { RelayContext } from './relay.ts';
import { resume } from './resume.ts';
import { type Retaining, retain } from './retain.ts';
import { settle } from './settle.ts';

export interface Services {
  readonly client: UpstreamClient;
  readonly fetchMedia: FetchMedia;
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
  /** Undefined: a generation. */
  readonly kind?: Kind;
}

/** Never rejects: whatever happens becomes the client's answer and one record. */
export async function handle(
  { raw, reply, kind = generation }: Visit,
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
    ingress = await kind.read(raw, snapshot, journal.detected);
    const identity = identityOf(ingress, snapshot);
    journal.understood(ingress, identity);
    const routed = snapshot.route(ingress.model, identity?.key);
    const resumed = await resume(ingress, { routed, responses, newId: environment.newId });
    ingress = resumed.ingress;
    if (identity !== undefined) permit = await admit(ingress, { kind, identity, routed, snapshot });
    won = await attempt(ingress, routed, {
      kind,
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
      fetchMedia: services.fetchMedia,
      mediaFetched: journal.mediaFetched,
    });
    const limitHeaders = permit?.headers() ?? {};
    const handing = { kind, reply, headers, limitHeaders, report, abort, begun };
    const { homes } = responses;
    const { hasSeveralHomes } = snapshot;
    outcome = await handOver(won, handing, { ...resumed, routed, homes, hasSeveralHomes });
  } catch (cause) {
    outcome = refusal(cause, { raw, reply, journal, log: services.log });
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

interface Failed extends Visit {
  readonly journal: Journal;
  readonly log: Logger;
}

function refusal(cause: unknown, { raw, reply, journal, log }: Failed): Outcome {
  const { headers, begun, requestId } = journal;
  const format = journal.detection()?.format ?? formatForRefusal(raw);
  const outcome = refuse({ format, reply, headers, cause, begun });
  if (outcome.errorCode === 'internal') log.error({ err: cause, requestId }, 'request failed');
  return outcome;
}

interface Handing extends Omit<RelayContext, 'prepared' | 'timeouts'> {
  readonly kind: Kind;
}

async function handOver(
  won: Won,
  { kind, ...to }: Handing,
  retaining: Retaining,
): Promise<Outcome> {
  const { prepared, target, lease } = won;
  prepared.losses.forEach(to.report);
  const answer = await retain(won, retaining);
  const { timeouts } = target.channel;
  const outcome = await kind.relay(answer, { ...to, prepared, timeouts });
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
  readonly kind: Kind;
}

function admit(
  ingress: Ingress,
  { kind, identity, routed, snapshot }: Admission,
): MaybePromise<Permit> | undefined {
  const { guard, prices } = snapshot;
  const cost = (usage: Usage): number | undefined => dearestCost(routed, usage, prices);
  const tokens = kind.tokens?.(ingress);
  return guard?.admit(ingress, { identity, model: routed.model, cost, tokens });
}

/** What was committed and then broke off. */
function isUpstreamsFault({ cause }: Outcome): boolean {
  return cause === 'upstream-cut' || cause === 'upstream-error' || cause === 'timeout';
}
