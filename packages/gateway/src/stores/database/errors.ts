/** How a database fails: not there for the moment, unwilling to keep what it was given, or broken. */

/** It cannot be reached, or is not able to serve now; the same call may work later. */
export class DatabaseUnavailable extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`the database is unavailable: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = 'DatabaseUnavailable';
  }
}

/** It will never keep this: a name that exists already, a number out of range. */
export class DatabaseRefusal extends Error {
  constructor(reason: string) {
    super(`the database refuses this: ${reason}`);
    this.name = 'DatabaseRefusal';
  }
}

/** Neither of the two, such as a table that is missing. */
export class DatabaseFailure extends Error {
  constructor(reason: string) {
    super(`the database failed: ${reason}`);
    this.name = 'DatabaseFailure';
  }
}

/** What a dialect makes of an error; `reason` holds neither values nor the address with its password. */
export interface Fault {
  /** Busy: others are at it, and trying again soon is likely to work. */
  readonly kind: 'busy' | 'unavailable' | 'refused' | 'failed';
  readonly reason: string;
}

export function errorOf({ kind, reason }: Fault, cause: unknown): Error {
  if (kind === 'refused') return new DatabaseRefusal(reason);
  if (kind === 'failed') return new DatabaseFailure(reason);
  return new DatabaseUnavailable(reason, withoutDetails(cause, reason));
}

/** Drivers hang rows, parameters and hosts on their errors, which loggers would print. */
function withoutDetails(cause: unknown, reason: string): Error {
  const code = codeOf(cause);
  const plain = new Error(cause instanceof Error && cause.message !== '' ? cause.message : reason);
  return code === undefined ? plain : Object.assign(plain, { code });
}

export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
