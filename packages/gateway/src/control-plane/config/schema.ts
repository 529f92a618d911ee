/** The shape of the configuration file, once: for checking it, for its types and for editors. */
import {
  array,
  custom,
  type infer as Infer,
  minLength,
  NEVER,
  optional,
  pipe,
  record,
  registry,
  strictObject,
  string,
  transform,
  type ZodMiniType,
} from 'zod/mini';
import { limitSubjects, providerIds, strategyIds } from '../../model/settings.ts';
import type { Setting } from '../setting-kinds.ts';
import { settingTable } from '../setting-table.ts';
import {
  apiVersion,
  baseUrl,
  channelId,
  headerName,
  headerValue,
  modelName,
  modelPattern,
  weight,
} from './channel-readers.ts';
import { type JsonFragment, keyJson, valueJson } from './json-fragments.ts';
import {
  budget,
  count,
  keyHash,
  keyName,
  moment,
  price,
  subjectPattern,
  userName,
  window,
} from './limit-readers.ts';
import type { Path } from './path.ts';
import { boolean, choice, integer, matching, type Reader } from './setting-readers.ts';

/** What an editor shows and checks beyond the shape. */
export const notes = registry<JsonFragment>();

/** A single value by its reader. Numbers and booleans pass as the text that they are in the file. */
function value<T>(reader: Reader<T>, description?: string): ZodMiniType<T> {
  return noted(read(reader), {
    ...valueJson(reader.shape),
    ...(description !== undefined && { description }),
  });
}

function key(reader: Reader<string>): ZodMiniType<string> {
  return noted(read(reader), keyJson(reader.shape));
}

function read<T>(reader: Reader<T>): ZodMiniType<T> {
  const fromFile = transform<unknown, unknown>((given, context) => {
    const isText = reader.shape.type === 'text';
    const text = typeof given === 'string' ? given : isText ? undefined : textOf(given);
    const found = text === undefined ? undefined : reader.read(text.trim());
    if (found !== undefined) return found;
    const isNumber = isText && textOf(given) !== undefined;
    const message = isNumber ? 'expected text in quotes' : reader.expected;
    const hint = text === undefined ? '' : (reader.hint?.(text.trim()) ?? '');
    context.issues.push({ code: 'custom', message, input: given, params: { hint } });
    return NEVER;
  });
  return pipe(fromFile, custom<T, unknown>());
}

function textOf(given: unknown): string | undefined {
  return typeof given === 'number' || typeof given === 'boolean' ? String(given) : undefined;
}

function noted<T extends ZodMiniType>(schema: T, note: JsonFragment): T {
  notes.add<ZodMiniType>(schema, note);
  return schema;
}

function list<T>(item: ZodMiniType<T>, description: string): ZodMiniType<T[]> {
  return noted(array(item).check(minLength(1)), { description });
}

function described<T extends ZodMiniType>(schema: T, description: string): T {
  return noted(schema, { description });
}

const milliseconds = integer(0, 2_147_483_647);

const budgetPeriods = ['day', 'month', 'total'] as const;

/** Checked where keys are read, which shows none of them. */
const apiKey: Reader<string> = {
  shape: { type: 'text', pattern: undefined },
  expected: 'expected a key',
  read: (text) => text,
};

const timeoutFields = {
  connect_ms: optional(value(milliseconds, 'to connect')),
  first_byte_ms: optional(value(milliseconds, 'until the answer begins')),
  first_output_ms: optional(value(milliseconds, 'until the first output of a stream')),
  idle_ms: optional(value(milliseconds, 'between two pieces of an answer')),
};

const channelFields = {
  id: value(channelId, 'its name in routes, logs and the header x-dragoman-channel'),
  provider: value(choice(providerIds), 'whose API it is'),
  base_url: optional(
    value(baseUrl, "as the vendor's own SDK takes it; left out: the vendor's own address"),
  ),
  api_keys: optional(
    list(
      value(apiKey, '${VARIABLE}, file:path beside this file, or the key itself'),
      "taken in turns; left out: the client's key is passed on",
    ),
  ),
  weight: optional(value(weight, 'share of the traffic relative to the other channels')),
  enabled: optional(value(boolean, 'false takes the channel out of use')),
  models: optional(list(value(modelPattern), 'the models that it can serve, such as gpt-*')),
  headers: optional(
    described(record(key(headerName), value(headerValue)), 'sent with every request'),
  ),
  api_version: optional(value(apiVersion, "azure-openai only; left out: Azure's versionless API")),
  timeouts: optional(
    described(strictObject(timeoutFields), 'in milliseconds, where they differ; 0 switches off'),
  ),
};

const routeFields = {
  models: list(value(modelPattern), 'the models that it is for, such as gpt-*'),
  strategy: optional(value(choice(strategyIds), 'how it chooses among its channels')),
  channels: list(value(channelId), 'ids of channels among which the strategy chooses'),
  fallback: optional(
    list(value(channelId), 'ids of channels to try in this order when none of those can answer'),
  ),
  rewrite: optional(
    described(
      record(key(matching(/./, 'expected the id of a channel')), value(modelName)),
      'id of a channel, or * for all, to the model to ask it for',
    ),
  ),
};

