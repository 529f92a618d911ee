/** Every setting once: its names in the environment, on the command line and in the file, its meaning, its reader. */
import {
  defaultSettings,
  logLevels,
  type Settings,
  type Timeouts,
  type UpstreamAddress,
  type VendorId,
} from '../model/settings.ts';
import {
  aliases,
  boolean,
  choice,
  host,
  integer,
  keys,
  type Reader,
} from './config/setting-readers.ts';

export interface Setting extends Reader<unknown> {
  readonly env: string;
  /** The long option, without dashes; undefined: it can not be given on the command line. */
  readonly option: string | undefined;
  /** Its key in the configuration file; undefined: it can not be given there. */
  readonly key: string | undefined;
  readonly placeholder: string;
  readonly help: string;
  /** Group in the help text. */
  readonly group: Group;
  /** Its value is never shown. */
  readonly isSecret: boolean;
  set(settings: Settings, value: unknown): Settings;
  get(settings: Settings): unknown;
}

type Group = 'Server' | 'Upstreams' | 'Conversion' | 'Routing' | typeof timeoutGroup;

const timeoutGroup = 'Timeouts (milliseconds; 0 switches off)';

const port = integer(0, 65_535);
const milliseconds = integer(0, 2_147_483_647);

type SimpleKey =
  | 'host'
  | 'proxyPort'
  | 'metricsPort'
  | 'logLevel'
  | 'strict'
  | 'bodyBytesMax'
  | 'modelAliases'
  | 'attemptsMax'
  | 'affinity';

interface Naming {
  readonly env: string;
  /** In the file, where it is not the environment's name in lower case. */
  readonly key?: string;
  readonly placeholder: string;
  readonly help: string;
  readonly group: Group;
}

function simple<K extends SimpleKey>(
  field: K,
  naming: Naming,
  reader: Reader<Settings[K]>,
): Setting {
  return {
    key: naming.env.toLowerCase(),
    ...naming,
    ...reader,
    option: optionOf(naming.env),
    isSecret: false,
    set: (settings, value) => ({ ...settings, [field]: value }),
    get: (settings) => settings[field],
  };
}

function timeout(field: keyof Timeouts, env: string, help: string): Setting {
  return {
    ...milliseconds,
    env,
    option: optionOf(env),
    key: env.toLowerCase(),
    placeholder: '<ms>',
    help,
    group: timeoutGroup,
    isSecret: false,
    set: (settings, value) => ({ ...settings, timeouts: { ...settings.timeouts, [field]: value } }),
    get: (settings) => settings.timeouts[field],
  };
}

interface AddressPart {
  readonly field: keyof UpstreamAddress;
  readonly placeholder: string;
  readonly help: string;
  readonly reader: Reader<unknown>;
}

function upstream(id: VendorId, vendor: string): readonly Setting[] {
  const parts: readonly AddressPart[] = [
    { field: 'domain', placeholder: '<host>', help: `host of the ${vendor} API`, reader: host },
    { field: 'port', placeholder: '<port>', help: `port of the ${vendor} API`, reader: port },
    {
      field: 'tls',
      placeholder: '<true|false>',
      help: `reach the ${vendor} API by TLS`,
      reader: boolean,
    },
  ];
  const settings = parts.map(({ field, placeholder, help, reader }): Setting => {
    const env = `${id}_${field}`.toUpperCase();
    return {
      ...reader,
      env,
      option: optionOf(env),
      key: env.toLowerCase(),
      placeholder,
      help,
      group: 'Upstreams',
      isSecret: false,
      set: (settings, value) => ({
        ...settings,
        upstreams: { ...settings.upstreams, [id]: { ...settings.upstreams[id], [field]: value } },
      }),
      get: (settings) => settings.upstreams[id][field],
    };
  });
  return [...settings, apiKeys(id, vendor)];
}

/** No option, because lists of processes show options, and no key, because channels have their own in the file. */
function apiKeys(id: VendorId, vendor: string): Setting {
  return {
    ...keys,
    env: `${id.toUpperCase()}_API_KEY`,
    option: undefined,
    key: undefined,
    placeholder: '<key,...>',
    help: `keys of the ${vendor} API; none: the client's key is passed on`,
    group: 'Upstreams',
    isSecret: true,
    set: (settings, value) => ({ ...settings, apiKeys: { ...settings.apiKeys, [id]: value } }),
    get: (settings) => settings.apiKeys[id],
  };
}

function optionOf(env: string): string {
  return env.toLowerCase().replaceAll('_', '-');
}

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
    'bodyBytesMax',
    {
      env: 'MAX_BODY_BYTES',
      placeholder: '<bytes>',
      help: 'largest request body',
      group: 'Server',
    },
    integer(1024, 1024 * 1024 * 1024),
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

/** The value of a setting for people; of keys only how many there are. */
export function settingText(setting: Setting, settings: Settings): string {
  const value = setting.get(settings);
  if (Array.isArray(value)) return countOfKeys(value.length);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([alias, model]) => `${alias}=${model}`)
    .join(',');
}

function countOfKeys(count: number): string {
  if (count === 0) return '';
  return count === 1 ? '1 key' : `${count} keys`;
}
