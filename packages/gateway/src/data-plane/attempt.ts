/** Phase 4: asks channels, one after the other, until one answer can be relied upon. */
import { ConversionError, MediaNeeded, type NeededMedia } from 'ai-api-converter';
import { nowMs } from '../lib/clock.ts';
import { othersFirst } from '../lib/others-first.ts';
import { GatewayError } from '../model/errors.ts';
import type { Ingress } from '../model/exchange.ts';
import type { Permit, Use } from '../model/guard.ts';
import type { MediaByUrl, MediaRules } from '../model/media.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Trace } from '../model/traces.ts';
import type { Abort } from './abort.ts';
import { askerAt, targetAt } from './candidates.ts';
import {
  type Choice,
  createChoice,
  nextChannel,
  noteFailed,
  noteUnfit,
  refusalOf,
} from './choose.ts';
import { classify } from './classify.ts';
import { conversationOf } from './conversation.ts';
import { UpstreamRefusal, withoutSecret } from './failure.ts';
import { fetchMissing } from './fetch-media.ts';
import { type Journal, noteAttempt, noteAttemptEnd } from './journal.ts';
import type { AnswerHead, Course, Kind, Won } from './kind.ts';
import { createPatience, sleep } from './patience.ts';
import type { Services } from './visit.ts';

export interface AttemptContext {
  readonly snapshot: Snapshot;
  readonly services: Services;
  readonly journal: Journal;
  readonly abort: Abort;
  readonly permit: Permit | undefined;
  readonly trace: Trace | undefined;
}

/** A client that waits no longer than this says nothing of the channel by it. */
const HASTE_MS_MAX = 10_000;

/** Of a channel's own limit; when exactly something becomes free depends on the others. */
const CHANNEL_WAIT_MS = 1_000;

/** Rejects with the last attempt's failure, or with why none could be made. */
export async function attempt<I extends Ingress, P, A extends AnswerHead>(
  kind: Kind<I, P, A>,
  course: Course<I>,
  context: AttemptContext,
): Promise<Won<P, A>> {
  const { ingress, routed } = course;
  const { snapshot, abort } = context;
  const affinity = kind.isConversation ? snapshot.affinity : undefined;
  const conversation = conversationOf(ingress, routed, affinity);
  const choice = createChoice(routed, {
    stream: ingress.stream,
    credential: ingress.credential,
    key: ingress.caller?.key,
    conversation: conversation?.prefers ? conversation.id : undefined,
    affinity,
    home: course.home,
  });
  let failure: Error | undefined;
  let media: MediaByUrl | undefined;
  const patience = createPatience(choice, ingress);
  for (let sent = 0; sent < snapshot.attemptsMax; ) {
    const now = nowMs();
    if (sent > 0 && now >= ingress.deadlineMs) break;
    const index = nextChannel(choice, now);
    if (index === undefined) {
      const waitMs = patience.waitMs(now);
      if (waitMs === undefined) break;
      await sleep(waitMs, abort);
      continue;
    }
    const isRetry = sent > 0;
    let result = await tryOne(kind, course, { choice, index, context, isRetry, media });
    while (result.type === 'lacks-media') {
      media = await fetchMissing(result.needed, media, { ...context, rules: result.rules });
      // The same one: it was chosen, and nothing was sent.
      result = await tryOne(kind, course, { choice, index, context, isRetry, media });
    }
    if (result.type === 'won') {
      if (conversation !== undefined)
        affinity?.remember(conversation.id, result.won.target.channel.id);
      return result.won;
    }
    if (result.type === 'unfit') {
      failure ??= result.cause;
      noteUnfit(choice, index);
    } else {
      // A fallback that does not know the model says nothing of why the first one failed.
      if (failure === undefined || !isUnknownModel(result.cause)) failure = result.cause;
      sent += 1;
      if (!result.again || kind.isSpent?.(ingress) === true || abort.reason() !== undefined) break;
    }
  }
  throw failure ?? refusalOf(choice, nowMs());
}

function isUnknownModel(cause: Error): boolean {
  return cause instanceof UpstreamRefusal && cause.error.status === 404;
}

