/** What sets one kind of exchange apart from another, phase by phase. */
import type { Detection, Format } from 'ai-api-converter';
import type { Lease, Target } from '../model/channel.ts';
import type { ExchangeRecord, Ingress, Outcome } from '../model/exchange.ts';
import type { ChannelPermit, KnownTokens } from '../model/guard.ts';
import type { MaybePromise } from '../model/limits.ts';
import type { Affinity, Routed } from '../model/snapshot.ts';
import type { AskContext } from './ask.ts';
import type { Keeping } from './keep-answer.ts';
import type { Order } from './prepare.ts';
import type { RelayContext } from './relay.ts';
import type { Visit } from './visit.ts';

/** How an exchange is counted and told. */
export interface Accounting {
  /** The path without what clients choose, for traces; missing: as far as the path tells. */
  readonly pathPattern?: string | undefined;
  /** Tokens of a model; something that nobody can see; or nothing. */
  readonly costs: 'tokens' | 'unseen' | 'nothing';
  /** What is told of it in the end. */
  recorded?(record: ExchangeRecord): ExchangeRecord;
}

export interface AnswerHead {
  readonly status: number;
}

/** `I`: what came in; `P`: what is sent for it; `A`: what comes back and can be relied upon. */
export interface Kind<I extends Ingress, P, A extends AnswerHead> extends Accounting {
  /** Whether one exchange continues another, which a channel may remember. */
  readonly isConversation: boolean;
  /** How long an answer takes says how fast the channel generates. */
  readonly tellsPace: boolean;
  /** Throws what the client is told. `understood` hears the format as soon as it is known. */
  read(visit: Visit, understood: (detection: Detection) => void): Promise<I>;
  /** Throws GatewayError for what leads nowhere. */
  route(ingress: I, visit: Visit): MaybePromise<Course<I>>;
  /** What is known of the tokens that a request will use. */
  tokens?(ingress: I): KnownTokens;
  /** In which the target is asked. */
  format(ingress: I, target: Target): Format;
  /** Throws ConversionError or GatewayError for what cannot be asked of this target. */
  prepare(ingress: I, order: Order): P;
  ask(ingress: I, prepared: P, context: AskContext): Promise<A>;
  /** Something of the request is on its way and not kept: nobody can be asked for it again. */
  isSpent?(ingress: I): boolean;
  /** Throws before anything was written; after that every failure becomes part of the answer. */
  relay(won: Won<P, A>, context: Handing<I>): MaybePromise<Outcome>;
}

/** Where a request goes. */
export interface Course<I extends Ingress = Ingress> {
  /** As if the client had sent the whole conversation, where that is kept here. */
  readonly ingress: I;
  readonly routed: Routed;
  /** The place in the route of the channel that alone knows what the request goes on from. */
  readonly home?: number | undefined;
  /** Whether the provider is asked to keep it, where it can; undefined: nobody asks. */
  readonly isStored?: boolean;
  /** How the answer is kept here; undefined: it is not. */
  readonly keeping?: Keeping | undefined;
}

/** An answer that can be relied upon, and where it comes from. */
export interface Won<P, A> {
  readonly answer: A;
  readonly prepared: P;
  readonly target: Target;
  /** To be released when the last byte is out. */
  readonly lease: Lease;
  /** To be settled then. */
  readonly channelPermit: ChannelPermit | undefined;
}

export interface Handing<I extends Ingress> extends RelayContext {
  readonly course: Course<I>;
  /** Which channel gave a response that its provider keeps. */
  readonly homes: Affinity;
  /** Of the snapshot. */
  readonly hasSeveralHomes: boolean;
}
