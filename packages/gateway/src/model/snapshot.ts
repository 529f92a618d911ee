/** What the data plane reads: settings compiled once, never changed. */
import type { Target } from './exchange.ts';
import type { Timeouts } from './settings.ts';

export interface Snapshot {
  route(model: string): Target;
  readonly strict: boolean;
  readonly bodyBytesMax: number;
  readonly timeouts: Timeouts;
  /** Say in a response header which format was detected and why. */
  readonly explainFormat: boolean;
}
