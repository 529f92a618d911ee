/** Runs a piece of work against a database again while others are in its way. */
import { setTimeout as pause } from 'node:timers/promises';
import { nowMs } from '../../lib/clock.ts';
import {
  DatabaseFailure,
  DatabaseRefusal,
  DatabaseUnavailable,
  errorOf,
  type Fault,
} from './errors.ts';

const PAUSE_MS = 20;

/** Thrown inside the work: somebody else holds what it needs. */
export class Busy extends Error {}

export interface Patience {
  readonly faultOf: (error: unknown) => Fault;
  readonly patienceMs: number;
}

/** Rejects with one of the errors of databases, whatever the driver threw. */
export async function attempt<T>(
  work: () => Promise<T>,
  { faultOf, patienceMs }: Patience,
): Promise<T> {
  const until = nowMs() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (isOurs(error)) throw error;
      const busy: Fault = { kind: 'busy', reason: 'others hold it' };
      const fault = error instanceof Busy ? busy : faultOf(error);
      if (fault.kind !== 'busy' || nowMs() >= until) throw errorOf(fault, error);
    }
    await pause(PAUSE_MS);
  }
}

function isOurs(error: unknown): boolean {
  return (
    error instanceof DatabaseRefusal ||
    error instanceof DatabaseFailure ||
    error instanceof DatabaseUnavailable
  );
}
