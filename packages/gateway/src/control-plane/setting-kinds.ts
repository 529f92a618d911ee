/** What a setting is, and the kinds of which there are many alike. */
import { durationText } from '../lib/durations.ts';
import type { Settings, Timeouts, UpstreamAddress, VendorId } from '../model/settings.ts';
import { boolean, host, integer, keys, port, type Reader } from './config/setting-readers.ts';
import { maskedUrl } from './masked-url.ts';

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
  /** No mistake repeats it. */
  readonly isSecret: boolean;
  /** An empty variable is a mistake; others are as if they were not set. */
  readonly refusesEmpty: boolean;
  set(settings: Settings, value: unknown): Settings;
  get(settings: Settings): unknown;
  /** A value that is there, as people may see it. */
  shown(value: unknown): string;
}

type Group =
  | 'Server'
  | 'Upstreams'
  | 'Conversion'
  | 'Media by address'
  | 'Routing'
  | 'Keys and limits'
  | 'Stores'
  | 'Stored responses'
  | typeof timeoutGroup;

const timeoutGroup = 'Timeouts (milliseconds; 0 switches off)';

const milliseconds = integer(0, 2_147_483_647);

type SimpleKey =
  | 'host'
  | 'proxyPort'
  | 'metricsPort'
  | 'logLevel'
  | 'logFormat'
  | 'logSample'
  | 'metrics'
  | 'corsOrigins'
  | 'workers'
  | 'strict'
  | 'bodyBytesMax'
  | 'bodyValuesMax'
  | 'modelAliases'
  | 'attemptsMax'
  | 'affinity'
  | 'auth'
  | 'userHeader'
  | 'redisPoolSize'
  | 'redisFailure'
  | 'dataDirectory'
  | 'databaseUrl'
  | 'redisUrl';

export interface Naming {
  readonly env: string;
  /** In the file, where it is not the environment's name in lower case. */
  readonly key?: string;
  readonly placeholder: string;
  readonly help: string;
  readonly group: Group;
}

export function simple<K extends SimpleKey>(
  field: K,
  naming: Naming,
  reader: Reader<NonNullable<Settings[K]>>,
): Setting {
  return {
    ...named(naming),
    ...reader,
    set: (settings, value) => ({ ...settings, [field]: value }),
    get: (settings) => settings[field],
  };
}

/** An address that may hold a password, and so no option: lists of processes show options. */
export function secretUrl(
  field: 'databaseUrl' | 'redisUrl',
  naming: Naming,
  reader: Reader<string>,
): Setting {
  return {
    ...simple(field, naming, reader),
    option: undefined,
    isSecret: true,
    shown: (value) => (typeof value === 'string' ? maskedUrl(value) : ''),
  };
}

export function rateLimiting(
  field: keyof Settings['rateLimiting'],
  naming: Omit<Naming, 'group'>,
  reader: Reader<unknown>,
): Setting {
  return {
    ...named({ ...naming, group: 'Keys and limits' }),
    ...reader,
    set: (settings, value) => ({
      ...settings,
      rateLimiting: { ...settings.rateLimiting, [field]: value },
    }),
    get: (settings) => settings.rateLimiting[field],
  };
}

export function responses(
  field: keyof Settings['responses'],
  naming: Omit<Naming, 'group'>,
  reader: Reader<unknown>,
): Setting {
  return {
    ...named({ ...naming, group: 'Stored responses' }),
    ...reader,
    set: (settings, value) => ({
      ...settings,
      responses: { ...settings.responses, [field]: value },
    }),
    get: (settings) => settings.responses[field],
  };
}

/** People write it with its unit. */
export function responsesTtl(naming: Omit<Naming, 'group'>, reader: Reader<number>): Setting {
  return {
    ...responses('ttlMs', naming, reader),
    shown: (value) => (typeof value === 'number' ? durationText(value) : ''),
  };
}

export function media<K extends keyof Settings['media']>(
  field: K,
  naming: Omit<Naming, 'group'>,
  reader: Reader<Settings['media'][K]>,
): Setting {
  return {
    ...named({ ...naming, group: 'Media by address' }),
    ...reader,
    set: (settings, value) => ({ ...settings, media: { ...settings.media, [field]: value } }),
    get: ({ media }) => {
      const value = media[field];
      return Array.isArray(value) && value.length === 0 ? undefined : value;
    },
    shown: String,
  };
}

export function metricsUsers(naming: Naming, reader: Reader<Settings['metrics']>): Setting {
  return {
    ...simple('metrics', naming, reader),
    get: ({ metrics }) => (metrics.users.length === 0 ? undefined : metrics.users),
    shown: String,
  };
}

export function corsOrigins(naming: Naming, reader: Reader<readonly string[]>): Setting {
  return {
    ...simple('corsOrigins', naming, reader),
    get: (settings) => (settings.corsOrigins.length === 0 ? undefined : settings.corsOrigins),
    shown: String,
  };
}

export function timeout(field: keyof Timeouts, env: string, help: string): Setting {
  return {
    ...named({ env, placeholder: '<ms>', help, group: timeoutGroup }),
    ...milliseconds,
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

export function upstream(id: VendorId, vendor: string): readonly Setting[] {
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
      ...named({ env, placeholder, help, group: 'Upstreams' }),
      ...reader,
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
    ...named({
      env: `${id.toUpperCase()}_API_KEY`,
      placeholder: '<key,...>',
      help: `keys of the ${vendor} API; none: the client's key is passed on`,
      group: 'Upstreams',
    }),
    ...keys,
    option: undefined,
    key: undefined,
    isSecret: true,
    set: (settings, value) => ({ ...settings, apiKeys: { ...settings.apiKeys, [id]: value } }),
    get: (settings) => settings.apiKeys[id],
    shown: (value) => (Array.isArray(value) ? countOfKeys(value.length) : ''),
  };
}

/** In the environment only: whoever reads the file or the list of processes shall not have it. */
export function pepper(naming: Naming, reader: Reader<string>): Setting {
  return {
    ...named(naming),
    ...reader,
    option: undefined,
    key: undefined,
    isSecret: true,
    // What an empty one was meant to be is lost, and every key's hash with it.
    refusesEmpty: true,
    set: (settings, value) => ({
      ...settings,
      pepper: typeof value === 'string' ? value : undefined,
    }),
    get: (settings) => settings.pepper,
    shown: () => 'set',
  };
}

function named(naming: Naming) {
  return {
    key: naming.env.toLowerCase(),
    ...naming,
    option: naming.env.toLowerCase().replaceAll('_', '-'),
    isSecret: false,
    refusesEmpty: false,
    shown: plainText,
  };
}

function plainText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([alias, model]) => `${alias}=${model}`)
    .join(',');
}

function countOfKeys(count: number): string {
  if (count === 0) return '';
  return count === 1 ? '1 key' : `${count} keys`;
}
