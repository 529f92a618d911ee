/** Counts what nobody reported. */
import type { OutputSample } from './exchange.ts';

export interface Meter {
  /** A cheap estimate from the bytes of a request. */
  inputTokens(bytes: Uint8Array): number;
  /** By a tokenizer, off the hot path. */
  outputTokens(sample: OutputSample, model: string): Promise<number>;
}
