/**
 * A passive circuit breaker: real traffic alone tells whether a channel is alive, since a probe of a
 * model costs money. Closed, open for a while, then one request tries it out.
 */

export interface Breaker {
  /** Undefined: closed. */
  state(nowMs: number): BreakerState | undefined;
  isOpen(): boolean;
  /** Call before a request is sent; true: it is the one that tries out whether the channel has healed. */
  began(nowMs: number): boolean;
  succeeded(nowMs: number): void;
  /** `isTrial`: what `began` said of the request. */
  failed(nowMs: number, isTrial: boolean): void;
  /** The trial ended without saying anything of the channel. */
  abstained(): void;
  /** It was not ill lately: its warmth is 1, whatever the time. */
  isWarm(): boolean;
  /** Grows from a tenth to 1 after a recovery: a channel that has just healed is not flooded. */
  warmth(nowMs: number): number;
}

type BreakerState =
  | { readonly type: 'broken'; readonly untilMs: number }
  | { readonly type: 'on-trial' };

/** Envoy's default for consecutive failures. */
const CONSECUTIVE_MAX = 5;
/** Intermittent failures open it too: at least half of at least this many within a window. */
const WINDOW_MS = 10_000;
const WINDOW_REQUESTS_MIN = 20;
const WINDOW_FAILURE_SHARE = 0.5;
/** Short enough that a healed channel is back within five seconds, whatever came before. */
const OPEN_MS = 1_000;
const OPEN_MS_MAX = 4_000;
/** A trial that says nothing for so long may hang for minutes; the next one need not wait for it. */
const TRIAL_MS = 4_000;
const SLOW_START_MS = 10_000;
const WARMTH_MIN = 0.1;

/** `random`: spreads the trials of several gateways over time. */
export function createBreaker(random: () => number): Breaker {
  const tally = createTally();
  let openings = 0;
  let openUntilMs: number | undefined;
  let trialUntilMs = 0;
  let healedMs: number | undefined;

  function open(nowMs: number): void {
    const span = Math.min(OPEN_MS * 2 ** openings, OPEN_MS_MAX);
    openUntilMs = nowMs + span * (0.9 + 0.1 * random());
    openings += 1;
    trialUntilMs = 0;
    healedMs = undefined;
  }

  function close(nowMs: number): void {
    openUntilMs = undefined;
    trialUntilMs = 0;
    openings = 0;
    tally.clear();
    healedMs = nowMs;
  }

  return {
    state(nowMs) {
      if (openUntilMs === undefined) return undefined;
      if (nowMs < openUntilMs) return { type: 'broken', untilMs: openUntilMs };
      return nowMs < trialUntilMs ? { type: 'on-trial' } : undefined;
    },
    isOpen() {
      return openUntilMs !== undefined;
    },
    began(nowMs) {
      if (openUntilMs === undefined || nowMs < openUntilMs || nowMs < trialUntilMs) return false;
      trialUntilMs = nowMs + TRIAL_MS;
      return true;
    },
    succeeded(nowMs) {
      if (openUntilMs !== undefined) close(nowMs);
      tally.add('success', nowMs);
    },
    failed(nowMs, isTrial) {
      tally.add('failure', nowMs);
      if (openUntilMs !== undefined) {
        // Requests sent before it opened say nothing new, however late they fail.
        if (isTrial) open(nowMs);
      } else if (tally.isTooMuch()) open(nowMs);
    },
    abstained() {
      trialUntilMs = 0;
    },
    isWarm() {
      return healedMs === undefined;
    },
    warmth(nowMs) {
      if (healedMs === undefined) return 1;
      const share = (nowMs - healedMs) / SLOW_START_MS;
      if (share < 1) return Math.max(WARMTH_MIN, share);
      healedMs = undefined;
      return 1;
    },
  };
}

interface Tally {
  add(result: 'success' | 'failure', nowMs: number): void;
  isTooMuch(): boolean;
  clear(): void;
}

function createTally(): Tally {
  let consecutive = 0;
  let windowStartedMs = 0;
  let requests = 0;
  let failures = 0;

  return {
    add(result, nowMs) {
      if (nowMs - windowStartedMs > WINDOW_MS) {
        windowStartedMs = nowMs;
        requests = 0;
        failures = 0;
      }
      requests += 1;
      consecutive = result === 'failure' ? consecutive + 1 : 0;
      if (result === 'failure') failures += 1;
    },
    isTooMuch() {
      if (consecutive >= CONSECUTIVE_MAX) return true;
      return requests >= WINDOW_REQUESTS_MIN && failures >= requests * WINDOW_FAILURE_SHARE;
    },
    clear() {
      consecutive = 0;
      requests = 0;
      failures = 0;
    },
  };
}
