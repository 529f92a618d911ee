/** The life of a request that passes through: a generation's, but for what is read, asked and handed over. */
import type { Usage } from 'ai-api-converter';
import { type Abort, createAbort } from '../../data-plane/abort.ts';
import { attemptBy, type Won } from '../../data-plane/attempt.ts';
import { errorOf } from '../../data-plane/failure.ts';
import { createJournal, type Journal } from '../../data-plane/journal.ts';
import { dearestCost } from '../../data-plane/price.ts';
import { refuse } from '../../data-plane/refuse.ts';
import { settle } from '../../data-plane/settle.ts';
import type { Ingress, Outcome } from '../../model/exchange.ts';
import type { Permit } from '../../model/guard.ts';
import type { Identity } from '../../model/keys.ts';
import type { Routed, Snapshot } from '../../model/snapshot.ts';
import type { Trace } from '../../model/traces.ts';
import type { PassingVisit, Surroundings } from '../contract.ts';
import { methodNotAllowed } from '../method-not-allowed.ts';
import type { PassingAnswer, PassingRequest } from './ask-passing.ts';
import type { Found } from './find.ts';
import { passedHeaders } from './passing-headers.ts';
import { relayPassing } from './relay-passing.ts';
import { routeFor } from './routed.ts';
import { routeOfSurface, type Surface } from './surfaces.ts';
import { takeIn } from './taken-in.ts';
import { wayOf } from './way.ts';

/** What there is of it so far. */
interface Progress {
  ingress: Ingress | undefined;
  permit: Permit | undefined;
  won: Won<PassingRequest, PassingAnswer> | undefined;
}

interface Exchange extends PassingVisit, Surroundings {
  readonly found: Found;
  readonly surface: Surface;
  readonly journal: Journal;
  readonly abort: Abort;
  readonly progress: Progress;
  readonly trace: Trace | undefined;
}

/** Never rejects: whatever happens becomes the client's answer and one record. */
export async function pass(
  found: Found,
  visit: PassingVisit,
  surroundings: Surroundings,
): Promise<void> {
  const { raw, reply } = visit;
  const { snapshot, services } = surroundings;
  const { format } = found;
  const surface = found.of(raw.method);
  const trace = services.traces?.begin(raw, surface && routeOfSurface(surface));
  const plainJournal = createJournal(raw, {
    explainFormat: snapshot.explainFormat,
    newId: services.environment.newId,
    traceId: trace?.traceId,
  });
  plainJournal.detected({ format, call: {}, reason: `path ${raw.path}` });
  const journal = surface === undefined ? plainJournal : namedAfter(surface, plainJournal);
  const { headers, begun } = journal;
  const { shutdown } = services;
  const abort = createAbort({ reply, totalMs: snapshot.timeouts.totalMs, shutdown });
  const progress: Progress = { ingress: undefined, permit: undefined, won: undefined };
  let outcome: Outcome;
  try {
    if (surface === undefined) throw methodNotAllowed(found, raw);
    outcome = await proceed({
      ...visit,
      ...surroundings,
      found,
      surface,
      journal,
      abort,
      progress,
      trace,
    });
  } catch (cause) {
    outcome = refuse({ format, reply, headers, cause, begun });
    if (errorOf(cause).code === 'internal')
      services.log.error({ err: cause, requestId: journal.requestId }, 'request failed');
  } finally {
    progress.won?.lease.release();
    abort.release();
  }
  trace?.ended();
  end({ outcome, surface, journal, progress, trace }, surroundings);
}

async function proceed(exchange: Exchange): Promise<Outcome> {
  const { raw, reply, found, surface, journal, abort, progress, trace, snapshot, services } =
    exchange;
  const detection = { format: found.format, call: {}, reason: `path ${raw.path}` };
  const taken = await takeIn(raw, { surface, snapshot, detection });
  const { ingress } = taken;
  progress.ingress = ingress;
  const identity = ingress.caller && snapshot.guard?.identify(ingress, ingress.caller);
  journal.understood(ingress, identity);
  const asking = { surface, path: found.path };
  const routed = routeFor(ingress, asking, { snapshot, homes: services.responses.homes });
  const permit = await admit(ingress, { surface, identity, routed, snapshot });
  progress.permit = permit;
  const way = wayOf(raw, asking, taken);
  const won = await attemptBy(
    way,
    { ingress, routed },
    {
      snapshot,
      client: services.client,
      environment: services.environment,
      abort,
      requestId: journal.requestId,
      report: journal.report,
      identity,
      permit,
      trace,
      home: undefined,
      keeping: undefined,
      fetchMedia: services.fetchMedia,
      mediaFetched: journal.mediaFetched,
      began: journal.attemptBegan,
      ended: journal.attemptEnded,
    },
  );
  progress.won = won;
  const outcome = await relayPassing(won.answer, {
    reply,
    headers: {
      ...journal.headers,
      ...passedHeaders(won.answer.headers, raw),
      ...permit?.headers(),
    },
    timeouts: won.target.channel.timeouts,
    abort,
    isText: surface.model?.answersText === true,
    begun: journal.begun,
  });
  if (outcome.cause === 'upstream-cut' || outcome.cause === 'timeout')
    won.lease.failed({ type: 'failure' });
  return outcome;
}

interface Admission {
  readonly surface: Surface;
  readonly identity: Identity | undefined;
  readonly routed: Routed;
  readonly snapshot: Snapshot;
}

/** What nobody can see the price of is refused to keys with a budget, as a model without a price is. */
async function admit(
  ingress: Ingress,
  { surface, identity, routed, snapshot }: Admission,
): Promise<Permit | undefined> {
  if (identity === undefined) return undefined;
  const { guard, prices } = snapshot;
  const isFree = surface.costs === 'nothing';
  const cost = (usage: Usage): number | undefined =>
    surface.costs === 'tokens' ? dearestCost(routed, usage, prices) : undefined;
  return guard?.admit(ingress, { identity, model: routed.model, cost, isFree });
}

interface Ended {
  readonly outcome: Outcome;
  readonly surface: Surface | undefined;
  readonly journal: Journal;
  readonly progress: Progress;
  readonly trace: Trace | undefined;
}

function end(
  { outcome, surface, journal, progress, trace }: Ended,
  { snapshot, services }: Surroundings,
) {
  const { ingress, permit, won } = progress;
  const target = won?.target ?? (outcome.cause === 'client-gone' ? journal.target() : undefined);
  const channelPermit = won?.channelPermit;
  if (surface?.costs === 'tokens') {
    const { prices } = snapshot;
    const ended = {
      journal,
      trace,
      outcome,
      ingress,
      target,
      permit,
      channelPermit,
      prices,
    };
    return settle(ended, services);
  }
  journal.ended();
  const use = { usage: undefined, costMicroUsd: undefined, ran: target !== undefined };
  permit?.settle(use);
  channelPermit?.settle(use);
  const record = journal.record(
    { ...outcome, usage: undefined },
    { isEstimated: false, costMicroUsd: undefined },
  );
  services.telemetry.exchangeEnded({ ...record, isMetered: surface?.costs === 'unseen' });
  trace?.settled(record);
}

/** Everywhere that formats are told apart it is told apart by its name, and by that of no model where it has none. */
function namedAfter({ name, model }: Surface, journal: Journal): Journal {
  return {
    ...journal,
    record(outcome, cost) {
      const record = journal.record(outcome, cost);
      const named = {
        ...record,
        clientFormat: name,
        upstreamFormat: record.upstreamFormat === undefined ? undefined : name,
      };
      return model === undefined ? { ...named, model: undefined, upstreamModel: undefined } : named;
    },
  };
}