const NOT_RUN: Use = { usage: undefined, costMicroUsd: undefined, ran: false };

function channelLimit(channelId: string): GatewayError {
  const message = `the limit of channel ${channelId} is used up, and no other channel may serve this`;
  return new GatewayError('rate-limited', message, { retryAfterMs: CHANNEL_WAIT_MS });
}

/** To read so much, to convert it and to write it takes milliseconds each, in which nobody else is served. */
const LONG_BYTES = 512 * 1024;

interface Try {
  readonly choice: Choice;
  readonly index: number;
  readonly context: AttemptContext;
  readonly isRetry: boolean;
  readonly media: MediaByUrl | undefined;
}

type Tried<P, A> =
  | { readonly type: 'won'; readonly won: Won<P, A> }
  /** Nothing was sent: this channel cannot be asked for this. */
  | { readonly type: 'unfit'; readonly cause: Error }
  /** Nothing was sent: it can be asked once these are there. */
  | {
      readonly type: 'lacks-media';
      readonly needed: readonly NeededMedia[];
      readonly rules: MediaRules;
    }
  | { readonly type: 'failed'; readonly cause: Error; readonly again: boolean };

async function tryOne<I extends Ingress, P, A extends AnswerHead>(
  kind: Kind<I, P, A>,
  { ingress, keeping }: Course<I>,
  { choice, index, context, isRetry, media }: Try,
): Promise<Tried<P, A>> {
  const target = targetAt(choice.candidates, index);
  const { channel } = target;
  const { services, journal, abort, permit } = context;
  // First of all: it may throw, and nothing is taken yet that would have to be given back.
  const format = kind.format(ingress, target);
  const isLong = ingress.bytes.length > LONG_BYTES;
  if (isLong) await othersFirst();
  const admitted = permit?.admitChannel(channel, target.model);
  const channelPermit = admitted instanceof Promise ? await admitted : admitted;
  if (permit !== undefined && channelPermit === undefined)
    return { type: 'unfit', cause: channelLimit(channel.id) };
  const lease = channel.health.begin(askerAt(choice.candidates, index), isRetry);
  noteAttempt(journal, target, format);
  const span = context.trace?.attempt();
  let prepared: P;
  try {
    prepared = kind.prepare(ingress, {
      target,
      format,
      apiKey: lease.apiKey,
      environment: services.environment,
      requestId: journal.requestId,
      traceHeaders: span?.headers,
      kept: keeping?.kept,
      media,
    });
  } catch (cause) {
    lease.release();
    channelPermit?.settle(NOT_RUN);
    const rules = context.snapshot.media;
    if (cause instanceof MediaNeeded && rules !== undefined)
      return { type: 'lacks-media', needed: cause.media, rules };
    if (cause instanceof ConversionError || cause instanceof GatewayError)
      return { type: 'unfit', cause };
    throw cause;
  }
  // The wait may be long, and what is to be sent is made.
  ingress.body.letGo();
  if (isLong) await othersFirst();
  const startedMs = nowMs();
  if (abort.reason() === undefined) span?.sent(target, format.id);
  try {
    const answer = await kind.ask(ingress, prepared, {
      client: services.client,
      timeouts: channel.timeouts,
      untilMs: ingress.deadlineMs,
      report: (loss) => void journal.losses.push(loss),
      abort,
    });
    lease.answered(kind.tellsPace ? nowMs() - startedMs : undefined, ingress.stream);
    noteAttemptEnd(journal, target, String(answer.status));
    return { type: 'won', won: { answer, prepared, target, lease, channelPermit } };
  } catch (cause) {
    const verdict = classify(withoutSecret(cause, lease.apiKey), channel, ingress);
    const now = nowMs();
    const isHasty = now >= ingress.deadlineMs && now - startedMs < HASTE_MS_MAX;
    if (abort.reason() === undefined && !isHasty) lease.failed(verdict.charge);
    lease.release();
    channelPermit?.settle(NOT_RUN);
    noteAttemptEnd(journal, target, verdict.result);
    span?.failed(verdict.result);
    noteFailed(choice, index, verdict.retry);
    return { type: 'failed', cause: verdict.cause, again: verdict.retry !== 'never' };
  }
}
