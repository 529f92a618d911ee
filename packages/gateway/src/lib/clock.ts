/** The only places that read the time. */

/** Milliseconds of a clock that never goes back; for durations. */
export function nowMs(): number {
  return performance.now();
}

/** Seconds since 1970; for what clients read. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Milliseconds from now to an HTTP date; undefined for anything else. */
export function dateToMs(date: string | undefined): number | undefined {
  // `Date.parse` takes "-1" and "5" for years.
  const at = date !== undefined && /^[A-Z][a-z]{2}/.test(date) ? Date.parse(date) : Number.NaN;
  return Number.isNaN(at) ? undefined : at - Date.now();
}

/** A moment as HTTP writes it. */
export function httpDate(seconds: number): string {
  return new Date(seconds * 1000).toUTCString();
}

/** Milliseconds since 1970; for what is kept. */
export function unixMs(): number {
  return Date.now();
}

/** The day in UTC, such as `2026-11-25`. */
export function utcDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** A moment as RFC 3339 writes it, to the second. */
export function utcMoment(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
