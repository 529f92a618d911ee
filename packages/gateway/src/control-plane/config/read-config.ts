/** The text of a configuration file into settings, with every mistake at its line and column. */
import type { ChannelSettings, RouteSettings } from '../../model/settings.ts';
import { type Setting, settingTable } from '../setting-table.ts';
import { type ReadSecret, readKeys } from './channel-keys.ts';
import { addUnknownKey, type Checked, checkShape } from './check-shape.ts';
import { createMistakes } from './mistakes.ts';
import { checkReferences } from './references.ts';
import { type ChannelEntry, channelsSchema, fileFields, routesSchema } from './schema.ts';
import { growTree } from './tree.ts';
import { parseYaml } from './yaml.ts';

export interface Config {
  /** The file, as people named it. */
  readonly name: string;
  /** Of the settings that the file gives. */
  readonly values: ReadonlyMap<Setting, unknown>;
  /** `dragoman.yaml:3:1: proxy_port` */
  readonly places: ReadonlyMap<Setting, string>;
  readonly channels: readonly ChannelSettings[];
  readonly routes: readonly RouteSettings[];
  readonly mistakes: readonly string[];
}

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
  return { name, values: none, places: none, channels: [], routes: [], mistakes: [mistake] };
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
  const channels = channelsOf(file['channels'], readSecret, checked);
  const routes = routesOf(file['routes'], checked);
  checkReferences(checked);
  return { name, values, places, channels, routes, mistakes: mistakes.list(name, lineOf) };
}

function rootOf({ tree, mistakes }: Checked): { readonly [key: string]: unknown } {
  const { value } = tree;
  if (value === undefined || value === null) return {};
  if (isEntries(value)) return value;
  mistakes.add(0, [], 'expected keys and values, such as channels and routes');
  return {};
}

function channelsOf(
  given: unknown,
  readSecret: ReadSecret,
  checked: Checked,
): readonly ChannelSettings[] {
  if (given === undefined) return [];
  const path = ['channels'];
  const entries = checkShape(channelsSchema, { given, path }, checked);
  // Keys are read even when the rest is wrong, so that one look shows every mistake.
  const keys = (Array.isArray(given) ? given : []).map((channel: unknown, index) => {
    const texts = isEntries(channel) ? channel['api_keys'] : undefined;
    const place = { path: [...path, index, 'api_keys'], readSecret };
    return Array.isArray(texts) ? readKeys(texts, place, checked) : [];
  });
  return (entries ?? []).map((entry, index) => channelOf(entry, keys[index] ?? []));
}

function channelOf(entry: ChannelEntry, apiKeys: readonly string[]): ChannelSettings {
  const { timeouts = {} } = entry;
  return {
    id: entry.id,
    provider: entry.provider,
    baseUrl: entry.base_url,
    apiKeys,
    weight: entry.weight ?? 1,
    enabled: entry.enabled ?? true,
    models: entry.models,
    headers: entry.headers ?? {},
    apiVersion: entry.api_version,
    timeouts: {
      ...(timeouts.connect_ms !== undefined && { connectMs: timeouts.connect_ms }),
      ...(timeouts.first_byte_ms !== undefined && { firstByteMs: timeouts.first_byte_ms }),
      ...(timeouts.first_output_ms !== undefined && { firstOutputMs: timeouts.first_output_ms }),
      ...(timeouts.idle_ms !== undefined && { idleMs: timeouts.idle_ms }),
    },
  };
}

function routesOf(given: unknown, checked: Checked): readonly RouteSettings[] {
  if (given === undefined) return [];
  const entries = checkShape(routesSchema, { given, path: ['routes'] }, checked) ?? [];
  return entries.map(({ models, strategy, channels, fallback, rewrite }) => ({
    models,
    strategy: strategy ?? 'round_robin',
    channels,
    fallback: fallback ?? [],
    rewrite: rewrite ?? {},
  }));
}

function isEntries(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
