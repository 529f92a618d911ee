/** What is noted of one exchange on its way, for telemetry and for the answer's headers. */
import type { Detection, Format, Loss, Report } from 'ai-api-converter';
import { nowMs } from '../lib/clock.ts';
import type { NewId } from '../lib/ids.ts';
import { requestIdOf } from '../lib/request-id.ts';
import type { Target } from '../model/channel.ts';
import type { ExchangeRecord, Ingress, Outcome } from '../model/exchange.ts';
import type { Headers, RawRequest } from '../model/http.ts';
import type { Identity } from '../model/keys.ts';
import type { MediaFetch } from '../model/media.ts';

export interface Journal {
  readonly requestId: string;
  /** Headers that every answer of this exchange has. */
  readonly headers: Headers;
  detection(): Detection | undefined;
  readonly detected: (detection: Detection) => void;
  readonly understood: (ingress: Ingress | undefined, identity: Identity | undefined) => void;
  /** An attempt begins: what was lost for an earlier one is not lost. */
  readonly attemptBegan: (target: Target, format: Format) => void;
  /** `result`: a status, or a word for what failed. */
  readonly attemptEnded: (target: Target, result: string) => void;
  readonly report: Report;
  readonly mediaFetched: (fetch: MediaFetch) => void;
  /** The first byte of the answer goes out. */
  readonly begun: () => void;
  /** The answer is over; what it has used may be counted yet. */
  readonly ended: () => void;
  /** Of the newest attempt. */
  target(): Target | undefined;
  record(outcome: Outcome, cost: Cost): ExchangeRecord;
}

interface Cost {
  readonly isEstimated: boolean;
  readonly costMicroUsd: number | undefined;
}

interface Options {
  /** Tell the client which format was detected and why. */
  readonly explainFormat: boolean;
  readonly newId: NewId;
  readonly traceId?: string | undefined;
}

export function createJournal(raw: RawRequest, options: Options): Journal {
  const { explainFormat, newId, traceId } = options;
  const times = createTimes();
  const given = raw.header('x-request-id');
  const requestId = requestIdOf(given, newId);
  const headers: { [name: string]: string } = { 'x-request-id': requestId };
  const attempts: string[] = [];
  let losses: Loss[] = [];
  const mediaFetches: MediaFetch[] = [];
  let detection: Detection | undefined;
  let ingress: Ingress | undefined;
  let target: Target | undefined;
  let format: Format | undefined;
  let identity: Identity | undefined;

  return {
    requestId,
    headers,
    detection: () => detection,
    detected(found) {
      detection = found;
      if (explainFormat) headers['x-dragoman-format'] = `${found.format.id}; ${found.reason}`;
    },
    understood(from, found) {
      ingress = from;
      identity = found;
    },
    target: () => target,
    attemptBegan(to, by) {
      target = to;
      format = by;
      losses = [];
    },
    attemptEnded({ channel }, result) {
      attempts.push(`${channel.id}:${result}`);
      headers['x-dragoman-channel'] = channel.id;
      headers['x-dragoman-attempts'] = attempts.join(', ');
    },
    report: (loss) => void losses.push(loss),
    mediaFetched: (fetch) => void mediaFetches.push(fetch),
    begun: times.begun,
    ended: times.ended,
    record: (outcome, { isEstimated, costMicroUsd }) => ({
      requestId,
      exchangeId: requestId === given ? newId('ex_') : requestId,
      traceId,
      method: raw.method,
      clientFormat: detection?.format.id,
      upstreamFormat: format?.id,
      provider: target?.channel.provider.id,
      channel: target?.channel.id,
      attempts,
      model: ingress?.model,
      upstreamModel: target?.model,
      keyId: identity?.key?.id,
      keyName: identity?.key?.name,
      user: identity?.user,
      isEstimated,
      costMicroUsd,
      stream: ingress?.stream ?? false,
      detection: detection?.reason,
      losses,
      mediaFetches,
      ...times.told(outcome),
      outcome,
    }),
  };
}

interface Times extends Pick<Journal, 'begun' | 'ended'> {
  told(outcome: Outcome): Pick<ExchangeRecord, 'durationMs' | 'firstByteMs' | 'firstOutputMs'>;
}

/** All of them from now on. */
function createTimes(): Times {
  const startedMs = nowMs();
  let firstByteMs: number | undefined;
  let durationMs: number | undefined;
  return {
    begun() {
      firstByteMs = nowMs() - startedMs;
    },
    ended() {
      durationMs = nowMs() - startedMs;
    },
    told: ({ firstOutputAtMs }) => ({
      durationMs: durationMs ?? nowMs() - startedMs,
      firstByteMs,
      firstOutputMs: firstOutputAtMs === undefined ? undefined : firstOutputAtMs - startedMs,
    }),
  };
}
