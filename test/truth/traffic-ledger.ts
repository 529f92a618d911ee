/** How each exchange of that run must have been counted, from what its client and its upstreams saw. */
import type { ClientFormat, Tokens } from './plan.ts';
import type { Got } from './traffic-client.ts';
import type { Act, KeyName, Trip } from './traffic-plan.ts';
import { formatOf, type Noted } from './traffic-upstream.ts';

/** What the log says of one exchange. */
export interface Line {
  readonly requestId: string;
  readonly method: string;
  readonly clientFormat?: string;
  readonly upstreamFormat?: string;
  readonly channel?: string;
  readonly attempts?: string;
  readonly model?: string;
  readonly keyId?: string;
  readonly stream: boolean;
  readonly status: number;
  readonly end: string;
  readonly firstOutputMs?: number;
  readonly usage?: Partial<Tokens>;
  readonly estimated?: true;
  readonly costMicroUsd?: number;
  readonly losses: number;
}

export interface Counted {
  readonly trip: Trip;
  readonly hasLeft: boolean;
  readonly method: string;
  readonly status: number;
  readonly client: ClientFormat | 'none';
  readonly upstream: ClientFormat | 'none';
  readonly channel: string;
  readonly model: string;
  readonly key: KeyName | 'none';
  /** Of a request for a stream that was understood as one. */
  readonly isStream: boolean;
  readonly end: string;
  readonly attempts: readonly { readonly channel: string; readonly result: string }[];
  readonly tokens: Tokens | undefined;
  readonly costMicroUsd: number;
  readonly isEstimated: boolean;
  readonly hasFirstOutput: boolean;
  readonly hasTwoOutputs: boolean;
}

interface Seen {
  readonly trip: Trip;
  readonly got: Got;
  readonly noted: Noted;
  /** Only what a client that left makes unknowable is taken from it, and what the gateway estimated. */
  readonly line: Line;
}

const NONE = 'none';

/** In US dollars for a million tokens, so that every cost is a whole number of millionths. */
export const price = { input: 1, output: 2, cache_read: 1, cache_write: 3 } as const;

export function countedOf(seen: Seen): Counted {
  const { trip, got, noted, line } = seen;
  const { flaw, stream } = trip;
  const hasLeft = isLeft(seen);
  const attempts = attemptsOf(seen);
  const channel = attempts.at(-1)?.channel ?? NONE;
  const status = !hasLeft ? got.status : trip.leave === 'mid-stream' ? 200 : 499;
  const isEstimated = !noted.isReported && channel !== NONE && (hasLeft || status === 200);
  const tokens = noted.isReported ? trip.tokens : isEstimated ? tokensOf(line) : undefined;
  // Whoever left before the request was understood is known by the door alone.
  const isUnderstood = hasLeft ? line.model !== undefined : isClear(trip);
  const answered = status === 200 && stream;
  return {
    trip,
    hasLeft,
    method: flaw === 'wrong-method' ? 'PUT' : 'POST',
    status,
    client: flaw === 'unknown-path' || flaw === 'wrong-method' ? NONE : trip.client,
    upstream: channel === NONE ? NONE : formatOf(channel),
    channel,
    model: !isUnderstood ? NONE : flaw === 'unknown-model' ? 'other' : trip.model,
    key: isUnderstood ? trip.key : NONE,
    isStream: isUnderstood && stream,
    end: endOf(seen, hasLeft, attempts.at(-1)?.result),
    attempts,
    tokens,
    costMicroUsd: tokens === undefined ? 0 : costOf(tokens),
    isEstimated,
    hasFirstOutput: answered,
    hasTwoOutputs: answered && lastAct(seen) === 'serve' && trip.isPaced,
  };
}

function isLeft({ trip, got }: Seen): boolean {
  if (trip.leave === undefined) return false;
  return got.status === 0 || (trip.leave === 'mid-stream' && got.status === 200);
}

function isClear({ flaw }: Trip): boolean {
  return flaw === undefined || flaw === 'unknown-model';
}

function lastAct({ noted }: Seen): Act | undefined {
  return noted.attempts.at(-1)?.act;
}

/** What came of an act, whole or stream; a stream's failures after its beginning are no attempt's. */
function resultOf(act: Act): string {
  const results: Readonly<Record<Act, string>> = {
    serve: 'ok',
    begin: 'ok',
    cut: 'ok',
    error: 'ok',
    hold: 'cancelled',
    reset: 'reset',
    garble: 'invalid',
    '400': '4xx',
    '429': '429',
    '500': '5xx',
    '503': '5xx',
  };
  return results[act];
}

/** The upstreams saw all attempts but those that found nobody, and those that were left on their way. */
function attemptsOf({ trip, got, noted, line }: Seen): Counted['attempts'] {
  const arrived = noted.attempts.map(({ channel, act }) => ({ channel, result: resultOf(act) }));
  // Nobody listens there, so only the gateway knows whether it tried: it says so to clients.
  const told = got.trail.length > 0 ? got.trail : (line.attempts ?? '').split(', ');
  const places = told.flatMap((one, place) => (one === 'dead:connect' ? [place] : []));
  if (arrived.length === 0 && places.length === 0 && trip.leave !== undefined)
    return line.channel === undefined ? [] : [{ channel: line.channel, result: 'cancelled' }];
  for (const place of places) arrived.splice(place, 0, { channel: 'dead', result: 'connect' });
  return arrived;
}

function endOf(seen: Seen, hasLeft: boolean, result: string | undefined): string {
  if (hasLeft) return 'client-gone';
  if (result === undefined) return 'refused';
  const act = lastAct(seen);
  if (act === 'cut') return 'upstream-cut';
  return act === 'serve' ? 'complete' : 'upstream-error';
}

function tokensOf({ usage = {} }: Line): Tokens {
  const { fresh = 0, cacheRead = 0, cacheWrite = 0, text = 0, reasoning = 0 } = usage;
  return { fresh, cacheRead, cacheWrite, text, reasoning };
}

function costOf({ fresh, cacheRead, cacheWrite, text, reasoning }: Tokens): number {
  return (
    fresh * price.input +
    cacheRead * price.cache_read +
    cacheWrite * price.cache_write +
    (text + reasoning) * price.output
  );
}
