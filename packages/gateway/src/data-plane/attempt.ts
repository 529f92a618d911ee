/** Phase 4: asks channels, one after the other, until one answer can be relied upon. */
import {
  ConversionError,
  type Environment,
  type Format,
  MediaNeeded,
  type NeededMedia,
  type Report,
} from 'ai-api-converter';
import { nowMs } from '../lib/clock.ts';
import type { Lease, Target } from '../model/channel.ts';
import { GatewayError } from '../model/errors.ts';
import type { Ingress } from '../model/exchange.ts';
import type { ChannelPermit, Permit, Use } from '../model/guard.ts';
import type { UpstreamClient } from '../model/http.ts';
import type { Identity } from '../model/keys.ts';
import type { FetchMedia, MediaByUrl, MediaFetch, MediaRules } from '../model/media.ts';
import type { Routed, Snapshot } from '../model/snapshot.ts';
import type { Trace } from '../model/traces.ts';
import type { Abort } from './abort.ts';
import { type Answer, type AskContext, ask } from './ask.ts';
import { type Choice, createChoice } from './choose.ts';
import { classify } from './classify.ts';
import { conversationOf } from './conversation.ts';
import { UpstreamRefusal, withoutSecret } from './failure.ts';
import { fetchMissing } from './fetch-media.ts';
import type { Keeping } from './keep-answer.ts';
import type { Kind } from './kind.ts';
import { createPatience, sleep } from './patience.ts';
import type { Order, Prepared } from './prepare.ts';

export interface AttemptContext {
  readonly snapshot: Snapshot;
  readonly client: UpstreamClient;
  readonly environment: Environment;
  readonly abort: Abort;
  readonly requestId: string;
  readonly report: Report;
  readonly identity: Identity | undefined;
  readonly permit: Permit | undefined;
  readonly trace: Trace | undefined;
  /** The place in the route of the only channel that may be asked, where there is one such. */
  readonly home: number | undefined;
  /** How the answer will be kept; undefined: it will not be. */
  readonly keeping: Keeping | undefined;
  /** An attempt begins; what was noted of an earlier one is void. */
  began(target: Target, format: Format): void;
  ended(target: Target, result: string): void;
  readonly fetchMedia: FetchMedia;
  readonly mediaFetched: (fetch: MediaFetch) => void;
}

/** How one target is asked for what the client wants. */
export interface Way<P, A extends { readonly status: number }> {
  /** Whether one exchange continues another, which a channel may remember. */
  readonly isConversation: boolean;
  /** In which the target is asked. */
  format(target: Target): Format;
  /** Throws ConversionError or GatewayError for what cannot be asked of this target. */
  prepare(order: Order): P;
  ask(prepared: P, context: AskContext): Promise<A>;
  /** Something of the request is on its way and not kept: nobody can be asked for it again. */
  isSpent(): boolean;
  /** How long an answer takes says how fast the channel generates. */
  readonly tellsPace: boolean;
}

/** An answer that can be relied upon, and where it comes from. */
export interface Won<P = Prepared, A = Answer> {
  readonly answer: A;
  readonly prepared: P;
  readonly target: Target;
  /** To be released when the last byte is out. */
  readonly lease: Lease;
  /** To be settled then. */
  readonly channelPermit: ChannelPermit | undefined;
}

/** A client that waits no longer than this says nothing of the channel by it. */
const HASTE_MS_MAX = 10_000;

/** Of a channel's own limit; when exactly something becomes free depends on the others. */
const CHANNEL_WAIT_MS = 1_000;

/** Rejects with the last attempt's failure, or with why none could be made. */
export function attempt(
  ingress: Ingress,
  routed: Routed,
  { kind, ...context }: AttemptContext & { readonly kind: Kind },
): Promise<Won> {
  const way: Way<Prepared, Answer> = {
    isConversation: kind.isConversation,
    format: (target) => kind.upstreamFormat(ingress, target),
    prepare: (order) => kind.prepare(ingress, order),
    async ask(prepared, asking) {
      let answer = await ask(ingress, prepared, asking);
      for (const request of prepared.further ?? [])
        answer = await ask(ingress, { ...prepared, request }, asking);
      return answer;
    },
    isSpent: () => false,
    tellsPace: true,
  };
  return attemptBy(way, { ingress, routed }, context);
}

interface Wanted {
  readonly ingress: Ingress;
  readonly routed: Routed;
}

