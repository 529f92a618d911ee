/** The life of a request beside generation: answered or refused, and told like any other. */
import { createAbort } from '../data-plane/abort.ts';
import { errorOf } from '../data-plane/failure.ts';
import {
  createJournal,
  type Journal,
  noteBegun,
  noteDetected,
  recordOf,
} from '../data-plane/journal.ts';
import { refuse } from '../data-plane/refuse.ts';
import type { Visit } from '../data-plane/visit.ts';
import type { Outcome } from '../model/exchange.ts';
import type { Reply } from '../model/http.ts';
import type { Answered, SideDoor } from './contract.ts';
import { methodNotAllowed } from './method-not-allowed.ts';

/** Never rejects: whatever happens becomes the client's answer and one record. */
export async function answerBeside(
  door: SideDoor,
  { raw, reply, snapshot, services }: Visit,
): Promise<void> {
  const { environment, shutdown, telemetry, log } = services;
  const trace = services.traces?.begin(raw);
  const journal = createJournal(raw, {
    explainFormat: snapshot.explainFormat,
    newId: environment.newId,
    traceId: trace?.traceId,
  });
  const { headers } = journal;
  noteDetected(journal, { format: door.format, call: {}, reason: `path ${raw.path}` });
  const abort = createAbort({ reply, totalMs: snapshot.timeouts.totalMs, shutdown });
  let outcome: Outcome;
  try {
    if (!door.methods.includes(raw.method)) throw methodNotAllowed(door, raw);
    const answered = await door.answer({ raw, snapshot, services, journal, abort, trace });
    outcome = handOver(answered, reply, journal);
  } catch (cause) {
    const format = journal.detection?.format ?? door.format;
    const begun = (): void => noteBegun(journal);
    outcome = refuse({ format, reply, headers, cause, begun });
    if (errorOf(cause).code === 'internal')
      log.error({ err: cause, requestId: journal.requestId }, 'request failed');
  } finally {
    abort.release();
  }
  trace?.ended();
  const record = recordOf(journal, outcome, { isEstimated: false, costMicroUsd: undefined });
  telemetry.exchangeEnded({ ...record, isMetered: false });
  trace?.settled(record);
}

function handOver({ status, headers, body }: Answered, reply: Reply, journal: Journal): Outcome {
  const nothing = { usage: undefined, sample: undefined };
  if (reply.isGone())
    return { ...nothing, status: 499, cause: 'client-gone', errorCode: 'client_gone' };
  noteBegun(journal);
  reply.head(status, {
    ...journal.headers,
    ...headers,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  });
  reply.end(body);
  return { ...nothing, status, cause: 'complete', errorCode: undefined };
}
