/** What the data plane reads: settings compiled once, never changed. */
import type { Channel } from './channel.ts';
import type { Guard } from './guard.ts';
import type { KnownKey } from './keys.ts';
import type { MediaRules } from './media.ts';
import type { PriceTable } from './pricing.ts';
import type { Timeouts } from './settings.ts';
import type { Picker } from './strategy.ts';

export interface Snapshot {
  /** Throws GatewayError when nothing serves the model. `key`: the channels that it names go before the routes. */
  route(model: string, key?: KnownKey): Routed;
  /** Undefined: everybody may ask for everything. */
  readonly guard: Guard | undefined;
  readonly prices: PriceTable;
  readonly strict: boolean;
  readonly bodyBytesMax: number;
  /** Undefined: nothing is fetched. */
  readonly media: MediaRules | undefined;
  readonly timeouts: Timeouts;
  readonly attemptsMax: number;
  /** Of pages in browsers that may ask; `*` is any. */
  readonly corsOrigins: ReadonlySet<string>;
  readonly channels: readonly Channel[];
  /**
   * Whether more than one of them may keep answers of its own: whoever comes back to one, by its id alone,
   * has to be led to the one that gave it.
   */
  readonly hasSeveralHomes: boolean;
  /** The models that the configuration names without `*`. */
  readonly namedModels: ReadonlySet<string>;
  /** Conversations prefer the channel that answered them before; undefined: switched off. */
  readonly affinity: Affinity | undefined;
  /** Say in a response header which format was detected and why. */
  readonly explainFormat: boolean;
}

export interface Route {
  /** How people know it: its place in the configuration, or the rule that made it. */
  readonly name: string;
  /** The channels of the strategy, then the fallbacks in their order. */
  readonly channels: readonly Channel[];
  /** How many of `channels` the strategy chooses among. */
  readonly balanced: number;
  readonly strategy: string;
  readonly picker: Picker;
  /** Whether a conversation is better off with the channel that it had. */
  readonly keepsConversations: boolean;
  /** The model to ask the channel at this index for. */
  upstreamModel(index: number, model: string): string;
}

/** A model name after aliases, and where it goes. */
export interface Routed {
  readonly route: Route;
  readonly model: string;
}

/** Remembers for a while which channel answered a conversation. */
export interface Affinity {
  /** The place of the channel among those given. */
  recall(conversation: string, channels: readonly { readonly id: string }[]): number | undefined;
  remember(conversation: string, channelId: string): void;
}
