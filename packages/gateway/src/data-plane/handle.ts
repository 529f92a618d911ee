/** The life of a request: its phases, in order. See README.md beside this file. */
import type { Environment } from 'ai-api-converter';
import type { Logger } from '../lib/log.ts';
import type { Outcome, Telemetry } from '../model/exchange.ts';
import type { RawRequest, Reply, UpstreamClient } from '../model/http.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { createAbort, type Shutdown } from './abort.ts';
import { attempt } from './attempt.ts';
import { formatForRefusal, readIngress } from './ingress.ts';
import { createJournal } from './journal.ts';
import { prepare } from './prepare.ts';
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
  const { timeouts } = snapshot;
  const { client, environment, shutdown } = services;
  const journal = createJournal(raw, snapshot.explainFormat);
  const { headers, report, begun } = journal;
  const abort = createAbort({ reply, totalMs: timeouts.totalMs, shutdown });
  let outcome: Outcome;
  try {
    const ingress = await readIngress(raw, snapshot, journal.detected);
    const target = snapshot.route(ingress.model);
    journal.understood(ingress, target);
    const prepared = prepare(ingress, target, environment);
    prepared.losses.forEach(report);
    const answer = await attempt(ingress, prepared, { client, timeouts, report, abort });
    outcome = await relay(answer, {
      ingress,
      prepared,
      reply,
      headers,
      timeouts,
      report,
      abort,
      begun,
    });
  } catch (cause) {
    const format = journal.detection()?.format ?? formatForRefusal(raw);
    outcome = refuse({ format, reply, headers, cause, begun });
    if (outcome.errorCode === 'internal') {
      services.log.error({ err: cause, requestId: journal.requestId }, 'request failed');
    }
  } finally {
    abort.release();
  }
  services.telemetry.exchangeEnded(journal.record(outcome));
}
