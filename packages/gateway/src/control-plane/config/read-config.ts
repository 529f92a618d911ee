/** The text of a configuration file into settings, with every mistake at its line and column. */
import type { ZodMiniType } from 'zod/mini';
import type { Settings } from '../../model/settings.ts';
import type { Setting } from '../setting-kinds.ts';
import { settingTable } from '../setting-table.ts';
import { type ReadSecret, readKeys } from './channel-keys.ts';
import { addUnknownKey, type Checked, checkShape } from './check-shape.ts';
import { COLON_TIGHT, isColonTight } from './colons.ts';
import { type Entries, entriesOf, isEntries, itemsOf } from './entries.ts';
import { createMistakes } from './mistakes.ts';
import { checkReferences } from './references.ts';
import {
  channelsSchema,
  fileFields,
  keysSchema,
  limitsSchema,
  pricesSchema,
  routesSchema,
} from './schema.ts';
import { channelOf, keyOf, limitOf, priceOf, routeOf } from './settings-of-entries.ts';
import { growTree } from './tree.ts';
import { parseYaml } from './yaml.ts';

type Lists = Pick<Settings, 'channels' | 'routes' | 'keys' | 'limits' | 'prices'>;

export interface Config extends Lists {
  /** The file, as people named it. */
  readonly name: string;
  /** Of the settings that the file gives. */
  readonly values: ReadonlyMap<Setting, unknown>;
  /** `dragoman.yaml:3:1: proxy_port` */
  readonly places: ReadonlyMap<Setting, string>;
  readonly mistakes: readonly string[];
}

const noLists: Lists = { channels: [], routes: [], keys: [], limits: [], prices: [] };

export interface ConfigSource {
  readonly text: string;
  /** For mistakes. */
  readonly name: string;
  readonly env: { readonly [name: string]: string | undefined };
  readonly readSecret: ReadSecret;
}

/** A file that could not be read. */
export function configWithout(name: string, mistake: string): Config {
  const none = new Map<Setting, never>();
  return { ...noLists, name, values: none, places: none, mistakes: [mistake] };
}

export function readConfig({ text, name, env, readSecret }: ConfigSource): Config {
  const { root, faults, lineOf } = parseYaml(text.replace(/^\uFEFF/, ''));
  const mistakes = createMistakes();
  for (const { offset, sentence } of faults) mistakes.add(offset, [], sentence);
  const tree = growTree(root, { env, mistakes });
  const checked: Checked = { tree, mistakes };
  const file = rootOf(checked);
  const values = new Map<Setting, unknown>();
  const places = new Map<Setting, string>();
  for (const [key, given] of Object.entries(file)) {
    const setting = settingTable.find((setting) => setting.key === key);
    const schema = Object.hasOwn(fileFields, key) ? fileFields[key] : undefined;
    if (schema === undefined) addUnknownKey([key], checked);
    if (schema === undefined || setting === undefined) continue;
    const { offset, source } = tree.mark([key]);
    // As in the environment, an empty variable sets nothing.
    if (given === '' && source !== undefined) continue;
    const value = checkShape(schema, { given, path: [key] }, checked);
    if (value === undefined) continue;
    values.set(setting, value);
    places.set(setting, `${name}:${lineOf(offset)}: ${key}`);
  }
  const lists = listsOf(file, readSecret, checked);
  checkReferences(checked);
  return { ...lists, name, values, places, mistakes: mistakes.list(name, lineOf) };
}

function rootOf({ tree, mistakes }: Checked): Entries {
  const { value } = tree;
  if (value === undefined || value === null) return {};
  if (isEntries(value)) return value;
  const hint = isColonTight(value) ? `; ${COLON_TIGHT}` : '';
  mistakes.add(0, [], `expected keys and values, such as channels and routes${hint}`);
  return {};
}

function listsOf(file: Entries, readSecret: ReadSecret, checked: Checked): Lists {
  const read = <T>(name: keyof Lists, schema: ZodMiniType<readonly T[]>): readonly T[] => {
    const given = file[name];
    if (given === undefined) return [];
    return checkShape(schema, { given, path: [name] }, checked) ?? [];
  };
  const channels = read('channels', channelsSchema);
  // Keys are read even when the rest is wrong, so that one look shows every mistake.
  const apiKeys = itemsOf(file['channels']).map((channel, index) => {
    const path = ['channels', index, 'api_keys'];
    return readKeys(itemsOf(entriesOf(channel)['api_keys']), { path, readSecret }, checked);
  });
  return {
    channels: channels.map((entry, index) => channelOf(entry, apiKeys[index] ?? [])),
    routes: read('routes', routesSchema).map(routeOf),
    keys: read('keys', keysSchema).map(keyOf),
    limits: read('limits', limitsSchema).map(limitOf),
    prices: read('prices', pricesSchema).map(priceOf),
  };
}
