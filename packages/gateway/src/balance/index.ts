/** Every strategy that a route can have, one line each. */
import type { Strategy } from '../model/strategy.ts';
import { failover } from './failover.ts';
import { leastConnections } from './least-connections.ts';
import { leastLatency } from './least-latency.ts';
import { roundRobin } from './round-robin.ts';
import { weightedRandom } from './weighted-random.ts';

export const strategies: readonly Strategy[] = [
  roundRobin,
  weightedRandom,
  leastConnections,
  failover,
  leastLatency,
];
