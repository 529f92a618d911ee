/** What a channel remembers through reloads: its breaker, its parking, its speed, what is in flight. */
import { type Breaker, createBreaker } from './breaker.ts';
import { createLatency, type Latency } from './latency.ts';
import { createLimits, type Limits } from './limits.ts';
import { createParking, type Parking } from './parking.ts';

export interface Vitals {
  readonly breaker: Breaker;
  /** Of the channel as a whole. */
  readonly parking: Parking;
  readonly limits: Limits;
  readonly streams: Latency;
  readonly wholes: Latency;
  /** Of a key of the channel: the same for the same key. */
  parkingOf(secret: string): Parking;
  inFlight: number;
  /** Those in flight that are retries and have no answer yet. */
  retries: number;
}

export function createVitals(random: () => number): Vitals {
  const keys = new Map<string, Parking>();
  return {
    breaker: createBreaker(random),
    parking: createParking(random),
    limits: createLimits(random),
    streams: createLatency(),
    wholes: createLatency(),
    parkingOf(secret) {
      const known = keys.get(secret) ?? createParking(random);
      keys.set(secret, known);
      return known;
    },
    inFlight: 0,
    retries: 0,
  };
}
