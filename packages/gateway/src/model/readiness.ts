/** Whether requests may be sent here, for balancers, and what does not work behind the gateway. */
export interface Readiness {
  /** Why requests should go elsewhere; none: they are welcome. */
  readonly reasons: readonly string[];
  /** What does not work, though requests are served: all gateways have it in common, so none is better. */
  readonly degraded: readonly string[];
}

/** That of several workers of one process. */
export function mergedReadiness(all: readonly Readiness[]): Readiness {
  return {
    reasons: distinct(all.flatMap(({ reasons }) => reasons)),
    degraded: distinct(all.flatMap(({ degraded }) => degraded)),
  };
}

function distinct(words: readonly string[]): readonly string[] {
  return [...new Set(words)].toSorted();
}

export const draining: Readiness = { reasons: ['draining'], degraded: [] };
