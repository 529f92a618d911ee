/** The shape of a family's table of models. */
import type { Capabilities } from './contract.ts';

export interface Family {
  readonly format: string;
  /** Models of other vendors that speak the format; rows need only say what differs. */
  readonly base: Capabilities;
  /**
   * Start of a model's name, and what differs; the longest that matches counts. A star at the end
   * takes in versions that go on.
   */
  readonly rows: readonly (readonly [prefix: string, row: Partial<Capabilities>])[];
  /** Names of the family's own models; those that no row knows are newer than the table. */
  readonly familyPrefixes: readonly string[];
  readonly newest: Partial<Capabilities>;
}
