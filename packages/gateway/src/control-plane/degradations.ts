/** What behind the gateway does not work while it goes on, and whether it still serves. */
import { Gauge, type Registry } from '@prometheus-io/client';
import type { ChannelState } from '../channels/registry.ts';
import type { Readiness } from '../model/readiness.ts';

const degradationNames = ['keys', 'redis', 'responses', 'usage'] as const;

export type Degradation = (typeof degradationNames)[number];

export interface Degradations {
  /** `refuses`: requests are refused for it, so that they had better go elsewhere. */
  report(what: Degradation, isDegraded: boolean, refuses?: boolean): void;
  readiness(channels: Iterable<ChannelState>): Readiness;
}

export function createDegradations(registry: Registry): Degradations {
  const gauge = new Gauge({
    name: 'dragoman_degraded',
    help: '1 while something behind the gateway does not work and it goes on without, else 0.',
    labelNames: ['what'] as const,
    registers: [registry],
  });
  // Who sees no line does not know whether all is well or nobody looked.
  for (const what of degradationNames) gauge.set({ what }, 0);
  const degraded = new Set<Degradation>();
  const refusing = new Set<Degradation>();

  return {
    report(what, isDegraded, refuses = false) {
      gauge.set({ what }, isDegraded ? 1 : 0);
      put(degraded, what, isDegraded);
      put(refusing, what, isDegraded && refuses);
    },
    readiness(channels) {
      const isOut = areAllBroken(channels);
      return {
        reasons: [...refusing],
        degraded: [
          ...(isOut ? ['channels'] : []),
          ...[...degraded].filter((what) => !refusing.has(what)),
        ],
      };
    },
  };
}

function put<T>(set: Set<T>, value: T, isIn: boolean): void {
  if (isIn) set.add(value);
  else set.delete(value);
}

function areAllBroken(channels: Iterable<ChannelState>): boolean {
  const states = [...channels];
  return states.length > 0 && states.every(({ isBroken }) => isBroken);
}
