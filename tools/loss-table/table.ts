/** The loss tables as Markdown. */
import { answerFeatures } from './answer-features.ts';
import { messageFeatures } from './message-features.ts';
import type { Feature, FormatId } from './probe.ts';
import { settingFeatures } from './setting-features.ts';
import { toolFeatures } from './tool-features.ts';
import { judgeAnswer, judgeRequest, type Pair, type Verdict } from './verdict.ts';

const titles: Readonly<Record<FormatId, string>> = {
  'openai-chat': 'Chat',
  'anthropic-messages': 'Messages',
  gemini: 'Gemini',
};

const pairs: readonly Pair[] = [
  { client: 'openai-chat', upstream: 'anthropic-messages' },
  { client: 'openai-chat', upstream: 'gemini' },
  { client: 'anthropic-messages', upstream: 'openai-chat' },
  { client: 'anthropic-messages', upstream: 'gemini' },
  { client: 'gemini', upstream: 'openai-chat' },
  { client: 'gemini', upstream: 'anthropic-messages' },
];

interface Row {
  readonly feature: Feature;
  readonly verdicts: readonly Verdict[];
}

function requestRows(): readonly Row[] {
  return [...messageFeatures, ...settingFeatures, ...toolFeatures].map((feature) => ({
    feature,
    verdicts: pairs.map((pair) => judgeRequest(feature, pair)),
  }));
}

function answerRows(): readonly Row[] {
  return answerFeatures.map((feature) => ({
    feature,
    verdicts: pairs.map((pair) => judgeAnswer(feature, pair)),
  }));
}

/** What is lost without a word, as `feature: direction`. */
export function unsaid(): readonly string[] {
  return [...requestRows(), ...answerRows()].flatMap(({ feature, verdicts }) =>
    verdicts.flatMap(({ outcome }, at) => {
      const { client, upstream } = pairs[at] ?? {};
      return outcome === 'unsaid' ? [`${feature.name}: ${client} client, ${upstream}`] : [];
    }),
  );
}

/** Both tables: requests read from client to upstream, answers from upstream to client. */
export function lossTables(): string {
  const asked = pairs.map(({ client, upstream }) => `${titles[client]} → ${titles[upstream]}`);
  const told = pairs.map(({ client, upstream }) => `${titles[upstream]} → ${titles[client]}`);
  return [table('Asked', asked, requestRows()), table('Answered', told, answerRows())].join('\n');
}

function table(title: string, heads: readonly string[], rows: readonly Row[]): string {
  const lines = [[title, ...heads]];
  let group = '';
  for (const { feature, verdicts } of rows) {
    if (feature.group !== group) lines.push([`**${feature.group}**`, ...heads.map(() => '')]);
    group = feature.group;
    lines.push([feature.name, ...verdicts.map(cell)]);
  }
  const widths = [title, ...heads].map((_, column) =>
    Math.max(...lines.map((cells) => cells[column]?.length ?? 0)),
  );
  const [head = '', ...body] = lines.map((cells) =>
    row(cells.map((text, column) => text.padEnd(widths[column] ?? 0))),
  );
  return `${[head, row(widths.map((width) => '-'.repeat(width))), ...body].join('\n')}\n`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function cell({ outcome, isHarmless }: Verdict): string {
  switch (outcome) {
    case 'absent':
      return '';
    case 'unsaid':
      return '–';
    case 'dropped':
    case 'weakened':
      return isHarmless ? `${outcome}\\*` : outcome;
    case 'carried':
    case 'emulated':
    case 'refused':
      return outcome;
  }
}