const keyFields = {
  name: value(keyName, 'its name in limits, and for people'),
  hash: value(keyHash, 'as `dragoman keys hash` prints it'),
  user: optional(value(userName, 'whom its use counts for where a request names nobody')),
  channels: optional(
    list(value(channelId), 'ids of the only channels that it may use; left out: all'),
  ),
  models: optional(
    list(value(modelPattern), 'the only models that it may use, such as gpt-*; left out: all'),
  ),
  tokens_per_window: optional(value(count, 'how many tokens it may use in its window')),
  requests_per_window: optional(value(count, 'how many requests it may send in its window')),
  window: optional(value(window, 'sliding; with its unit, such as 90s, 60m or 1d; left out: 60m')),
  concurrency: optional(value(count, 'how many of its requests may run at a time')),
  budget: optional(value(budget, 'in US dollars')),
  budget_period: optional(
    value(choice(budgetPeriods), 'day and month begin in UTC; left out: total'),
  ),
  expires: optional(value(moment, 'a date, whose beginning in UTC counts, or a date-time')),
};

const limitFields = {
  by: value(choice(limitSubjects), 'what is limited: each one by itself, or all together'),
  match: optional(
    list(
      value(subjectPattern),
      'the users, names of keys, models or ids of channels that it is about; left out: each',
    ),
  ),
  tokens: optional(value(count, 'how many tokens in the window')),
  requests: optional(value(count, 'how many requests in the window')),
  concurrency: optional(value(count, 'how many requests at a time')),
  window: optional(value(window, 'sliding; with its unit, such as 90s, 60m or 1d; left out: 60m')),
};

const priceFields = {
  models: list(value(modelPattern), 'the models of upstreams that it is for, such as gpt-*'),
  input: value(price, 'in US dollars for a million tokens, as are the others'),
  output: value(price, 'reasoning included'),
  cache_read: optional(value(price, 'of input that the provider had in its cache')),
  cache_write: optional(value(price, 'of input that the provider put into its cache')),
};

export const channelsSchema = list(
  strictObject(channelFields),
  'accounts, regions and vendors that can answer',
);
export const routesSchema = list(
  strictObject(routeFields),
  'which models go to which channels; the first route that fits is taken',
);

export const keysSchema = list(strictObject(keyFields), 'keys of clients, by their hashes');
export const limitsSchema = list(strictObject(limitFields), 'limits, all of which hold');
export const pricesSchema = list(
  strictObject(priceFields),
  'prices of models, which go before those that come along; the first that fits is taken',
);

export type ChannelEntry = Infer<typeof channelsSchema>[number];
export type RouteEntry = Infer<typeof routesSchema>[number];
export type KeyEntry = Infer<typeof keysSchema>[number];
export type LimitEntry = Infer<typeof limitsSchema>[number];
export type PriceEntry = Infer<typeof pricesSchema>[number];

const metricsFields = {
  users: list(value(userName), 'users whose tokens and costs are told apart'),
};

const entryFields = new Map<string | number | undefined, object>([
  ['channels', channelFields],
  ['routes', routeFields],
  ['keys', keyFields],
  ['limits', limitFields],
  ['prices', priceFields],
  ['metrics', metricsFields],
]);

/** What may stand at the top of the file. */
export const fileFields: { readonly [key: string]: ZodMiniType } = {
  ...settingFields(),
  channels: optional(channelsSchema),
  routes: optional(routesSchema),
  keys: optional(keysSchema),
  limits: optional(limitsSchema),
  prices: optional(pricesSchema),
};

function settingFields(): { readonly [key: string]: ZodMiniType } {
  return Object.fromEntries(
    settingTable.flatMap((setting) =>
      setting.key === undefined ? [] : [[setting.key, optional(settingField(setting))]],
    ),
  );
}

function settingField(setting: Setting): ZodMiniType {
  if (setting.shape.type === 'metrics') return described(strictObject(metricsFields), setting.help);
  if (setting.shape.type !== 'aliases') return value(setting, setting.help);
  const fromText = transform((given: unknown) =>
    typeof given === 'string' ? (setting.read(given.trim()) ?? given) : given,
  );
  return described(pipe(fromText, record(string(), value(modelName))), setting.help);
}

/** The lists whose entries have this key. */
export function listsWith(key: string): readonly string[] {
  return [...entryFields].flatMap(([list, fields]) =>
    typeof list === 'string' && Object.hasOwn(fields, key) ? [list] : [],
  );
}

/** The keys that may stand in the object at this place, for suggestions. */
export function knownKeys(path: Path): readonly string[] {
  if (path.length === 0) return Object.keys(fileFields);
  if (path.length === 3) return Object.keys(timeoutFields);
  return Object.keys(entryFields.get(path[0]) ?? {});
}
