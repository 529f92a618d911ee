/** A process that reserves of counters in Redis what it can get, whatever its own clock says. */
import { createRedisLimits } from '../redis.ts';
import { type Claim, reserve } from './claims.ts';

const [url = '', offsetMs = '0', untilCalls = '0', claimText = ''] = process.argv.slice(2);
const claim: Claim = JSON.parse(claimText);

const realNow = Date.now;
Date.now = () => realNow() + Number(offsetMs);

const store = createRedisLimits({ url, deadlineMs: 10_000 });
let granted = 0;
let calls = 0;
async function contend(): Promise<void> {
  while (calls < Number(untilCalls)) {
    calls += 1;
    const reserved = await reserve(store, [claim]);
    if (!reserved.granted) continue;
    granted += claim.amount;
    await store.settle(reserved.reservation, [claim.amount]);
  }
}
await Promise.all(Array.from({ length: 20 }, contend));
await store.close();
process.stdout.write(JSON.stringify({ granted, clockMs: Date.now() }));
