/** What is noted of one exchange on its way, for telemetry and for the answer's headers. */
import type { Detection, Format, Loss } from 'ai-api-converter';
import { nowMs } from '../lib/clock.ts';
import type { NewId } from '../lib/ids.ts';
import { requestIdOf } from '../lib/request-id.ts';
import type { Target } from '../model/channel.ts';
import type { ExchangeRecord, Ingress, Outcome } from '../model/exchange.ts';
import type { RawRequest } from '../model/http.ts';
import type { Identity } from '../model/keys.ts';
import type { MediaFetch } from '../model/media.ts';

/** A record that functions take, rather than closures over it: every request has one. */
export interface Journal {
  readonly raw: RawRequest;
  readonly options: Options;
  readonly requestId: string;
  /** Headers that every answer of this exchange has. */
  readonly headers: { [name: string]: string };
  readonly attempts: string[];
  readonly mediaFetches: MediaFetch[];
  readonly startedMs: number;
  detection: Detection | undefined;
  ingress: Ingress | undefined;
  identity: Identity | undefined;
  /** Of the newest attempt. */
  target: Target | undefined;
  /** In which it is asked. */
  format: Format | undefined;
  losses: Loss[];
  firstByteMs: number | undefined;
  durationMs: number | undefined;
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
  const requestId = requestIdOf(raw.header('x-request-id'), options.newId);
  return {
    raw,
    options,
    requestId,
    headers: { 'x-request-id': requestId },
    attempts: [],
    mediaFetches: [],
    startedMs: nowMs(),
    detection: undefined,
    ingress: undefined,
    identity: undefined,
    target: undefined,
    format: undefined,
    losses: [],
    firstByteMs: undefined,
    durationMs: undefined,
  };
}

export function noteDetected(journal: Journal, detection: Detection): void {
  journal.detection = detection;
  if (journal.options.explainFormat)
    journal.headers['x-dragoman-format'] = `${detection.format.id}; ${detection.reason}`;
}

/** An attempt begins: what was lost for an earlier one is not lost. */
export function noteAttempt(journal: Journal, target: Target, format: Format): void {
  journal.target = target;
  journal.format = format;
  journal.losses = [];
}

/** `result`: a status, or a word for what failed. */
export function noteAttemptEnd(journal: Journal, { channel }: Target, result: string): void {
  const { attempts, headers } = journal;
  attempts.push(`${channel.id}:${result}`);
  headers['x-dragoman-channel'] = channel.id;
  headers['x-dragoman-attempts'] = attempts.join(', ');
}

/** The first byte of the answer goes out. */
export function noteBegun(journal: Journal): void {
  journal.firstByteMs = nowMs() - journal.startedMs;
}

/** The answer is over; what it has used may be counted yet. */
export function noteEnded(journal: Journal): void {
  journal.durationMs = nowMs() - journal.startedMs;
}

export function recordOf(journal: Journal, outcome: Outcome, cost: Cost): ExchangeRecord {
  const { raw, requestId, options, detection, ingress, identity, target, startedMs } = journal;
  const { firstOutputAtMs } = outcome;
  const isClients = requestId === raw.header('x-request-id');
  return {
    requestId,
    exchangeId: isClients ? options.newId('ex_') : requestId,
    traceId: options.traceId,
    method: raw.method,
    clientFormat: detection?.format.id,
    upstreamFormat: journal.format?.id,
    provider: target?.channel.provider.id,
    channel: target?.channel.id,
    attempts: journal.attempts,
    model: ingress?.model,
    upstreamModel: target?.model,
    keyId: identity?.key?.id,
    keyName: identity?.key?.name,
    user: identity?.user,
    isEstimated: cost.isEstimated,
    costMicroUsd: cost.costMicroUsd,
    stream: ingress?.stream ?? false,
    detection: detection?.reason,
    losses: journal.losses,
    mediaFetches: journal.mediaFetches,
    durationMs: journal.durationMs ?? nowMs() - startedMs,
    firstByteMs: journal.firstByteMs,
    firstOutputMs: firstOutputAtMs === undefined ? undefined : firstOutputAtMs - startedMs,
    outcome,
  };
}
