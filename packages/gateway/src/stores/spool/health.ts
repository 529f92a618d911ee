/** What is wrong with a spool at the moment, told once a change. */

/** `full`: records are dropped, as there is no room for more. */
export type SpoolFault = 'database' | 'disk' | 'full';

export interface Health {
  /** Whether this is wrong now. */
  set(fault: SpoolFault, wrong: boolean): void;
  has(fault: SpoolFault): boolean;
  faults(): readonly SpoolFault[];
}

export function createHealth(changed: () => void): Health {
  const faults = new Set<SpoolFault>();
  return {
    set(fault, wrong) {
      if (faults.has(fault) === wrong) return;
      if (wrong) faults.add(fault);
      else faults.delete(fault);
      try {
        changed();
      } catch {
        // A listener's mistake must not reach who only adds a record.
      }
    },
    has: (fault) => faults.has(fault),
    faults: () => [...faults],
  };
}
