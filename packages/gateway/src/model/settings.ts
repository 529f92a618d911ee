/** What an operator can set, as the gateway uses it. */
import type { MediaRules } from './media.ts';
import type { KeyLimits } from './records.ts';
import type { TraceSettings } from './trace-settings.ts';

export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

export type LogLevel = (typeof logLevels)[number];

/** `auto`: for people on a terminal, JSON everywhere else. */
export const logFormats = ['auto', 'json', 'pretty'] as const;

export type LogFormat = (typeof logFormats)[number];

/** The vendors that need no configuration. */
export type VendorId = 'openai' | 'anthropic' | 'gemini';

export const providerIds = [
  'openai',
  'anthropic',
  'gemini',
  'openai-compatible',
  'azure-openai',
] as const;

export type ProviderId = (typeof providerIds)[number];

export const strategyIds = [
  'round_robin',
  'weighted_random',
  'least_connections',
  'failover',
  'least_latency',
] as const;

export type StrategyId = (typeof strategyIds)[number];

/** One account, region or vendor that can answer. */
export interface ChannelSettings {
  /** Unique; shown to clients in `x-dragoman-channel`. */
  readonly id: string;
  readonly provider: ProviderId;
  /** As the vendor's own SDK takes it, such as `https://api.openai.com/v1`; undefined: the vendor's own. */
  readonly baseUrl: string | undefined;
  /** None: the client's key is passed on. */
  readonly apiKeys: readonly string[];
  /** Share of a route's traffic relative to its other channels; above 0. */
  readonly weight: number;
  readonly enabled: boolean;
  /** Patterns of the upstream models that it can serve; undefined: what its provider is known for. */
  readonly models: readonly string[] | undefined;
  /** Sent with every request to this channel. */
  readonly headers: { readonly [name: string]: string };
  /** Azure's `api-version`; undefined: its versionless API. */
  readonly apiVersion: string | undefined;
  /** Where they differ from the gateway's own. */
  readonly timeouts: Partial<ChannelTimeouts>;
}

/** A key of a client, by its hash: a gateway key, or any other that a client has already. */
export interface KeySettings {
  readonly name: string;
  /** As `dragoman keys hash` prints it. */
  readonly hash: string;
  readonly user: string | undefined;
  /** Ids of the channels that it may use, whatever the routes say; undefined: those of the routes. */
  readonly channels: readonly string[] | undefined;
  /** Patterns of the upstream models that it may use; undefined: all. */
  readonly models: readonly string[] | undefined;
  readonly limits: KeyLimits;
  readonly expiresAt: number | undefined;
}

export const limitSubjects = ['all', 'user', 'key', 'model', 'channel'] as const;

export type LimitSubject = (typeof limitSubjects)[number];

/** A rule that limits each of its subjects by itself; `all` limits them together. */
export interface LimitSettings {
  readonly by: LimitSubject;
  /** Patterns of the users, key names, models or channel ids that it is about; undefined: each one. */
  readonly match: readonly string[] | undefined;
  /** At least one of the three is set. */
  readonly tokens: number | undefined;
  readonly requests: number | undefined;
  readonly concurrency: number | undefined;
  /** Of `tokens` and `requests`; sliding. 1 second to 31 days. */
  readonly windowMs: number;
}

/** In US dollars for a million tokens; goes before the price table that comes along. */
export interface PriceSettings {
  /** Patterns of upstream models. */
  readonly models: readonly string[];
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number | undefined;
  readonly cacheWrite: number | undefined;
}

/** Which models go to which channels. */
export interface RouteSettings {
  /** Patterns with `*`; the first route that has a matching one is taken. */
  readonly models: readonly string[];
  readonly strategy: StrategyId;
  /** Ids of channels among which the strategy chooses. */
  readonly channels: readonly string[];
  /** Ids of channels to try in this order when none of `channels` can answer. */
  readonly fallback: readonly string[];
  /** Channel id, or `*` for all, to the model to ask it for. */
  readonly rewrite: { readonly [channel: string]: string };
}

export const responseStores = ['memory', 'redis', 'off'] as const;

/** Of the answers that are kept for later requests; the oldest make room for the newest. */
export interface ResponseBounds {
  /** From the answer on. */
  readonly ttlMs: number;
  /** Of all together. */
  readonly bytesMax: number;
  /** Of one answer with its whole conversation. */
  readonly bytesEachMax: number;
  /** How many of one owner. */
  readonly perOwnerMax: number;
}

