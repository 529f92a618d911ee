/** What is noted of one exchange on its way, for telemetry and for the answer's headers. */
import type { Detection, Loss, Report } from 'ai-api-converter';
import { nowMs } from '../lib/clock.ts';
import type { NewId } from '../lib/ids.ts';
import type { Target } from '../model/channel.ts';
import type { ExchangeRecord, Ingress, Outcome } from '../model/exchange.ts';
import type { Headers, RawRequest } from '../model/http.ts';
import type { Identity } from '../model/keys.ts';

export interface Journal {
  readonly requestId: string;
  /** Headers that every answer of this exchange has. */
  readonly headers: Headers;
  detection(): Detection | undefined;
  readonly detected: (detection: Detection) => void;
  readonly understood: (ingress: Ingress, identity: Identity | undefined) => void;
  /** An attempt begins: what was lost for an earlier one is not lost. */
  readonly attemptBegan: (target: Target) => void;
  /** `result`: a status, or a word for what failed. */
  readonly attemptEnded: (target: Target, result: string) => void;
  readonly report: Report;
  /** The first byte of the answer goes out. */
  readonly begun: () => void;
  /** Of the newest attempt. */
  target(): Target | undefined;
  record(outcome: Outcome, cost: Cost): ExchangeRecord;
}

const REQUEST_ID_PATTERN = /^[A-Za-z0-9._:-]{1,128}$/;

interface Cost {
  readonly isEstimated: boolean;
  readonly costMicroUsd: number | undefined;
}

interface Options {
  /** Tell the client which format was detected and why. */
  readonly explainFormat: boolean;
  readonly newId: NewId;
}

export function createJournal(raw: RawRequest, { explainFormat, newId }: Options): Journal {
  const startedMs = nowMs();
  const given = raw.header('x-request-id');
  const requestId = given !== undefined && REQUEST_ID_PATTERN.test(given) ? given : newId('req_');
  const headers: { [name: string]: string } = { 'x-request-id': requestId };
  const attempts: string[] = [];
  let losses: Loss[] = [];
  let detection: Detection | undefined;
  let ingress: Ingress | undefined;
  let target: Target | undefined;
  let identity: Identity | undefined;
  let firstByteMs: number | undefined;

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
    target() {
      return target;
    },
    attemptBegan(to) {
      target = to;
      losses = [];
    },
    attemptEnded({ channel }, result) {
      attempts.push(`${channel.id}:${result}`);
      headers['x-dragoman-channel'] = channel.id;
      headers['x-dragoman-attempts'] = attempts.join(', ');
    },
    report(loss) {
      losses.push(loss);
    },
    begun() {
      firstByteMs = nowMs() - startedMs;
    },
    record: (outcome, { isEstimated, costMicroUsd }) => ({
      requestId,
      exchangeId: requestId === given ? newId('ex_') : requestId,
      method: raw.method,
      clientFormat: detection?.format.id,
      upstreamFormat: target?.channel.provider.format.id,
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
      durationMs: nowMs() - startedMs,
      firstByteMs,
      firstOutputMs: span(startedMs, outcome.firstOutputAtMs),
      outcome,
    }),
  };
}

function span(fromMs: number, untilMs: number | undefined): number | undefined {
  return untilMs === undefined ? undefined : untilMs - fromMs;
}
