/** The life of a request: its phases, in order. See README.md beside this file. */
import type { Environment } from 'ai-api-converter';
import type { Logger } from '../lib/log.ts';
import type { Lease } from '../model/channel.ts';
import type { Outcome, Telemetry } from '../model/exchange.ts';
import type { RawRequest, Reply, UpstreamClient } from '../model/http.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { createAbort, type Shutdown } from './abort.ts';
import { attempt } from './attempt.ts';
import { formatForRefusal, readIngress } from './ingress.ts';
import { createJournal } from './journal.ts';
import { refuse } from './refuse.ts';
import { relay } from './relay.ts';

export interface Services {
  readonly client: UpstreamClient;
  readonly telemetry: Telemetry;
  readonly environment: Environment;
  readonly log: Logger;
  readonly shutdown: Shutdown;
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
  const { client, environment, shutdown } = services;
  const journal = createJournal(raw, {
    explainFormat: snapshot.explainFormat,
    newId: environment.newId,
  });
  const { headers, report, begun } = journal;
  const abort = createAbort({ reply, totalMs: snapshot.timeouts.totalMs, shutdown });
  let outcome: Outcome;
  let lease: Lease | undefined;
  try {
    const ingress = await readIngress(raw, snapshot, journal.detected);
    journal.understood(ingress);
    const routed = snapshot.route(ingress.model);
    const won = await attempt(ingress, routed, {
      snapshot,
      client,
      environment,
      abort,
      report,
      began: journal.attemptBegan,
      ended: journal.attemptEnded,
    });
    lease = won.lease;
    const { prepared, target, answer } = won;
    prepared.losses.forEach(report);
    const { timeouts } = target.channel;
    outcome = await relay(answer, { prepared, reply, headers, timeouts, report, abort, begun });
    if (isUpstreamsFault(outcome)) lease.failed({ type: 'failure' });
  } catch (cause) {
    const format = journal.detection()?.format ?? formatForRefusal(raw);
    outcome = refuse({ format, reply, headers, cause, begun });
    if (outcome.errorCode === 'internal') {
      services.log.error({ err: cause, requestId: journal.requestId }, 'request failed');
    }
  } finally {
    lease?.release();
    abort.release();
  }
  services.telemetry.exchangeEnded(journal.record(outcome));
}

/** What was committed and then broke off. */
function isUpstreamsFault({ cause }: Outcome): boolean {
  return cause === 'upstream-cut' || cause === 'upstream-error' || cause === 'timeout';
}
