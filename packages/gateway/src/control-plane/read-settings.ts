/** Settings from options, environment and defaults, in that order, with every mistake named at once. */
import { defaultSettings, type Settings } from '../model/settings.ts';
import { type Setting, settingTable } from './setting-table.ts';

type SettingSource = 'option' | 'environment' | 'default';

export interface Understood {
  readonly settings: Settings;
  readonly sources: ReadonlyMap<Setting, SettingSource>;
  /** One sentence each, with the place: `PROXY_PORT: expected …, got "…"`. */
  readonly mistakes: readonly string[];
}

interface Given {
  /** By option name without dashes. */
  readonly options: { readonly [option: string]: string | undefined };
  readonly env: { readonly [name: string]: string | undefined };
}

export function readSettings({ options, env }: Given): Understood {
  let settings = defaultSettings;
  const sources = new Map<Setting, SettingSource>();
  const mistakes: string[] = [];
  for (const setting of settingTable) {
    const option = options[setting.option];
    const variable = env[setting.env];
    const text = option ?? (variable === '' ? undefined : variable);
    sources.set(
      setting,
      option !== undefined ? 'option' : text !== undefined ? 'environment' : 'default',
    );
    if (text === undefined) continue;
    try {
      settings = setting.set(settings, setting.read(text.trim()));
    } catch (cause) {
      const place = option !== undefined ? `--${setting.option}` : setting.env;
      const expected = cause instanceof Error ? cause.message : 'unreadable';
      mistakes.push(`${place}: ${expected}, got ${JSON.stringify(text)}`);
    }
  }
  mistakes.push(...conflicts(settings));
  return { settings, sources, mistakes };
}

function conflicts(settings: Settings): readonly string[] {
  if (settings.proxyPort === 0 || settings.proxyPort !== settings.metricsPort) return [];
  return [`METRICS_PORT: must differ from PROXY_PORT, both are ${settings.proxyPort}`];
}
