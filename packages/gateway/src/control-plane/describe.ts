/** The settings as understood, for people. */
import { fallbackProvider, modelRules, originOf } from './compile.ts';
import type { Understood } from './read-settings.ts';
import { settingTable, settingText } from './setting-table.ts';

export function describe({ settings, sources, mistakes }: Understood): string {
  const lines: string[] = ['Settings'];
  for (const setting of settingTable) {
    const text = settingText(setting, settings) || '(none)';
    lines.push(
      `  ${setting.env.padEnd(28)}${text.padEnd(36)} ${sources.get(setting) ?? 'default'}`,
    );
  }
  lines.push('', 'Routes');
  for (const { pattern, provider } of modelRules)
    lines.push(`  ${plain(pattern).padEnd(38)}${provider}`);
  lines.push(`  ${'any other model'.padEnd(38)}${fallbackProvider}`, '', 'Upstreams');
  for (const [id, address] of Object.entries(settings.upstreams))
    lines.push(`  ${id.padEnd(28)}${originOf(address)}`);
  lines.push('', mistakes.length === 0 ? 'No mistakes.' : 'Mistakes');
  for (const mistake of mistakes) lines.push(`  ${mistake}`);
  return `${lines.join('\n')}\n`;
}

function plain(pattern: RegExp): string {
  return `${pattern.source
    .replace(/^\^/, '')
    .replace(/^\(\?:(.*)\)$/, '$1')
    .replaceAll('|', '*, ')
    .replaceAll('\\d', 'N')}*`;
}
