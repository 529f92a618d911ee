/** Every setting once: its names in the environment, on the command line and in the file, its meaning, its reader. */
import { defaultSettings, logFormats, logLevels, type Settings } from '../model/settings.ts';
import { userHeader } from './config/channel-readers.ts';
import { count, pepperText, metricsUsers as usersReader } from './config/limit-readers.ts';
import { bytes, hostPatterns, privateHosts } from './config/media-readers.ts';
import {
  aliases,
  boolean,
  choice,
  host,
  integer,
  origins as originsReader,
  port,
  share,
  workers,
} from './config/setting-readers.ts';
import { databaseUrl, directory, redisUrl } from './config/store-readers.ts';
import { responseSettings } from './response-settings.ts';
import {
  corsOrigins,
  media,
  metricsUsers,
  pepper,
  rateLimiting,
  type Setting,
  secretUrl,
  simple,
  timeout,
  upstream,
} from './setting-kinds.ts';

export const settingTable: readonly Setting[] = [
  simple(
    'proxyPort',
    {
      env: 'PROXY_PORT',
      placeholder: '<port>',
      help: 'port that clients talk to',
      group: 'Server',
    },
    port,
  ),
  simple(
    'metricsPort',
    { env: 'METRICS_PORT', placeholder: '<port>', help: 'port of /metrics', group: 'Server' },
    port,
  ),
  simple(
    'host',
    { env: 'PROXY_HOST', placeholder: '<host>', help: 'address to listen on', group: 'Server' },
    host,
  ),
  simple(
    'logLevel',
    { env: 'LOG_LEVEL', placeholder: '<level>', help: logLevels.join(', '), group: 'Server' },
    choice(logLevels),
  ),
  simple(
    'logFormat',
    {
      env: 'LOG_FORMAT',
      placeholder: '<format>',
      help: 'auto (pretty on a terminal, else json), json, pretty',
      group: 'Server',
    },
    choice(logFormats),
  ),
  simple(
    'logSample',
    {
      env: 'LOG_SAMPLE',
      placeholder: '<0..1>',
      help: 'share of the requests that went well that get a log line; others always do',
      group: 'Server',
    },
    share,
  ),
  metricsUsers(
    {
      env: 'METRICS_USERS',
      key: 'metrics',
      placeholder: '<user,...>',
      help: 'users whose tokens and costs the metrics tell apart',
      group: 'Server',
    },
    usersReader,
  ),
  corsOrigins(
    {
      env: 'CORS_ORIGINS',
      placeholder: '<origin,...>',
      help: 'web pages that may ask from a browser, such as https://app.example.com; * is any',
      group: 'Server',
    },
    originsReader,
  ),
  simple(
    'workers',
    {
      env: 'WORKERS',
      placeholder: '<count|cores>',
      help: 'threads that serve clients',
      group: 'Server',
    },
    workers,
  ),
  simple(
    'bodyBytesMax',
    {
      env: 'MAX_BODY_BYTES',
      placeholder: '<bytes>',
      help: 'largest request body',
      group: 'Server',
    },
    integer(1024, 1024 * 1024 * 1024),
  ),
  simple(
    'bodyValuesMax',
    {
      env: 'MAX_BODY_VALUES',
      placeholder: '<number>',
      help: 'most JSON values in a request body: keys, objects, arrays, and an eighth of the elements of arrays',
      group: 'Server',
    },
    integer(1_000, 100_000_000),
  ),
  ...upstream('openai', 'OpenAI'),
  ...upstream('anthropic', 'Anthropic'),
  ...upstream('gemini', 'Gemini'),
  simple(
    'strict',
    {
      env: 'STRICT',
      placeholder: '<true|false>',
      help: 'refuse conversions that lose what changes the answer',
      group: 'Conversion',
    },
    boolean,
  ),
  simple(
    'modelAliases',
    {
      env: 'MODEL_ALIASES',
      key: 'aliases',
      placeholder: '<alias=model,...>',
      help: 'ask for another model than the client named',
      group: 'Conversion',
    },
    aliases,
  ),
  media(
    'mode',
    {
      env: 'MEDIA_FETCH',
      placeholder: '<off|https|http>',
      help: 'fetch media that clients name by address for upstreams that do not: off, https alone, or http too',
    },
    choice(['off', 'https', 'http']),
  ),
  media(
    'hosts',
    {
      env: 'MEDIA_FETCH_HOSTS',
      placeholder: '<host,...>',
      help: 'fetch from these hosts alone; * stands for any characters; none: from all with a public address',
    },
    hostPatterns,
  ),
  media(
    'privateHosts',
    {
      env: 'MEDIA_FETCH_PRIVATE_HOSTS',
      placeholder: '<host[:port],...>',
      help: 'hosts that may be fetched from whatever their address, by http too',
    },
    privateHosts,
  ),
  media(
    'itemBytesMax',
    {
      env: 'MEDIA_FETCH_MAX_BYTES',
      placeholder: '<bytes>',
      help: 'largest file that is fetched',
    },
    bytes,
  ),
  media(
    'totalBytesMax',
    {
      env: 'MEDIA_FETCH_MAX_TOTAL_BYTES',
      placeholder: '<bytes>',
      help: 'what is fetched for one request at most, all together',
    },
    bytes,
  ),
  media(
    'itemsMax',
    {
      env: 'MEDIA_FETCH_MAX_ITEMS',
      placeholder: '<number>',
      help: 'from how many addresses one request may have something fetched',
    },
    integer(1, 1_000),
  ),
  media(
    'timeoutMs',
    {
      env: 'MEDIA_FETCH_TIMEOUT_MS',
      placeholder: '<ms>',
      help: 'for all that is fetched for one request',
    },
    integer(1, 600_000),
  ),
  simple(
    'attemptsMax',
    {
      env: 'MAX_ATTEMPTS',
      key: 'attempts',
      placeholder: '<number>',
      help: 'how many times a request is tried at most, on one channel or several',
      group: 'Routing',
    },
    integer(1, 10),
  ),
  simple(
    'affinity',
    {
      env: 'AFFINITY',
      placeholder: '<true|false>',
      help: 'prefer the channel that answered a conversation before',
      group: 'Routing',
    },
    boolean,
  ),
  simple(
    'auth',
    {
      env: 'AUTH',
      placeholder: '<mode>',
      help: 'whether clients need a key: auto (as soon as there is one), open, required',
      group: 'Keys and limits',
    },
    choice(['auto', 'open', 'required']),
  ),
  simple(
    'userHeader',
    {
      env: 'USER_HEADER',
      placeholder: '<name>',
      help: 'header in which a client names its user',
      group: 'Keys and limits',
    },
    userHeader,
  ),
  rateLimiting(
    'enabled',
    {
      env: 'ENABLE_RATE_LIMITING',
      placeholder: '<true|false>',
      help: 'limit the tokens of every user and of every key',
    },
    boolean,
  ),
  rateLimiting(
    'windowMinutes',
    {
      env: 'RATE_LIMIT_WINDOW_MIN',
      placeholder: '<minutes>',
      help: 'sliding window of that limit, in minutes',
    },
    integer(1, 31 * 24 * 60),
  ),
  rateLimiting(
    'tokensMax',
    {
      env: 'MAX_TOKENS',
      placeholder: '<tokens>',
      help: 'how many tokens that limit allows in its window',
    },
    count,
  ),
  pepper(
    {
      env: 'DRAGOMAN_PEPPER',
      placeholder: '<secret>',
      help: 'goes into the hashes of keys; none: a file in DATA_DIR',
      group: 'Keys and limits',
    },
    pepperText,
  ),
  secretUrl(
    'databaseUrl',
    {
      env: 'DATABASE_URL',
      placeholder: '<url>',
      help: 'keys and usage: sqlite:<file> or postgres://...; none: a file in DATA_DIR',
      group: 'Stores',
    },
    databaseUrl,
  ),
  secretUrl(
    'redisUrl',
    {
      env: 'REDIS_URL',
      placeholder: '<url>',
      help: 'limits shared by several gateways; none: each counts by itself',
      group: 'Stores',
    },
    redisUrl,
  ),
  simple(
    'redisPoolSize',
    {
      env: 'REDIS_POOL_SIZE',
      placeholder: '<number>',
      help: 'connections to Redis',
      group: 'Stores',
    },
    integer(1, 100),
  ),
  simple(
    'redisFailure',
    {
      env: 'REDIS_FAILURE',
      placeholder: '<local|allow|deny>',
      help: 'without Redis: each gateway its share of the limits, no limits, or no requests',
      group: 'Stores',
    },
    choice(['local', 'allow', 'deny']),
  ),
  simple(
    'dataDirectory',
    {
      env: 'DATA_DIR',
      placeholder: '<folder>',
      help: 'for what the gateway keeps by itself: database, usage on its way there, pepper',
      group: 'Stores',
    },
    directory,
  ),
  ...responseSettings,
  timeout('connectMs', 'CONNECT_TIMEOUT_MS', 'to connect to an upstream'),
  timeout('firstByteMs', 'FIRST_BYTE_TIMEOUT_MS', 'until an upstream begins to answer'),
  timeout(
    'firstOutputMs',
    'FIRST_OUTPUT_TIMEOUT_MS',
    'until the first output of a stream, then another channel is tried',
  ),
  timeout('idleMs', 'IDLE_TIMEOUT_MS', 'between two pieces of an answer'),
  timeout('totalMs', 'TOTAL_TIMEOUT_MS', 'for a whole exchange'),
  timeout(
    'stalledClientMs',
    'STALLED_CLIENT_TIMEOUT_MS',
    'until a client that reads nothing is let go',
  ),
  timeout('holdMs', 'HOLD_TIMEOUT_MS', 'that a stream without output is held back'),
  timeout('keepAliveMs', 'KEEP_ALIVE_MS', 'of silence until a keep-alive is written into a stream'),
  timeout('drainMs', 'DRAIN_TIMEOUT_MS', 'that running exchanges may go on after SIGTERM'),
];

/** The default of a setting, as text. */
export function defaultText(setting: Setting): string {
  return settingText(setting, defaultSettings);
}

/** The value of a setting for people, without secrets. */
export function settingText(setting: Setting, settings: Settings): string {
  const value = setting.get(settings);
  return value === undefined ? '' : setting.shown(value);
}
