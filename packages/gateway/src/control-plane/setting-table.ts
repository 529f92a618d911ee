/** Every setting once: its names in the environment and on the command line, its meaning, its reader. */
import {
  defaultSettings,
  type LogLevel,
  logLevels,
  type ProviderId,
  type Settings,
  type Timeouts,
  type UpstreamAddress,
} from '../model/settings.ts';

/** Throws an Error that says what was expected. */
type Read<T> = (text: string) => T;

export interface Setting {
  readonly env: string;
  /** The long option, without dashes. */
  readonly option: string;
  readonly placeholder: string;
  readonly help: string;
  /** Group in the help text. */
  readonly group: 'Server' | 'Upstreams' | 'Conversion' | 'Timeouts (milliseconds; 0 switches off)';
  readonly read: Read<unknown>;
  set(settings: Settings, value: unknown): Settings;
  get(settings: Settings): unknown;
}

const timeoutGroup = 'Timeouts (milliseconds; 0 switches off)';

const port: Read<number> = (text) => integerBetween(text, 0, 65_535);
const milliseconds: Read<number> = (text) => integerBetween(text, 0, 2_147_483_647);
const bytes: Read<number> = (text) => integerBetween(text, 1024, 1024 * 1024 * 1024);

function integerBetween(text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new Error(`expected a whole number from ${least} to ${most}`);
}

const boolean: Read<boolean> = (text) => {
  if (/^(?:true|1|yes|on)$/i.test(text)) return true;
  if (/^(?:false|0|no|off)$/i.test(text)) return false;
  throw new Error('expected true or false');
};

const host: Read<string> = (text) => {
  if (/^[A-Za-z0-9.:_-]+$/.test(text)) return text;
  throw new Error('expected a host name or an IP address, without scheme, port or path');
};

const logLevel: Read<LogLevel> = (text) => {
  const found = logLevels.find((level) => level === text.toLowerCase());
  if (found !== undefined) return found;
  throw new Error(`expected one of ${logLevels.join(', ')}`);
};

const aliases: Read<{ readonly [alias: string]: string }> = (text) => {
  const pairs = text.split(',').map((pair) => pair.split('=').map((side) => side.trim()));
  for (const [alias, model, ...rest] of pairs) {
    if (!alias || !model || rest.length > 0)
      throw new Error('expected alias=model, several divided by commas');
  }
  return Object.fromEntries(pairs.map(([alias = '', model = '']) => [alias, model]));
};

type SimpleKey =
  | 'host'
  | 'proxyPort'
  | 'metricsPort'
  | 'logLevel'
  | 'strict'
  | 'bodyBytesMax'
  | 'modelAliases';

interface Naming {
  readonly env: string;
  readonly placeholder: string;
  readonly help: string;
  readonly group: Setting['group'];
}

function simple<K extends SimpleKey>(key: K, naming: Naming, read: Read<Settings[K]>): Setting {
  return {
    ...naming,
    option: optionOf(naming.env),
    read,
    set: (settings, value) => ({ ...settings, [key]: value }),
    get: (settings) => settings[key],
  };
}

function timeout(key: keyof Timeouts, env: string, help: string): Setting {
  return {
    env,
    option: optionOf(env),
    placeholder: '<ms>',
    help,
    group: timeoutGroup,
    read: milliseconds,
    set: (settings, value) => ({ ...settings, timeouts: { ...settings.timeouts, [key]: value } }),
    get: (settings) => settings.timeouts[key],
  };
}

type AddressKey = keyof UpstreamAddress;

interface AddressPart {
  readonly key: AddressKey;
  readonly placeholder: string;
  readonly help: string;
  readonly read: Read<unknown>;
}

function upstream(id: ProviderId, vendor: string): readonly Setting[] {
  const prefix = id.toUpperCase();
  const parts: readonly AddressPart[] = [
    { key: 'domain', placeholder: '<host>', help: `host of the ${vendor} API`, read: host },
    { key: 'port', placeholder: '<port>', help: `port of the ${vendor} API`, read: port },
    {
      key: 'tls',
      placeholder: '<true|false>',
      help: `reach the ${vendor} API by TLS`,
      read: boolean,
    },
  ];
  return parts.map(({ key, placeholder, help, read }) => {
    const env = `${prefix}_${key.toUpperCase()}`;
    return {
      env,
      option: optionOf(env),
      placeholder,
      help,
      group: 'Upstreams',
      read,
      set: (settings, value) => ({
        ...settings,
        upstreams: { ...settings.upstreams, [id]: { ...settings.upstreams[id], [key]: value } },
      }),
      get: (settings) => settings.upstreams[id][key],
    };
  });
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
    logLevel,
  ),
  simple(
    'bodyBytesMax',
    {
      env: 'MAX_BODY_BYTES',
      placeholder: '<bytes>',
      help: 'largest request body',
      group: 'Server',
    },
    bytes,
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
      placeholder: '<alias=model,...>',
      help: 'ask for another model than the client named',
      group: 'Conversion',
    },
    aliases,
  ),
  timeout('connectMs', 'CONNECT_TIMEOUT_MS', 'to connect to an upstream'),
  timeout('firstByteMs', 'FIRST_BYTE_TIMEOUT_MS', 'until an upstream begins to answer'),
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

export function settingText(setting: Setting, settings: Settings): string {
  const value = setting.get(settings);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([alias, model]) => `${alias}=${model}`)
    .join(',');
}
