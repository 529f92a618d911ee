/** The life of an exchange of any kind: its phases, in order. See README.md beside this file. */
import type { Usage } from 'ai-api-converter';
import type { Ingress, Outcome } from '../model/exchange.ts';
import type { Permit } from '../model/guard.ts';
import type { Identity } from '../model/keys.ts';
import type { MaybePromise } from '../model/limits.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { createAbort } from './abort.ts';
import { attempt } from './attempt.ts';
import { formatForRefusal } from './ingress.ts';
import { createJournal, type Journal, noteBegun, noteDetected } from './journal.ts';
import type { AnswerHead, Course, Kind, Won } from './kind.ts';
import { dearestCost } from './price.ts';
import { refuse } from './refuse.ts';
import { settle } from './settle.ts';
import type { Visit } from './visit.ts';

/** Never rejects: whatever happens becomes the client's answer and one record. */
export async function handle<I extends Ingress, P, A extends AnswerHead>(
  kind: Kind<I, P, A>,
  visit: Visit,
): Promise<void> {
  const { raw, reply, snapshot, services } = visit;
  const trace = services.traces?.begin(raw, kind.pathPattern);
  const journal = createJournal(raw, {
    explainFormat: snapshot.explainFormat,
    newId: services.environment.newId,
    traceId: trace?.traceId,
  });
  const { totalMs } = snapshot.timeouts;
  const abort = createAbort({ reply, totalMs, shutdown: services.shutdown });
  let outcome: Outcome;
  let ingress: I | undefined;
  let permit: Permit | undefined;
  let won: Won<P, A> | undefined;
  try {
    ingress = await kind.read(visit, (detection) => noteDetected(journal, detection));
    const identity = identityOf(ingress, snapshot);
    journal.ingress = ingress;
    journal.identity = identity;
    const coursed = kind.route(ingress, visit);
    const course = coursed instanceof Promise ? await coursed : coursed;
    ingress = course.ingress;
    if (identity !== undefined) {
      const admitted = admit(kind, course, { identity, snapshot });
      permit = admitted instanceof Promise ? await admitted : admitted;
    }
    won = await attempt(kind, course, { snapshot, services, journal, abort, permit, trace });
    const relayed = kind.relay(won, {
      course,
      homes: services.responses.homes,
      hasSeveralHomes: snapshot.hasSeveralHomes,
      reply,
      headers: journal.headers,
      limitHeaders: permit?.headers() ?? {},
      timeouts: won.target.channel.timeouts,
      report: (loss) => void journal.losses.push(loss),
      abort,
      begun: () => noteBegun(journal),
    });
    outcome = relayed instanceof Promise ? await relayed : relayed;
    if (isUpstreamsFault(outcome)) won.lease.failed({ type: 'failure' });
  } catch (cause) {
    outcome = refusal(cause, visit, journal);
  } finally {
    won?.lease.release();
    abort.release();
  }
  trace?.ended();
  settle(
    {
      accounting: kind,
      journal,
      trace,
      outcome,
      ingress,
      target: won?.target ?? (outcome.cause === 'client-gone' ? journal.target : undefined),
      permit,
      channelPermit: won?.channelPermit,
      prices: snapshot.prices,
    },
    services,
  );
}

function refusal(cause: unknown, { raw, reply, services }: Visit, journal: Journal): Outcome {
  const { headers, requestId } = journal;
  const format = journal.detection?.format ?? formatForRefusal(raw);
  const begun = (): void => noteBegun(journal);
  const outcome = refuse({ format, reply, headers, cause, begun });
  if (outcome.errorCode === 'internal')
    services.log.error({ err: cause, requestId }, 'request failed');
  return outcome;
}

function identityOf(ingress: Ingress, { guard }: Snapshot): Identity | undefined {
  return ingress.caller === undefined ? undefined : guard?.identify(ingress, ingress.caller);
}

interface Admission {
  readonly identity: Identity;
  readonly snapshot: Snapshot;
}

/** What nobody can see the price of is refused to keys with a budget, as a model without a price is. */
function admit<I extends Ingress, P, A extends AnswerHead>(
  kind: Kind<I, P, A>,
  { ingress, routed }: Course<I>,
  { identity, snapshot }: Admission,
): MaybePromise<Permit> | undefined {
  const { guard, prices } = snapshot;
  return guard?.admit(ingress, {
    identity,
    model: routed.model,
    cost: (usage: Usage) =>
      kind.costs === 'tokens' ? dearestCost(routed, usage, prices) : undefined,
    tokens: kind.tokens?.(ingress),
    isFree: kind.costs === 'nothing',
  });
}

/** What was committed and then broke off. */
function isUpstreamsFault({ cause }: Outcome): boolean {
  return cause === 'upstream-cut' || cause === 'upstream-error' || cause === 'timeout';
}
