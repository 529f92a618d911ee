/** A channel as the data plane uses it: what was configured, and what is alive of it. */
import type { Format } from 'ai-api-converter';
import type { FormatWish, Provider } from './provider.ts';
import type { Timeouts } from './settings.ts';

export interface Channel {
  readonly id: string;
  readonly provider: Provider;
  /** Whose customers' keys it takes. */
  readonly vendor: string;
  readonly origin: string;
  /** Host name alone; quirks of imitations are looked up by it. */
  readonly host: string;
  readonly basePath: string;
  readonly apiVersion: string | undefined;
  readonly headers: { readonly [name: string]: string };
  /** The gateway's own, but for what the channel sets for itself. */
  readonly timeouts: Timeouts;
  readonly enabled: boolean;
  /** How many keys it has of its own. */
  readonly keyCount: number;
  /** The client's key is passed on, for want of own ones. */
  readonly passesClientKey: boolean;
  serves(model: string): boolean;
  /** In which of its provider's formats it is asked, the wished one or another. */
  formatFor(wish: FormatWish): Format;
  readonly health: ChannelHealth;
}

/** Why a channel cannot be asked now. */
export type Obstacle =
  | { readonly type: 'broken'; readonly untilMs: number }
  | {
      readonly type: 'parked';
      readonly untilMs: number;
      readonly reason: ParkReason;
      /** It is the limit of the client's own key. */
      readonly ofClient: boolean;
    }
  /** One request is trying out whether it has healed. */
  | { readonly type: 'on-trial' };

export type ParkReason =
  | 'rate-limited'
  | 'overloaded'
  | 'credential'
  | 'billing'
  /** The key, or what was asked with it: nobody knows, so others are only led around it. */
  | 'forbidden';

/** Whose limits apply to a request on a channel. */
export interface Asker {
  readonly model: string;
  /** The client's key, where it is passed on. */
  readonly clientKey: string | undefined;
  /** Always by the first of the channel's keys, whose account holds what is asked for. */
  readonly keepsKey?: boolean;
}

/** What is alive of a channel. Times are of the monotonic clock. */
export interface ChannelHealth {
  /** Undefined: it can be asked now. */
  obstacle(asker: Asker, nowMs: number): Obstacle | undefined;
  /** Takes a place; call only without obstacle, or in panic. */
  begin(asker: Asker, isRetry: boolean): Lease;
  weight(): number;
  inFlight(): number;
  latencyMs(stream: boolean): number | undefined;
  /** Whether one more retry may run on it: their share of what is in flight is bounded. */
  mayRetry(): boolean;
}

/** How a failure is laid to a channel's charge. */
export type Charge =
  | { readonly type: 'none' }
  | { readonly type: 'failure' }
  /** `untilMs` undefined: the upstream did not say; it backs off by itself. */
  | { readonly type: 'park'; readonly reason: ParkReason; readonly untilMs: number | undefined };

/** One place on a channel, from sending until the last byte. */
export interface Lease {
  /** The channel's own key for this attempt; undefined: the client's is passed on, or none. */
  readonly apiKey: string | undefined;
  /**
   * It can be relied upon: the first output or the whole answer is there. `latencyMs` undefined: it
   * says nothing of how fast the channel generates.
   */
  answered(latencyMs: number | undefined, stream: boolean): void;
  failed(charge: Charge): void;
  /** The place is free again. Idempotent. Neither answered nor failed: nobody is to blame. */
  release(): void;
}

/** Where one attempt goes. */
export interface Target {
  readonly channel: Channel;
  /** The model to ask for. */
  readonly model: string;
}
