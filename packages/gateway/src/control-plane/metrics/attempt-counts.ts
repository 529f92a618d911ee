/** Attempts of exchanges, counted by the words in which the trail of attempts notes them. */
import type { Registry } from '@prometheus-io/client';
import { type Cell, createCounter } from './counter.ts';
import { NONE } from './label-names.ts';

/** Channels and results are few, but an upstream could make up codes. */
const REMEMBERED_MAX = 1_000;

interface Cells {
  readonly attempts: Cell;
  readonly retries: Cell;
}

/** The function counts the attempts of one exchange, such as `main:503`, in order. */
export function createAttemptCounts(registry: Registry): (trail: readonly string[]) => void {
  const attempts = createCounter(registry, {
    name: 'dragoman_upstream_attempts_total',
    help: 'Requests sent to upstreams, by channel and what came of them.',
    labelNames: ['channel', 'result'],
  });
  const retries = createCounter(registry, {
    name: 'dragoman_retries_total',
    help: 'Attempts after the first one of an exchange, by the channel that was asked.',
    labelNames: ['channel'],
  });
  const known = new Map<string, Cells>();

  function cellsOf(attempt: string): Cells {
    const found = known.get(attempt);
    if (found !== undefined) return found;
    const colon = attempt.lastIndexOf(':');
    const channel = colon === -1 ? NONE : attempt.slice(0, colon);
    const result = resultClass(attempt.slice(colon + 1));
    const cells = { attempts: attempts({ channel, result }), retries: retries({ channel }) };
    if (known.size < REMEMBERED_MAX) known.set(attempt, cells);
    return cells;
  }

  return (trail) => {
    for (let index = 0; index < trail.length; index += 1) {
      const cells = cellsOf(trail[index] ?? '');
      cells.attempts.value += 1;
      if (index > 0) cells.retries.value += 1;
    }
  };
}

const classes: ReadonlyMap<string, string> = new Map([
  ['429', '429'],
  ['connect', 'connect'],
  ['connect-timeout', 'connect'],
  ['timeout', 'timeout'],
  ['reset', 'reset'],
  ['invalid', 'invalid'],
  ['redirect', 'invalid'],
  ['client-gone', 'cancelled'],
  ['shutting-down', 'cancelled'],
]);

function resultClass(result: string): string {
  const known = classes.get(result);
  if (known !== undefined) return known;
  const status = Number(result);
  if (status >= 200 && status < 300) return 'ok';
  if (status >= 400 && status < 500) return '4xx';
  return status >= 500 && status < 600 ? '5xx' : 'failed';
}
