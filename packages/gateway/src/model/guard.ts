/** The contract between the hot path and those who decide whether a request may run. */
import type { Usage } from 'ai-api-converter';
import type { Channel } from './channel.ts';
import type { Ingress } from './exchange.ts';
import type { Headers } from './http.ts';
import type { KnownKey } from './keys.ts';
import type { MaybePromise } from './limits.ts';

/** Who asks. */
export interface Identity {
  /** Undefined: nobody needs a key. */
  readonly key: KnownKey | undefined;
  /** Whom limits by key count: a key's id, a digest of a foreign key, or `anonymous`. */
  readonly owner: string;
  /** Whom limits by user count, as the client or its key says. */
  readonly user: string | undefined;
}

export interface Asking {
  readonly identity: Identity;
  /** After aliases. */
  readonly model: string;
}

export interface Guard {
  /** Throws GatewayError when nobody, or somebody unknown, asks for what needs a key. */
  identify(ingress: Ingress): Identity;
  /** Reserves what the request may use, from every limit or from none. Throws GatewayError when one is used up. */
  admit(ingress: Ingress, asking: Asking): MaybePromise<Permit>;
}

/** What was reserved for one request; settled exactly once, whatever happens. */
export interface Permit {
  /** What is left of the limits, in the words of the client's format. */
  headers(): Headers;
  /** The same for the limits of one channel. Undefined: they are used up, and another channel may serve. */
  admitChannel(channel: Channel, upstreamModel: string): MaybePromise<ChannelPermit | undefined>;
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
