/** Who asks: a gateway key as the data plane knows it. */
import type { KeyLimits } from './records.ts';

export interface KnownKey {
  /** Public: named in usage, metrics and logs. */
  readonly id: string;
  readonly name: string;
  /** Whom its use is counted for, where the request names nobody. */
  readonly user: string | undefined;
  /** Undefined: every channel. */
  readonly channels: ReadonlySet<string> | undefined;
  /** Whether it may use an upstream model. */
  serves(model: string): boolean;
  readonly limits: KeyLimits;
  /** Milliseconds since 1970. */
  readonly expiresAt: number | undefined;
}

export interface KeyBook {
  /**
   * The key of a secret that a client sent. `unknown`: there is no such key, or it was revoked.
   * `unsure`: the database that would know cannot be asked.
   */
  find(secret: string): KnownKey | 'unknown' | 'unsure';
  /** No key was ever made: nobody needs one. */
  isEmpty(): boolean;
}

/** Who asks, by the key that came along. */
export interface Caller {
  /** Undefined: nobody needs a key. */
  readonly key: KnownKey | undefined;
  /** Whom limits by key count: a key's id, a digest of a foreign key, or `anonymous`. */
  readonly owner: string;
}

export interface Identity extends Caller {
  /** Whom limits by user count, as the client or its key says. */
  readonly user: string | undefined;
}
