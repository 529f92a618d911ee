/** A thread that reserves and settles in shared memory as fast as it can. */
import { workerData } from 'node:worker_threads';
import { createMemoryLimits } from '../memory.ts';
import { type Claim, reserve } from './claims.ts';

export interface ThreadTask {
  readonly memory: SharedArrayBuffer;
  readonly rounds: number;
  readonly claims: readonly Claim[];
  /** What every third reservation turns out to have used; the others used what they reserved. */
  readonly used: readonly number[];
  /** Where the thread says what it used of each counter: its own numbers. */
  readonly sums: Float64Array<SharedArrayBuffer>;
}

const { memory, rounds, claims, used, sums }: ThreadTask = workerData;
const store = createMemoryLimits({ memory });
let granted = 0;
for (let round = 0; round < rounds; round += 1) {
  const reserved = reserve(store, claims);
  if (!reserved.granted) continue;
  const amounts = granted % 3 === 0 ? used : claims.map(({ amount }) => amount);
  granted += 1;
  store.settle(reserved.reservation, amounts);
  for (const [index, amount] of amounts.entries()) sums[index] = (sums[index] ?? 0) + amount;
}
