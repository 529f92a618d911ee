/** The settings as understood, for people: every setting, routes, keys and limits, and what may be a trap. */
import type { ChannelSettings, RouteSettings, Settings } from '../model/settings.ts';
import { addressOf, channelSettingsOf, modelsOf, openChannelsOf } from './channels.ts';
import { keyRows, keysTitle, limitRows } from './describe-limits.ts';
import { maskedUrl } from './masked-url.ts';
import type { Understood } from './read-settings.ts';
import { settingTable, settingText } from './setting-table.ts';
import { trapsOf } from './traps.ts';

export function describe({ settings, sources, mistakes, file }: Understood): string {
  const lines: string[] = [`File      ${file ?? 'none'}`, '', 'Settings'];
  for (const setting of settingTable) {
    const text = settingText(setting, settings) || '(none)';
    lines.push(
      `  ${setting.env.padEnd(28)}${text.padEnd(36)} ${sources.get(setting) ?? 'default'}`,
    );
  }
  lines.push('', ...channelLines(settings), '', ...routeLines(settings));
  lines.push('', keysTitle(settings), ...table(keyRows(settings)));
  lines.push('', 'Limits (all hold)', ...table(limitRows(settings)));
  lines.push('', tracesLine(settings));
  if (mistakes.length > 0) lines.push('', 'Mistakes', ...mistakes.map(indented));
  else {
    const traps = trapsOf(settings);
    if (traps.length > 0) lines.push('', 'Warnings', ...traps.map(indented));
    lines.push('', 'No mistakes.');
  }
  return `${lines.join('\n')}\n`;
}

/** The same verdict for programs: whether a gateway would start with it, and why not. */
export function describeJson({ settings, sources, mistakes, file }: Understood): string {
  const told = settingTable.map((setting): readonly [string, object] => [
    setting.env,
    { value: settingText(setting, settings), source: sources.get(setting) ?? 'default' },
  ]);
  const verdict = {
    valid: mistakes.length === 0,
    file,
    mistakes,
    warnings: mistakes.length === 0 ? trapsOf(settings) : [],
    settings: Object.fromEntries(told),
  };
  return `${JSON.stringify(verdict, undefined, 2)}\n`;
}

function tracesLine({ traces }: Settings): string {
  return traces === undefined ? 'traces: off' : `traces: on, to ${maskedUrl(traces.url)}`;
}

function indented(line: string): string {
  return `  ${line}`;
}

function channelLines(settings: Settings): readonly string[] {
  const title = settings.channels.length > 0 ? 'Channels' : "Channels (the vendors' own)";
  return [title, ...table(channelSettingsOf(settings).map(channelRow))];
}

function channelRow(channel: ChannelSettings): readonly string[] {
  const { id, provider, apiKeys, weight, enabled } = channel;
  const keys = apiKeys.length === 0 ? "the client's key" : `own keys: ${apiKeys.length}`;
  const state = enabled ? '' : 'switched off';
  const address = addressOf(channel);
  // With mistakes in the file it is described all the same, so that people see what else was understood.
  const url = address === undefined ? '(no base_url)' : String(new URL(address));
  return [id, provider, url, keys, `weight ${weight}`, state];
}

/** The order is that in which routes are searched. */
function routeLines(settings: Settings): readonly string[] {
  const channels = channelSettingsOf(settings);
  const aliases = Object.entries(settings.modelAliases).map(([alias, model]) => [
    alias,
    'alias',
    `asked for as ${model}`,
  ]);
  const claiming = channels.filter((one) => one.enabled && claimOf(one) !== '');
  const claims = [...Map.groupBy(claiming, claimOf)].map(([models, by]) => [
    models,
    '',
    by.map(({ id }) => id).join(', '),
  ]);
  const open = openChannelsOf(channels).map(({ id }) => id);
  const rest = open.length === 0 ? 'refused: no channel serves it' : open.join(', ');
  return [
    'Routes (the first match counts)',
    ...table([
      ...aliases,
      ...settings.routes.map(routeRow),
      ...claims,
      ['any other model', '', rest],
    ]),
  ];
}

/** Channels of one vendor share what they serve by themselves; empty: nothing in particular. */
function claimOf(channel: ChannelSettings): string {
  return (modelsOf(channel) ?? []).join(' ');
}

function routeRow({
  models,
  strategy,
  channels,
  fallback,
  rewrite,
}: RouteSettings): readonly string[] {
  const renamed = new Map(Object.entries(rewrite));
  const named = (id: string): string => {
    const model = renamed.get(id) ?? renamed.get('*');
    return model === undefined ? id : `${id} (as ${model})`;
  };
  const rest = fallback.map((id) => `, then ${named(id)}`).join('');
  return [models.join(' '), strategy, channels.map(named).join(', ') + rest];
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
}
