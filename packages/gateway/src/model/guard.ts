/** The contract between the hot path and those who decide whether a request may run. */
import type { Usage } from 'ai-api-converter';
import type { Channel } from './channel.ts';
import type { Ingress } from './exchange.ts';
import type { Headers } from './http.ts';
import type { Caller, Identity, KnownKey } from './keys.ts';
import type { MaybePromise } from './limits.ts';
import type { Credential } from './provider.ts';

export interface Asking {
  readonly identity: Identity;
  /** After aliases. */
  readonly model: string;
  /**
   * What that much costs at the dearest of the channels that may serve it, in millionths of a US
   * dollar; undefined: no price is known.
   */
  cost(usage: Usage): number | undefined;
  readonly tokens?: KnownTokens | undefined;
  /** Nothing is generated: limits of requests and places count, tokens and budgets do not. */
  readonly isFree?: boolean;
}

/** Of a request, for certain; what is undefined is guessed. */
export interface KnownTokens {
  readonly input?: number | undefined;
  readonly output?: number | undefined;
}

export interface Guard {
  /** Before anything of the body is read. Throws GatewayError when a key is needed, and this one is none. */
  authenticate(credential: Credential | undefined): Caller;
  identify(ingress: Ingress, caller: Caller): Identity;
  /** Reserves what the request may use, from every limit or from none. Throws GatewayError when one is used up. */
  admit(ingress: Ingress, asking: Asking): MaybePromise<Permit>;
}

/** What was reserved for one request; settled exactly once, whatever happens. */
export interface Permit {
  /** What is left of the limits, in the words of the client's format. */
  headers(): Headers;
  /** The same for the limits of one channel. Undefined: they are used up, and another channel may serve. */
  admitChannel(channel: Channel): MaybePromise<ChannelPermit | undefined>;
  /** Never throws. `ran`: false when no upstream was asked, so that nothing is counted. */
  settle(use: Use): void;
}

export interface ChannelPermit {
  settle(use: Use): void;
}

/** What a request has used in the end. */
export interface Use {
  /** Undefined: nothing that anybody reported or could count. */
  readonly usage: Usage | undefined;
  readonly costMicroUsd: number | undefined;
  readonly ran: boolean;
}

/** Hears how budgets are, from whoever asks the counters anyway. Never throws. */
export interface BudgetWatch {
  counted(budget: {
    readonly key: Pick<KnownKey, 'id' | 'name'>;
    /** Used and reserved, in millionths of a US dollar. */
    readonly used: number;
    readonly limit: number;
    /** When its period is over, in milliseconds since 1970; infinite: never. */
    readonly endMs: number;
  }): void;
  /** What was reserved was settled: `change` is the difference. */
  settled(keyId: string, endMs: number, change: number): void;
}
