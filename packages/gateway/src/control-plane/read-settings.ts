/** Settings from options, environment, file and defaults, in that order, with every mistake named at once. */
import { withoutKeys } from '../keys/secret.ts';
import { defaultSettings, type Settings } from '../model/settings.ts';
import type { Config } from './config/read-config.ts';
import type { Setting } from './setting-kinds.ts';
import { settingTable } from './setting-table.ts';
import { readTraceSettings } from './trace-settings.ts';

type SettingSource = 'option' | 'environment' | 'file' | 'default';

export interface Understood {
  readonly settings: Settings;
  readonly sources: ReadonlyMap<Setting, SettingSource>;
  /** The configuration file, as it was named; undefined: there is none. */
  readonly file: string | undefined;
  /** One sentence each, with the place: `PROXY_PORT: expected …, got "…"`. */
  readonly mistakes: readonly string[];
}

export interface Given {
  /** By option name without dashes. */
  readonly options: { readonly [option: string]: string | undefined };
  readonly env: { readonly [name: string]: string | undefined };
  readonly file?: Config | undefined;
}

interface Found {
  readonly source: SettingSource;
  readonly value: unknown;
  readonly mistake?: string;
}

export function readSettings(given: Given): Understood {
  const { file } = given;
  const { traces, mistakes: traceMistakes } = readTraceSettings(given.env);
  let settings: Settings = {
    ...defaultSettings,
    channels: file?.channels ?? [],
    routes: file?.routes ?? [],
    keys: file?.keys ?? [],
    limits: file?.limits ?? [],
    prices: file?.prices ?? [],
    traces,
  };
  const sources = new Map<Setting, SettingSource>();
  const mistakes: string[] = [...(file?.mistakes ?? [])];
  for (const setting of settingTable) {
    const { source, value, mistake } = find(setting, given);
    sources.set(setting, source);
    if (mistake !== undefined) mistakes.push(mistake);
    if (value !== undefined) settings = setting.set(settings, value);
  }
  const conflict = portConflict(settings, (setting) => placeOf(setting, sources, file));
  if (conflict !== undefined) mistakes.push(conflict);
  const missing = redisMissing(settings, (setting) => placeOf(setting, sources, file));
  if (missing !== undefined) mistakes.push(missing);
  mistakes.push(...traceMistakes);
  return { settings, sources, file: file?.name, mistakes };
}

function find(setting: Setting, { options, env, file }: Given): Found {
  const option = setting.option === undefined ? undefined : options[setting.option];
  if (option !== undefined) return read(setting, 'option', option);
  const variable = env[setting.env];
  if (variable !== undefined && (variable !== '' || setting.refusesEmpty))
    return read(setting, 'environment', variable);
  const value = file?.values.get(setting);
  return { source: value === undefined ? 'default' : 'file', value };
}

function read(setting: Setting, source: 'option' | 'environment', text: string): Found {
  const value = setting.read(text.trim());
  if (value !== undefined) return { source, value };
  const place = source === 'option' ? `--${setting.option}` : setting.env;
  const got = setting.isSecret ? '' : `, got ${JSON.stringify(withoutKeys(text))}`;
  const hint = setting.isSecret ? '' : (setting.hint?.(text.trim()) ?? '');
  return { source, value, mistake: `${place}: ${setting.expected}${got}${hint}` };
}

function portConflict(settings: Settings, place: (setting: Setting) => string): string | undefined {
  if (settings.proxyPort === 0 || settings.proxyPort !== settings.metricsPort) return undefined;
  const setting = settingTable.find(({ env }) => env === 'METRICS_PORT');
  if (setting === undefined) return undefined;
  return `${place(setting)}: must differ from PROXY_PORT, both are ${settings.proxyPort}`;
}

function redisMissing(settings: Settings, place: (setting: Setting) => string): string | undefined {
  if (settings.responses.store !== 'redis' || settings.redisUrl !== undefined) return undefined;
  const setting = settingTable.find(({ env }) => env === 'RESPONSES_STORE');
  return setting && `${place(setting)}: redis needs REDIS_URL, which is not set`;
}

function placeOf(
  setting: Setting,
  sources: Understood['sources'],
  file: Config | undefined,
): string {
  const source = sources.get(setting);
  if (source === 'option') return `--${setting.option}`;
  return (source === 'file' ? file?.places.get(setting) : undefined) ?? setting.env;
}
