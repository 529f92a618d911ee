/** How traces are configured. */
import type { Headers } from './http.ts';

export interface TraceSettings {
  /** Where spans are posted to; without user and password. */
  readonly url: string;
  /** Sent with every batch; they may be secret. */
  readonly headers: Headers;
  readonly timeoutMs: number;
  /** What all spans have in common, such as `service.name`. */
  readonly resource: { readonly [name: string]: string };
  readonly sampler: SamplerSettings;
  /** Spans that wait to be sent; more are dropped. */
  readonly queueMax: number;
  /** How long spans wait for others to be sent with. */
  readonly delayMs: number;
  readonly batchMax: number;
}

export interface SamplerSettings {
  /** Share of the traces that are recorded, 0 to 1. */
  readonly ratio: number;
  /** Where the client sent a context, its decision counts and not the ratio. */
  readonly followsParent: boolean;
}
