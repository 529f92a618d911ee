/** How long and how often everything is measured. */

interface Rounds {
  readonly rounds: number;
  readonly seconds: number;
  /** Of each before the first round. */
  readonly warmUpSeconds: number;
}

export interface Plan {
  readonly name: 'full' | 'quick';
  /** Those whose chapters are only measured when asked for by name. */
  readonly leavesOut: readonly string[];
  readonly peers: PeersWish;
  readonly connections: number;
  readonly json: Rounds;
  readonly pairs: Rounds;
  readonly streams: Rounds;
  readonly big: { readonly rounds: number; readonly requests: number };
  readonly paced: readonly PacedPlan[];
  /** With two workers. */
  readonly many: PacedPlan;
  /** How often each is sent, and the share of the shapes that are. */
  readonly hostile: { readonly repeats: number; readonly every: number };
  readonly inFlight: { readonly requests: number; readonly answerDelayMs: number };
  readonly starts: number;
  readonly workersSeconds: number;
  /** Share of the points of each curve that are measured, and for how long. */
  readonly curves: { readonly every: number; readonly seconds: number; readonly rounds: number };
}

/** `cached`: those that start at once and are there already. */
export type PeersWish = 'all' | 'cached';

export interface PacedPlan {
  readonly connections: number;
  /** Events of each stream in a second. */
  readonly perSecond: number;
  readonly seconds: number;
  readonly rounds: number;
}

/**
 * What mock and load can do beside each other on one core. Streams that are more get fewer events
 * each, so that all are the same work and the core of the load is never the bottleneck.
 */
const EVENTS_PER_SECOND = 25_000;

function paced(connections: number, seconds: number, rounds: number): PacedPlan {
  return { connections, perSecond: EVENTS_PER_SECOND / connections, seconds, rounds };
}

/** About 24 minutes, of which hostile bodies take two. */
export const full: Plan = {
  name: 'full',
  leavesOut: [],
  peers: 'all',
  connections: 16,
  json: { rounds: 4, seconds: 3, warmUpSeconds: 4 },
  pairs: { rounds: 3, seconds: 1, warmUpSeconds: 1 },
  streams: { rounds: 4, seconds: 3, warmUpSeconds: 3 },
  big: { rounds: 3, requests: 5 },
  paced: [paced(500, 8, 2), paced(2_000, 6, 2), paced(8_000, 10, 1)],
  many: paced(8_000, 10, 1),
  hostile: { repeats: 2, every: 1 },
  inFlight: { requests: 200, answerDelayMs: 3_000 },
  starts: 10,
  workersSeconds: 5,
  curves: { every: 1, seconds: 1, rounds: 2 },
};

/** Under two minutes: shows that everything works, and its figures are rough. */
export const quick: Plan = {
  name: 'quick',
  leavesOut: ['curves', 'many', 'pairs'],
  peers: 'cached',
  connections: 16,
  json: { rounds: 1, seconds: 1, warmUpSeconds: 2 },
  pairs: { rounds: 1, seconds: 1, warmUpSeconds: 0 },
  streams: { rounds: 1, seconds: 1, warmUpSeconds: 1 },
  big: { rounds: 1, requests: 2 },
  paced: [paced(500, 1, 1)],
  many: paced(2_000, 1, 1),
  hostile: { repeats: 1, every: 4 },
  inFlight: { requests: 50, answerDelayMs: 1_000 },
  starts: 2,
  workersSeconds: 1,
  curves: { every: 3, seconds: 1, rounds: 1 },
};
