/** The contract of the counters behind limits: reserve from all or from none, settle exactly once. */

export type MaybePromise<T> = T | Promise<T>;

/** One counter, and how much it holds. */
export interface Counter {
  /** Whose it is: a rule and whom it counts; never a key or a name in plain text. */
  readonly subject: string;
  /**
   * `window`: what the last `spanMs` used, sliding. `total`: what was used since the counter began;
   * it is forgotten `spanMs` after its last use. `concurrency`: what runs now; a place that nobody
   * gave back counts as free after `spanMs`.
   */
  readonly shape: 'window' | 'total' | 'concurrency';
  readonly limit: number;
  readonly spanMs: number;
}

/** How counters are, each number in the order of the counters: an object for each cost more than to count. */
export interface CounterStates {
  /** Used and reserved, this request included where it was granted. */
  readonly used: readonly number[];
  /** Until something becomes free: a bucket leaves the window. */
  readonly resetMs: readonly number[];
  /** Until the amount could be granted if nothing else happened; 0: now; undefined: never, or nobody knows. */
  readonly retryAfterMs: readonly (number | undefined)[];
}

/** What `settle` needs to find the reservation again. Opaque, serializable. */
export interface Reservation {
  readonly id: string;
  readonly counters: readonly Counter[];
  /** In the order of the counters, as `reserve` was given them. */
  readonly amounts: readonly number[];
  /** The store's own time of the reservation, in milliseconds. */
  readonly atMs: number;
}

export type Reserved =
  | {
      readonly granted: true;
      readonly reservation: Reservation;
      readonly states: CounterStates;
    }
  | {
      readonly granted: false;
      /** Places of the counters that had too little left. */
      readonly refusedBy: readonly number[];
      readonly states: CounterStates;
    };

/** Time is the store's own, so that the clocks of several gateways do not matter. */
export interface LimitStore {
  /**
   * `amounts`: what is wanted of each counter, a whole number, 0 or more. A list of counters is never
   * changed, and known again when the same one comes.
   */
  reserve(counters: readonly Counter[], amounts: readonly number[]): MaybePromise<Reserved>;
  /**
   * Puts what was really used, in the order of the counters, in the place of what was reserved;
   * places of `concurrency` are given back. A second call for one reservation does nothing.
   */
  settle(reservation: Reservation, used: readonly number[]): MaybePromise<void>;
  /** Counters as they are; what each would make 1 more wait for. */
  look(counters: readonly Counter[]): MaybePromise<CounterStates>;
  close(): Promise<void>;
}
