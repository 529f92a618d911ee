/**
 * Rate limits met, by whose they are and for which model: vendors count each model by itself, and
 * one that is exhausted says nothing of the others.
 */
import { createParking, type Parked, type Parking } from './parking.ts';

export interface Limits {
  isEmpty(): boolean;
  state(owner: string, model: string, nowMs: number): Parked | undefined;
  of(owner: string, model: string): Parking;
  /** It serves again: what is over is forgotten. */
  worked(owner: string, model: string, nowMs: number): void;
}

/** Models and client keys are the clients' to choose. */
const LIMITS_MAX = 10_000;

export function createLimits(random: () => number): Limits {
  const met = new Map<string, Parking>();

  return {
    isEmpty() {
      return met.size === 0;
    },
    state(owner, model, nowMs) {
      return met.size === 0 ? undefined : met.get(`${owner} ${model}`)?.state(nowMs);
    },
    of(owner, model) {
      const key = `${owner} ${model}`;
      const parking = met.get(key) ?? createParking(random);
      met.delete(key);
      met.set(key, parking);
      const [oldest] = met.keys();
      if (met.size > LIMITS_MAX && oldest !== undefined) met.delete(oldest);
      return parking;
    },
    worked(owner, model, nowMs) {
      const key = `${owner} ${model}`;
      const parking = met.get(key);
      if (parking?.state(nowMs) === undefined) met.delete(key);
      else parking.worked();
    },
  };
}
