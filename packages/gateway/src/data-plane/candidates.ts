/** A route's channels as one request sees them: which it may be sent to, and what stands in its way. */
import { nowMs as clockMs } from '../lib/clock.ts';
import type { Asker, Obstacle, Target } from '../model/channel.ts';
import type { KnownKey } from '../model/keys.ts';
import type { Credential } from '../model/provider.ts';
import type { Routed } from '../model/snapshot.ts';

export interface Candidates {
  readonly count: number;
  target(index: number): Target;
  asker(index: number): Asker;
  /** Whether it may be asked for this, now or later. */
  isSuitable(index: number): boolean;
  /** Whether it may be asked once more than it would be without failures. */
  mayTakeOver(index: number): boolean;
  /** Whether the key that asks may use it. */
  isAllowed(index: number): boolean;
  /** Why it cannot be asked now. */
  obstacle(index: number, nowMs: number): Obstacle | undefined;
  /** One of its keys was refused: whether another is left, or this one is parked and so known for what it is. */
  hasOtherKey(index: number): boolean;
  isNoneAsked(): boolean;
  asked(): void;
  /** Nothing was sent after all. */
  notAsked(): void;
  /** It is not suitable any more. */
  spend(index: number): void;
}

interface Who {
  readonly credential: Credential | undefined;
  readonly key?: KnownKey | undefined;
}

export function createCandidates({ route, model }: Routed, { credential, key }: Who): Candidates {
  const { channels } = route;
  let spent: Set<number> | undefined;
  let keysTried: Map<number, number> | undefined;
  let asked = 0;

  function target(index: number): Target {
    const channel = channels[index];
    if (channel === undefined) throw new Error(`no channel ${index} in route ${route.name}`);
    return { channel, model: route.upstreamModel(index, model) };
  }

  function asker(index: number): Asker {
    const { channel, model: upstreamModel } = target(index);
    return {
      model: upstreamModel,
      clientKey: channel.passesClientKey ? credential?.secret : undefined,
    };
  }

  function obstacle(index: number, nowMs: number): Obstacle | undefined {
    return target(index).channel.health.obstacle(asker(index), nowMs);
  }

  const isAllowed = (index: number): boolean => key === undefined || allows(key, target(index));

  function canServe(index: number): boolean {
    const { channel, model: upstreamModel } = target(index);
    return channel.enabled && channel.serves(upstreamModel) && isAllowed(index);
  }

  /** The vendor that the route means first, whether it can answer now or not. */
  function ownVendor(): string | undefined {
    return channels.find((_channel, index) => canServe(index))?.vendor;
  }

  return {
    count: channels.length,
    target,
    asker,
    isAllowed,
    isSuitable(index) {
      if (spent?.has(index) || !canServe(index)) return false;
      const { channel } = target(index);
      // The key of one vendor's customer is nothing for another vendor to see.
      return !channel.passesClientKey || channel.vendor === ownVendor();
    },
    mayTakeOver: (index) => asked === 0 || target(index).channel.health.mayRetry(),
    obstacle,
    hasOtherKey(index) {
      if (obstacle(index, clockMs()) !== undefined) return true;
      // A key that was refused for no time at all looks free again at once.
      keysTried ??= new Map();
      const tried = (keysTried.get(index) ?? 0) + 1;
      keysTried.set(index, tried);
      return tried < target(index).channel.keyCount;
    },
    isNoneAsked: () => asked === 0,
    asked() {
      asked += 1;
    },
    notAsked() {
      asked -= 1;
    },
    spend(index) {
      spent ??= new Set();
      spent.add(index);
    },
  };
}

/** The pair that would really be asked counts, whatever the client called it. */
function allows(key: KnownKey, { channel, model }: Target): boolean {
  return (key.channels?.has(channel.id) ?? true) && key.serves(model);
}
