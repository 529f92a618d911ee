/** The contract of a load-balancing strategy: an order of preference, nothing of health or retries. */

/** One channel of a route, as a strategy sees it. Live: the figures change between picks. */
export interface Candidate {
  /** Share of traffic relative to the others; above 0. Lower for a while after the channel was broken. */
  weight(): number;
  /** Exchanges running on the channel right now, those of other routes included. */
  inFlight(): number;
  /** Peak-sensitive average of the time to the first output; undefined: never measured. */
  latencyMs(stream: boolean): number | undefined;
}

export interface PickRequest {
  readonly stream: boolean;
  /** Whether the candidate at this index may be picked: alive, not parked, not yet tried. */
  isEligible(index: number): boolean;
}

/** The state of one strategy over one route's channels. */
export interface Picker {
  /** The index of a candidate; undefined: none is eligible. */
  pick(request: PickRequest): number | undefined;
}

export interface Strategy {
  /** As written in the configuration. */
  readonly id: string;
  /** One sentence for people who choose among them. */
  readonly summary: string;
  /** False: its order is its meaning, and no conversation may change it. */
  readonly keepsConversations: boolean;
  /** `random`: a number from 0 up to but not including 1. */
  create(candidates: readonly Candidate[], random: () => number): Picker;
}
