/** What a scripted provider does with one request or one connection, and plans drawn by chance. */
import type { Random } from './random.ts';

/** Where in an answer something happens. */
export type Phase = 'head' | 'preamble' | 'content' | 'terminal';

/** How a connection is closed: in order, or reset. */
export type Cut = 'fin' | 'rst';

export type Plan =
  | { readonly type: 'ok' }
  | { readonly type: 'status'; readonly status: number; readonly headers?: Headers }
  /** Takes the request and never says a word. */
  | { readonly type: 'freeze' }
  /** Says nothing more from somewhere in this phase on, and keeps the connection. */
  | { readonly type: 'stall'; readonly at: Phase; readonly share: number }
  /** Closes before the byte that lies at this share of the phase; at head and 0 nothing is said. */
  | { readonly type: 'cut'; readonly at: Phase; readonly share: number; readonly by: Cut }
  | { readonly type: 'slow'; readonly tickBytes: number; readonly tickMs: number }
  | { readonly type: 'malformed-event' }
  | { readonly type: 'malformed-body' }
  /** A page with status 200. */
  | { readonly type: 'page' }
  /** An error with status 200, as JSON although a stream was asked for. */
  | { readonly type: 'error-body' }
  | { readonly type: 'error-first' }
  | { readonly type: 'error-mid' }
  | { readonly type: 'empty'; readonly of: 'nothing' | 'comments' | 'end' }
  /** To the canary, which must hear nothing. */
  | { readonly type: 'redirect'; readonly status: number }
  /** Whole answers, but a connection that is used again is reset as the request comes in. */
  | { readonly type: 'race' }
  /** Whole answers; the idle connection is closed this long after. */
  | { readonly type: 'close-idle'; readonly afterMs: number };

type Headers = { readonly [name: string]: string };

/** What becomes of a connection before a request is understood. */
export type ConnectionPlan =
  | { readonly type: 'serve' }
  /** Reset when this many bytes have come; 0: as soon as it is accepted. */
  | { readonly type: 'reset'; readonly afterBytes: number };

/** How the body is framed and in what rhythm it comes, beside the plan. */
export interface Manner {
  readonly framing: 'chunked' | 'length' | 'close';
  /** `at-once`: in one write; `events`: one write an event, each in a turn of its own. */
  readonly pace: 'at-once' | 'events';
  /** Between events; 0: no wait. */
  readonly gapMs: number;
  /** How many events with text. */
  readonly events: number;
}

export const plainManner: Manner = { framing: 'chunked', pace: 'events', gapMs: 0, events: 4 };

export function randomManner(random: Random): Manner {
  return {
    framing: random.weighted([
      [7, 'chunked'],
      [1, 'length'],
      [2, 'close'],
    ]),
    pace: random.chance(0.3) ? 'at-once' : 'events',
    gapMs: random.chance(0.15) ? 1 + random.below(4) : 0,
    events: 3 + random.below(10),
  };
}

/** Faults that a stream can meet, in a mix that leaves every channel more alive than dead. */
export function randomPlan(random: Random): Plan {
  return random.weighted<() => Plan>([
    [46, () => ({ type: 'ok' })],
    [20, () => randomCut(random)],
    [
      3,
      () => ({
        type: 'stall',
        at: random.pick(['head', 'content', 'content', 'terminal']),
        share: random.next(),
      }),
    ],
    [1, () => ({ type: 'freeze' })],
    [3, () => ({ type: 'slow', tickBytes: 40 + random.below(400), tickMs: 1 })],
    [3, () => ({ type: 'malformed-event' })],
    [3, () => ({ type: 'error-mid' })],
    [2, () => ({ type: 'error-first' })],
    [2, () => ({ type: 'page' })],
    [2, () => ({ type: 'error-body' })],
    [2, () => ({ type: 'empty', of: random.pick(['nothing', 'comments', 'end']) })],
    [3, () => ({ type: 'status', status: random.pick([500, 502, 503, 529]) })],
    [2, () => ({ type: 'status', status: 429, headers: { 'retry-after-ms': '5' } })],
    [1, () => ({ type: 'redirect', status: random.pick([301, 302, 307, 308]) })],
    [4, () => ({ type: 'race' })],
    [4, () => ({ type: 'close-idle', afterMs: random.below(6) })],
  ])();
}

function randomCut(random: Random): Plan {
  return {
    type: 'cut',
    at: random.weighted<Phase>([
      [1, 'head'],
      [1, 'preamble'],
      [7, 'content'],
      [3, 'terminal'],
    ]),
    share: random.next(),
    by: random.pick(['fin', 'rst']),
  };
}

export function randomConnection(random: Random): ConnectionPlan {
  if (!random.chance(0.03)) return { type: 'serve' };
  return { type: 'reset', afterBytes: random.chance(0.5) ? 0 : random.below(600) };
}

/** A plan in a few words, for tables and messages. */
export function planName(plan: Plan): string {
  const { type, ...rest } = plan;
  const details = Object.values(rest).map((value) =>
    typeof value === 'number' && !Number.isInteger(value)
      ? value.toFixed(3)
      : JSON.stringify(value),
  );
  return [type, ...details].join(' ').replaceAll('"', '');
}
