/** Names that clients choose, such as a model, as one segment of a path that they cannot leave. */

const DOTS_ALONE = /(^|%2F|%5C)(\.{1,2})(?=$|%2F|%5C)/g;

/**
 * Dots alone would be a step up, for some servers even when they are encoded once; no name consists
 * of them, so that they are encoded twice.
 */
export function segmentOf(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    DOTS_ALONE,
    (_, before: string, dots: string) => before + '%252E'.repeat(dots.length),
  );
}
