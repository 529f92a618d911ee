/** The loss tables as Markdown. */
import { answerFeatures } from './answer-features.ts';
import { messageFeatures } from './message-features.ts';
import type { Feature, FormatId } from './probe.ts';
import { responsesAlone, responsesAnswers, responsesRequests } from './responses-features.ts';
import { settingFeatures } from './setting-features.ts';
import { toolFeatures } from './tool-features.ts';
import { judgeAnswer, judgeRequest, type Pair, type Verdict } from './verdict.ts';

const titles: Readonly<Record<FormatId, string>> = {
  'openai-chat': 'Chat',
  'openai-responses': 'Responses',
  'anthropic-messages': 'Messages',
  gemini: 'Gemini',
};

type Pairs = readonly Pair[];

const withoutResponses: Pairs = [
  { client: 'openai-chat', upstream: 'anthropic-messages' },
  { client: 'openai-chat', upstream: 'gemini' },
  { client: 'anthropic-messages', upstream: 'openai-chat' },
  { client: 'anthropic-messages', upstream: 'gemini' },
  { client: 'gemini', upstream: 'openai-chat' },
  { client: 'gemini', upstream: 'anthropic-messages' },
];

/** In tables of their own: a table of all pairs is too wide to be read. */
const withResponses: Pairs = [
  { client: 'openai-chat', upstream: 'openai-responses' },
  { client: 'anthropic-messages', upstream: 'openai-responses' },
  { client: 'gemini', upstream: 'openai-responses' },
  { client: 'openai-responses', upstream: 'openai-chat' },
  { client: 'openai-responses', upstream: 'anthropic-messages' },
  { client: 'openai-responses', upstream: 'gemini' },
];

interface Row {
  readonly feature: Feature;
  readonly verdicts: readonly Verdict[];
}

type Rows = readonly Row[];

const asked = withResponsesOf(
  [...messageFeatures, ...settingFeatures, ...toolFeatures],
  responsesRequests,
);
const answered = withResponsesOf(answerFeatures, responsesAnswers);

function withResponsesOf(
  features: readonly Feature[],
  responses: typeof responsesRequests,
): readonly Feature[] {
  const names = new Set(features.map(({ name }) => name));
  const strange = Object.keys(responses).filter((name) => !names.has(name));
  if (strange.length > 0) throw new Error(`no such features: ${strange.join(', ')}`);
  return features.map((feature) => {
    const members = responses[feature.name];
    if (members === undefined) return feature;
    return { ...feature, in: { ...feature.in, 'openai-responses': members } };
  });
}

/** Lines with nothing in them are left out. */
function rowsOf(features: readonly Feature[], judge: (feature: Feature) => Row['verdicts']): Rows {
  return features
    .map((feature) => ({ feature, verdicts: judge(feature) }))
    .filter(({ verdicts }) => verdicts.some(({ outcome }) => outcome !== 'absent'));
}

function requestRows(pairs: Pairs): Rows {
  return rowsOf([...asked, ...responsesAlone], (feature) =>
    pairs.map((pair) => judgeRequest(feature, pair)),
  );
}

function answerRows(pairs: Pairs): Rows {
  return rowsOf(answered, (feature) => pairs.map((pair) => judgeAnswer(feature, pair)));
}

/** What is lost without a word, as `feature: direction`. */
export function unsaid(): readonly string[] {
  return [withoutResponses, withResponses].flatMap((pairs) =>
    [...requestRows(pairs), ...answerRows(pairs)].flatMap(({ feature, verdicts }) =>
      verdicts.flatMap(({ outcome }, at) => {
        const { client, upstream } = pairs[at] ?? {};
        return outcome === 'unsaid' ? [`${feature.name}: ${client} client, ${upstream}`] : [];
      }),
    ),
  );
}

/** Requests are read from client to upstream, answers from upstream to client. */
export function lossTables(): string {
  return [withoutResponses, withResponses].flatMap(tablesOf).join('\n');
}

function tablesOf(pairs: Pairs): readonly string[] {
  const there = pairs.map(({ client, upstream }) => `${titles[client]} → ${titles[upstream]}`);
  const back = pairs.map(({ client, upstream }) => `${titles[upstream]} → ${titles[client]}`);
  return [table('Asked', there, requestRows(pairs)), table('Answered', back, answerRows(pairs))];
}

function table(title: string, heads: readonly string[], rows: Rows): string {
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
    case 'fetched':
      return outcome;
  }
}
