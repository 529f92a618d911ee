/** What is noted of one exchange on its way, for telemetry and for the answer's headers. */
import type { Detection, Loss, Report } from 'ai-api-converter';
import { nowMs } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import type { ExchangeRecord, Ingress, Outcome, Target } from '../model/exchange.ts';
import type { Headers, RawRequest } from '../model/http.ts';

export interface Journal {
  readonly requestId: string;
  /** Headers that every answer of this exchange has. */
  readonly headers: Headers;
  detection(): Detection | undefined;
  readonly detected: (detection: Detection) => void;
  readonly understood: (ingress: Ingress, target: Target) => void;
  readonly report: Report;
  /** The first byte of the answer goes out. */
  readonly begun: () => void;
  record(outcome: Outcome): ExchangeRecord;
}

const REQUEST_ID_PATTERN = /^[A-Za-z0-9._:-]{1,128}$/;

/** `explainFormat`: tell the client which format was detected and why. */
export function createJournal(raw: RawRequest, explainFormat: boolean): Journal {
  const startedMs = nowMs();
  const given = raw.header('x-request-id');
  const requestId = given !== undefined && REQUEST_ID_PATTERN.test(given) ? given : newId('req_');
  const headers: { [name: string]: string } = { 'x-request-id': requestId };
  const losses: Loss[] = [];
  let detection: Detection | undefined;
  let ingress: Ingress | undefined;
  let target: Target | undefined;
  let firstByteMs: number | undefined;

  return {
    requestId,
    headers,
    detection() {
      return detection;
    },
    detected(found) {
      detection = found;
      if (explainFormat) headers['x-dragoman-format'] = `${found.format.id}; ${found.reason}`;
    },
    understood(from, to) {
      ingress = from;
      target = to;
    },
    report(loss) {
      losses.push(loss);
    },
    begun() {
      firstByteMs = nowMs() - startedMs;
    },
    record: (outcome) => ({
      requestId,
      method: raw.method,
      clientFormat: detection?.format.id,
      upstreamFormat: target?.provider.format.id,
      provider: target?.provider.id,
      model: ingress?.model,
      stream: ingress?.stream ?? false,
      detection: detection?.reason,
      losses,
      durationMs: nowMs() - startedMs,
      firstByteMs,
      outcome,
    }),
  };
}
