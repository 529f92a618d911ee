/** The contract of the counters behind limits: reserve from all or from none, settle exactly once. */

export type MaybePromise<T> = T | Promise<T>;

/** What one request wants of one counter. */
export interface Claim {
  /** Whose counter: a rule and whom it counts; never a key or a name in plain text. */
  readonly subject: string;
  /**
   * `window`: what the last `spanMs` used, sliding. `total`: what was used since the counter began;
   * it is forgotten `spanMs` after its last use. `concurrency`: what runs now; a place that nobody
   * gave back counts as free after `spanMs`.
   */
  readonly shape: 'window' | 'total' | 'concurrency';
  /** A whole number, 0 or more. */
  readonly amount: number;
  readonly limit: number;
  readonly spanMs: number;
}

export interface CounterState {
  /** Used and reserved, this request included where it was granted. */
  readonly used: number;
  /** Until something becomes free: a bucket leaves the window; undefined: nobody knows. */
  readonly resetMs: number;
  /** Until the claim could be granted if nothing else happened; 0: now; undefined: never, or nobody knows. */
  readonly retryAfterMs: number | undefined;
}

/** What `settle` needs to find the reservation again. Opaque, serializable. */
export interface Reservation {
  readonly id: string;
  readonly claims: readonly Claim[];
  /** The store's own time of the reservation, in milliseconds. */
  readonly atMs: number;
}

export type Reserved =
  | {
      readonly granted: true;
      readonly reservation: Reservation;
      readonly states: readonly CounterState[];
    }
  | {
      readonly granted: false;
      /** The claims that did not fit. */
      readonly refusedBy: readonly number[];
      readonly states: readonly CounterState[];
    };

/** Time is the store's own, so that the clocks of several gateways do not matter. */
export interface LimitStore {
  /** States in the order of the claims. */
  reserve(id: string, claims: readonly Claim[]): MaybePromise<Reserved>;
  /**
   * Puts what was really used, in the order of the claims, in the place of what was reserved;
   * places of `concurrency` are given back. A second call for one reservation does nothing.
   */
  settle(reservation: Reservation, used: readonly number[]): MaybePromise<void>;
  /** Counters as they are, without claiming anything (amounts are ignored). */
  look(claims: readonly Claim[]): MaybePromise<readonly CounterState[]>;
  close(): Promise<void>;
}
