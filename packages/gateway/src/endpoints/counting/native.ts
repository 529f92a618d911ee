/** Asks the upstream that would answer a request how many tokens it has. */

import { askerAt, targetAt } from '../../data-plane/candidates.ts';
import type { Choice } from '../../data-plane/choose.ts';
import { classify } from '../../data-plane/classify.ts';
import { answerHeaders } from '../../data-plane/headers.ts';
import { noteAttempt, noteAttemptEnd } from '../../data-plane/journal.ts';
import { prepare } from '../../data-plane/prepare.ts';
import { upstreamFormat } from '../../data-plane/upstream-format.ts';
import { textOf } from '../../lib/bytes.ts';
import { nowMs } from '../../lib/clock.ts';
import type { Channel, Lease, Target } from '../../model/channel.ts';
import { GatewayError } from '../../model/errors.ts';
import type { Ingress } from '../../model/exchange.ts';
import type { Answered, Asked } from '../contract.ts';
import { askWhole, type WholeReply } from '../whole-call.ts';
import { type CountDialect, isCount } from './dialects.ts';
import { wrapAgain } from './wrapped.ts';

export interface CountQuestion {
  readonly ingress: Ingress;
  readonly choice: Choice;
  readonly index: number;
  readonly dialect: CountDialect;
  /** The request came as a member of another. */
  readonly wasWrapped: boolean;
}

/** An estimate now is worth more than a count later. */
const WAIT_MS = 5_000;
const ANSWER_BYTES_MAX = 256 * 1024;

/** What is the client's own to mend; anything else is answered by an estimate. */
const ofClient = new Set([400, 413, 422]);
const ofClientsKey = new Set([401, 403]);

/** Undefined: it does not count, not for this format, or not now. */
export async function askUpstream(
  asked: Asked,
  question: CountQuestion,
): Promise<Answered | undefined> {
  const { ingress, choice, index, dialect } = question;
  const target = targetAt(choice.candidates, index);
  const { channel } = target;
  const path = countPathOf(ingress, target);
  if (path === undefined || ingress.format.id !== dialect.id) return undefined;
  if (channel.passesClientKey && ingress.credential === undefined) return undefined;
  const asker = askerAt(choice.candidates, index);
  if (channel.health.obstacle(asker, nowMs()) !== undefined) return undefined;
  const lease = channel.health.begin(asker, false);
  try {
    const reply = await send(asked, question, { target, path, lease });
    return reply && told(reply, { dialect, channel, secret: lease.apiKey });
  } finally {
    // That it counts, or does not, says little of whether it generates.
    lease.release();
  }
}

/** Undefined as well where it would be asked in another format than the client's. */
function countPathOf(ingress: Ingress, target: Target): string | undefined {
  const { provider, basePath, apiVersion } = target.channel;
  const format = upstreamFormat(ingress, target);
  if (format !== ingress.format) return undefined;
  const { model } = target;
  return provider.countPath?.(
    provider.path({ format, basePath, model, stream: undefined, apiVersion }),
  );
}

interface Sending {
  readonly target: Target;
  readonly path: string;
  readonly lease: Lease;
}

/** Undefined: no answer came of it. */
async function send(
  { services, journal, abort, trace }: Asked,
  { ingress, wasWrapped }: CountQuestion,
  { target, path, lease }: Sending,
): Promise<WholeReply | undefined> {
  const { client, environment } = services;
  const { requestId } = journal;
  const { format } = ingress;
  const span = trace?.attempt();
  const { request } = prepare(ingress, {
    target,
    format,
    apiKey: lease.apiKey,
    requestId,
    environment,
    traceHeaders: span?.headers,
  });
  const body = wasWrapped ? wrapAgain(request.body, target.model) : request.body;
  const { connectMs } = target.channel.timeouts;
  noteAttempt(journal, target, format);
  span?.sent(target, format.id);
  try {
    const reply = await askWhole(
      client,
      { ...request, path, body, connectMs },
      { bytesMax: ANSWER_BYTES_MAX, waitMs: patienceMs(ingress), started: abort.onAbort },
    );
    noteAttemptEnd(journal, target, String(reply.status));
    if (reply.status >= 300) span?.failed(String(reply.status));
    return reply;
  } catch (cause) {
    if (abort.reason() !== undefined || !(cause instanceof GatewayError)) throw cause;
    const { result } = classify(cause, target.channel, ingress);
    noteAttemptEnd(journal, target, result);
    span?.failed(result);
    return undefined;
  } finally {
    abort.onAbort(undefined);
  }
}

/** Time is left to say something before the client goes. */
function patienceMs({ deadlineMs }: Ingress): number {
  return Math.max(1, Math.min(WAIT_MS, (deadlineMs - nowMs()) / 2));
}

interface Telling {
  readonly dialect: CountDialect;
  readonly channel: Channel;
  /** The channel's own key, which an upstream may repeat. */
  readonly secret: string | undefined;
}

function told(
  { status, headers, body }: WholeReply,
  { dialect, channel, secret }: Telling,
): Answered | undefined {
  const text = textOf(body);
  const isGood = status === 200 && isCount(dialect, text);
  const isClients = ofClient.has(status) || (channel.passesClientKey && ofClientsKey.has(status));
  if (!isGood && !(isClients && /^\s*\{/.test(text))) return undefined;
  const isRepeated = secret !== undefined && text.includes(secret);
  return {
    status,
    headers: answerHeaders(headers),
    body: isRepeated ? text.replaceAll(secret, '[key]') : body,
  };
}