/** What a channel may set for itself. In milliseconds; 0 switches a bound off. */
interface ChannelTimeouts {
  readonly connectMs: number;
  /** From sending the request to the first byte of the answer. */
  readonly firstByteMs: number;
  /** From sending the request to a stream's first output; another channel is tried after it. */
  readonly firstOutputMs: number;
  /** Between two chunks of an answer. */
  readonly idleMs: number;
}

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
  /** Where the vendors' built-in channels lead, which exist when no channels are configured. */
  readonly upstreams: { readonly [id in VendorId]: UpstreamAddress };
  /** Keys of the built-in channels. */
  readonly apiKeys: { readonly [id in VendorId]: readonly string[] };
  readonly channels: readonly ChannelSettings[];
  readonly routes: readonly RouteSettings[];
  /** How many times at most a request is sent upstream until an answer can be relied upon. */
  readonly attemptsMax: number;
  /** Long or continued conversations prefer the channel that answered them before. */
  readonly affinity: boolean;
  /** `auto`: clients need a key as soon as there is one. */
  readonly auth: 'auto' | 'open' | 'required';
  readonly keys: readonly KeySettings[];
  readonly limits: readonly LimitSettings[];
  /** A window of tokens for every user and for every key. */
  readonly rateLimiting: {
    readonly enabled: boolean;
    readonly windowMinutes: number;
    readonly tokensMax: number;
  };
  /** The header in which a client names its user, in lower case. */
  readonly userHeader: string;
  readonly prices: readonly PriceSettings[];
  /** Keys and usage: `sqlite:<file>` or `postgres://…`; undefined: a file in the data directory, once there is one. */
  readonly databaseUrl: string | undefined;
  /** Limits shared by several gateways; undefined: each counts by itself. */
  readonly redisUrl: string | undefined;
  readonly redisPoolSize: number;
  /** When Redis does not answer: each gateway its share, no limits, or no requests. */
  readonly redisFailure: 'local' | 'allow' | 'deny';
  /** Answers of the Responses API whose provider keeps none; `memory`: in that of this machine. */
  readonly responses: ResponseBounds & { readonly store: (typeof responseStores)[number] };
  /** For what the gateway makes by itself: database, spool, pepper. */
  readonly dataDirectory: string;
  /** Secret that goes into the hashes of keys; undefined: a file in the data directory. */
  readonly pepper: string | undefined;
  /** Of pages in browsers that may ask; `*` is any. */
  readonly corsOrigins: readonly string[];
  /** Threads that serve clients; `cores`: one for each core, where the platform can share a port. */
  readonly workers: number | 'cores';
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** Share of the exchanges that went well, 0 to 1, that get a line; all others always do. */
  readonly logSample: number;
  /** `users`: those whose use the metrics tell apart. */
  readonly metrics: { readonly users: readonly string[] };
  /** Undefined: traces are off. */
  readonly traces: TraceSettings | undefined;
  /** Refuse requests whose conversion would lose something that changes the answer. */
  readonly strict: boolean;
  /** Largest request body, after decompression. */
  readonly bodyBytesMax: number;
  /** How much one request body may hold: members, objects and arrays, and an eighth of the elements. */
  readonly bodyValuesMax: number;
  /** What is fetched for upstreams that do not read addresses of media. */
  readonly media: MediaRules;
  /** Model names of clients, to the model names that are asked for instead. */
  readonly modelAliases: { readonly [alias: string]: string };
  readonly timeouts: Timeouts;
}

/** All in milliseconds; 0 switches a bound off. */
export interface Timeouts extends ChannelTimeouts {
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
  apiKeys: { openai: [], anthropic: [], gemini: [] },
  channels: [],
  routes: [],
  attemptsMax: 3,
  affinity: true,
  auth: 'auto',
  keys: [],
  limits: [],
  rateLimiting: { enabled: false, windowMinutes: 60, tokensMax: 1_000 },
  userHeader: 'user',
  prices: [],
  databaseUrl: undefined,
  redisUrl: undefined,
  redisPoolSize: 2,
  redisFailure: 'local',
  responses: {
    store: 'memory',
    ttlMs: 3_600_000,
    bytesMax: 64 * 1024 * 1024,
    bytesEachMax: 8 * 1024 * 1024,
    perOwnerMax: 1_000,
  },
  dataDirectory: '.dragoman',
  pepper: undefined,
  corsOrigins: [],
  workers: 'cores',
  logLevel: 'info',
  logFormat: 'auto',
  logSample: 1,
  metrics: { users: [] },
  traces: undefined,
  strict: false,
  bodyBytesMax: 32 * 1024 * 1024,
  bodyValuesMax: 100_000,
  media: {
    mode: 'https',
    hosts: [],
    privateHosts: [],
    itemBytesMax: 20 * 1024 * 1024,
    totalBytesMax: 32 * 1024 * 1024,
    itemsMax: 20,
    timeoutMs: 15_000,
  },
  modelAliases: {},
  timeouts: {
    connectMs: 5_000,
    firstByteMs: 300_000,
    firstOutputMs: 0,
    idleMs: 120_000,
    totalMs: 1_800_000,
    stalledClientMs: 60_000,
    keepAliveMs: 15_000,
    holdMs: 25_000,
    drainMs: 300_000,
  },
};