export async function attemptBy<P, A extends { readonly status: number }>(
  way: Way<P, A>,
  { ingress, routed }: Wanted,
  context: AttemptContext,
): Promise<Won<P, A>> {
  const { snapshot, abort } = context;
  const affinity = way.isConversation ? snapshot.affinity : undefined;
  const conversation = conversationOf(ingress, routed, affinity);
  const choice = createChoice(routed, {
    stream: ingress.stream,
    credential: ingress.credential,
    key: context.identity?.key,
    conversation: conversation?.prefers ? conversation.id : undefined,
    affinity,
    home: context.home,
  });
  let failure: Error | undefined;
  let media: MediaByUrl | undefined;
  const patience = createPatience(choice, ingress);
  for (let sent = 0; sent < snapshot.attemptsMax; ) {
    const now = nowMs();
    if (sent > 0 && now >= ingress.deadlineMs) break;
    const index = choice.next(now);
    if (index === undefined) {
      const waitMs = patience.waitMs(now);
      if (waitMs === undefined) break;
      await sleep(waitMs, abort);
      continue;
    }
    const isRetry = sent > 0;
    let result = await tryOne(way, { ingress, choice, index, context, isRetry, media });
    while (result.type === 'lacks-media') {
      media = await fetchMissing(result.needed, media, { ...context, rules: result.rules });
      // The same one: it was chosen, and nothing was sent.
      result = await tryOne(way, { ingress, choice, index, context, isRetry, media });
    }
    if (result.type === 'won') {
      if (conversation !== undefined)
        affinity?.remember(conversation.id, result.won.target.channel.id);
      return result.won;
    }
    if (result.type === 'unfit') {
      failure ??= result.cause;
      choice.excluded(index);
    } else {
      // A fallback that does not know the model says nothing of why the first one failed.
      if (failure === undefined || !isUnknownModel(result.cause)) failure = result.cause;
      sent += 1;
      if (!result.again || way.isSpent() || abort.reason() !== undefined) break;
    }
  }
  throw failure ?? choice.refusal(nowMs());
}

function isUnknownModel(cause: Error): boolean {
  return cause instanceof UpstreamRefusal && cause.error.status === 404;
}

const NOT_RUN: Use = { usage: undefined, costMicroUsd: undefined, ran: false };

function channelLimit(channelId: string): GatewayError {
  const message = `the limit of channel ${channelId} is used up, and no other channel may serve this`;
  return new GatewayError('rate-limited', message, { retryAfterMs: CHANNEL_WAIT_MS });
}

interface Try {
  readonly ingress: Ingress;
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

async function tryOne<P, A extends { readonly status: number }>(
  way: Way<P, A>,
  { ingress, choice, index, context, isRetry, media }: Try,
): Promise<Tried<P, A>> {
  const target = choice.target(index);
  const { channel } = target;
  const { permit } = context;
  const channelPermit =
    permit === undefined ? undefined : await permit.admitChannel(channel, target.model);
  if (permit !== undefined && channelPermit === undefined)
    return { type: 'unfit', cause: channelLimit(channel.id) };
  const lease = channel.health.begin(choice.asker(index), isRetry);
  const format = way.format(target);
  context.began(target, format);
  const span = context.trace?.attempt();
  let prepared: P;
  try {
    const { environment, requestId, keeping } = context;
    prepared = way.prepare({
      target,
      format,
      apiKey: lease.apiKey,
      environment,
      requestId,
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
  const { client, report, abort } = context;
  const startedMs = nowMs();
  if (abort.reason() === undefined) span?.sent(target, format.id);
  try {
    const { timeouts } = channel;
    const asking = { client, timeouts, untilMs: ingress.deadlineMs, report, abort };
    const answer = await way.ask(prepared, asking);
    lease.answered(way.tellsPace ? nowMs() - startedMs : undefined, ingress.stream);
    context.ended(target, String(answer.status));
    return { type: 'won', won: { answer, prepared, target, lease, channelPermit } };
  } catch (cause) {
    const verdict = classify(withoutSecret(cause, lease.apiKey), channel, ingress);
    const now = nowMs();
    const isHasty = now >= ingress.deadlineMs && now - startedMs < HASTE_MS_MAX;
    if (abort.reason() === undefined && !isHasty) lease.failed(verdict.charge);
    lease.release();
    channelPermit?.settle(NOT_RUN);
    context.ended(target, verdict.result);
    span?.failed(verdict.result);
    choice.failed(index, verdict.retry);
    return { type: 'failed', cause: verdict.cause, again: verdict.retry !== 'never' };
  }
}
