/** Memory over many requests of every kind. The long form is `npm run bench:memory`. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { heldMiB, watchForLeaks } from '../../bench/leak-watch.ts';
import { whatIsLacking } from '../../bench/tools.ts';

/** By then all code is compiled, and what is bounded is nearly full. */
const WARM = 10_000;
const MORE = 20_000;
/** What is kept of one request in ten would be more. */
const GROWTH_MIB_MAX = 3;

const lacking = whatIsLacking(['taskset', 'timeout']);

describe('the memory of a gateway', { skip: lacking ?? false }, () => {
  it('does not grow with the requests that it has answered, refused and lost', async (t) => {
    const watch = await watchForLeaks(mkdtempSync(join(tmpdir(), 'dragoman-memory-')));
    try {
      const before = heldMiB(await watch.after(WARM));
      const after = heldMiB(await watch.after(MORE));
      t.diagnostic(
        `${before.toFixed(1)} MiB after ${WARM}, ${after.toFixed(1)} after ${MORE} more`,
      );
      assert.ok(after - before < GROWTH_MIB_MAX, `${before} MiB became ${after} MiB`);
    } finally {
      await watch.end();
    }
  });
});
