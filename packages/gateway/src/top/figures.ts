/** What the view shows and `--json` prints. */

// Types and not interfaces: only these are JSON to the compiler. What is undefined is not printed.

export type Quantiles = {
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
};

export type Tokens = {
  readonly inPerSecond: number;
  readonly outPerSecond: number;
};

export type Use = {
  readonly name: string;
  readonly requestsPerSecond: number;
  readonly tokens: Tokens;
  readonly dollarsPerHour: number;
  readonly firstOutputP95Seconds: number | undefined;
};

export type ChannelFigures = Use & {
  /** Undefined: no channel of the present configuration, such as `none` for what was refused. */
  readonly state: 'ok' | 'open' | undefined;
  readonly inFlight: number;
  readonly attemptsPerSecond: { readonly [result: string]: number };
};

export type KeyFigures = Use & { readonly budgetUsedShare: number | undefined };

export type ProcessFigures = {
  readonly version: string;
  readonly startedUnixSeconds: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly eventLoopLagSeconds: number | undefined;
  readonly cpuShare: number;
  /** Undefined: the page does not say. */
  readonly workers: number | undefined;
  readonly workerRestarts: number | undefined;
};

export type Figures = {
  /** What rates are over; 0: there was one scrape only, and no rate says anything. */
  readonly seconds: number;
  readonly process: ProcessFigures;
  readonly requestsPerSecond: number;
  /** Of the requests that ended: with a 5xx, and with a 4xx but 499; undefined where none ended. */
  readonly errorShare: number | undefined;
  readonly refusedShare: number | undefined;
  readonly inFlight: number;
  readonly tokens: Tokens;
  /** Of the tokens that came in. */
  readonly cacheShare: number | undefined;
  readonly dollarsPerHour: number;
  readonly firstOutputSeconds: Quantiles;
  readonly betweenOutputsSeconds: Quantiles;
  readonly rateLimitedPerSecond: number;
  readonly retriesPerSecond: number;
  readonly degraded: readonly string[];
  readonly channels: readonly ChannelFigures[];
  /** Those that use most tokens first. */
  readonly models: readonly Use[];
  readonly keys: readonly KeyFigures[];
  readonly unreadableLines: number;
};
