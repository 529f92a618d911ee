/** What an operator can set, as the gateway uses it. */
export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

export type LogLevel = (typeof logLevels)[number];

export type ProviderId = 'openai' | 'anthropic' | 'gemini';

export interface UpstreamAddress {
  readonly domain: string;
  readonly port: number;
  readonly tls: boolean;
}

export interface Settings {
  readonly host: string;
  /** 0 takes any free port. */
  readonly proxyPort: number;
  readonly metricsPort: number;
  readonly upstreams: { readonly [id in ProviderId]: UpstreamAddress };
  readonly logLevel: LogLevel;
  /** Refuse requests whose conversion would lose something that changes the answer. */
  readonly strict: boolean;
  /** Largest request body, after decompression. */
  readonly bodyBytesMax: number;
  /** Model names of clients, to the model names that are asked for instead. */
  readonly modelAliases: { readonly [alias: string]: string };
  readonly timeouts: Timeouts;
}

/** All in milliseconds; 0 switches a bound off. */
export interface Timeouts {
  readonly connectMs: number;
  /** From sending the request to the first byte of the answer. */
  readonly firstByteMs: number;
  /** Between two chunks of an answer. */
  readonly idleMs: number;
  /** The whole exchange. */
  readonly totalMs: number;
  /** A client that takes nothing for this long is let go. */
  readonly stalledClientMs: number;
  /** Silence in a stream after which something is written to keep it alive. */
  readonly keepAliveMs: number;
  /** How long a stream's head is held back, so that an early failure is still a real HTTP error. */
  readonly holdMs: number;
  /** How long running exchanges may go on after SIGTERM. */
  readonly drainMs: number;
}

export const defaultSettings: Settings = {
  host: '0.0.0.0',
  proxyPort: 8080,
  metricsPort: 9090,
  upstreams: {
    openai: { domain: 'api.openai.com', port: 443, tls: true },
    anthropic: { domain: 'api.anthropic.com', port: 443, tls: true },
    gemini: { domain: 'generativelanguage.googleapis.com', port: 443, tls: true },
  },
  logLevel: 'info',
  strict: false,
  bodyBytesMax: 32 * 1024 * 1024,
  modelAliases: {},
  timeouts: {
    connectMs: 5_000,
    firstByteMs: 300_000,
    idleMs: 120_000,
    totalMs: 1_800_000,
    stalledClientMs: 60_000,
    keepAliveMs: 15_000,
    holdMs: 25_000,
    drainMs: 300_000,
  },
};
