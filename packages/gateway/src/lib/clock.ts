/** The only places that read the time. */

/** Milliseconds of a clock that never goes back; for durations. */
export function nowMs(): number {
  return performance.now();
}

/** Seconds since 1970; for what clients read. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
