/** The living state of every channel and of conversations, by identity: what survives a reload. */
import { random } from '../lib/random.ts';
import type { ChannelHealth } from '../model/channel.ts';
import type { ChannelSettings } from '../model/settings.ts';
import type { Affinity } from '../model/snapshot.ts';
import { createAffinity } from './affinity.ts';
import { createHealth } from './health.ts';
import type { HealthChange } from './ledger.ts';
import { createVitals, type Vitals } from './vitals.ts';

export interface ChannelState {
  readonly id: string;
  readonly inFlight: number;
  /** Its breaker is open, or one request is trying it out. */
  readonly isBroken: boolean;
}

export interface ChannelRegistry {
  /** The same life for the same provider at the same address, under the settings given. */
  healthOf(channel: ChannelSettings): ChannelHealth;
  readonly affinity: Affinity;
  /** How each channel is now. */
  states(): readonly ChannelState[];
  /** Forgets channels that none of these settings has any more. */
  keep(channels: readonly ChannelSettings[]): void;
}

/** `changed` hears what an operator should know. */
export function createRegistry(
  changed: (channelId: string, change: HealthChange) => void,
  affinity = createAffinity(),
): ChannelRegistry {
  const lives = new Map<string, Life>();

  function vitalsOf(channel: ChannelSettings): Vitals {
    const identity = identityOf(channel);
    const known = lives.get(identity) ?? { id: channel.id, vitals: createVitals(random) };
    lives.set(identity, known);
    return known.vitals;
  }

  return {
    affinity,
    healthOf: (channel) =>
      createHealth({
        vitals: vitalsOf(channel),
        apiKeys: channel.apiKeys,
        weight: channel.weight,
        changed: (change) => changed(channel.id, change),
      }),
    states: () =>
      Array.from(lives.values(), ({ id, vitals }) => ({
        id,
        inFlight: vitals.inFlight,
        isBroken: vitals.breaker.isOpen(),
      })),
    keep(channels) {
      const kept = new Set(channels.map(identityOf));
      for (const identity of lives.keys()) if (!kept.has(identity)) lives.delete(identity);
    },
  };
}

interface Life {
  readonly id: string;
  readonly vitals: Vitals;
}

function identityOf({ id, provider, baseUrl }: ChannelSettings): string {
  return JSON.stringify([id, provider, baseUrl]);
}
