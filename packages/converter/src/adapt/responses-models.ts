/** The same models behind the Responses format, which lets several of them do more. */
import type { Effort } from '../ir/request.ts';
import type { Capabilities, ReasoningSupport } from './contract.ts';
import type { Family } from './family.ts';
import { openAiFamily } from './openai-models.ts';

/** What the format itself allows or lacks, whichever the model. */
const everywhere = { turnNames: false, stopMax: undefined } as const;

/** Reasoning and functions go together here, and the highest effort is honoured. */
const toMax: readonly Effort[] = ['low', 'medium', 'high', 'xhigh', 'max'];

/** The newest of the older generations, and all of the newest. */
const takesMax = /^gpt-(?:5\.[6-9]|6)/;

function throughResponses(row: Partial<Capabilities>, prefix: string): Partial<Capabilities> {
  const { reasoning } = row;
  if (reasoning === undefined || !isSealing(reasoning, prefix)) return row;
  const efforts = takesMax.test(prefix) ? toMax : reasoning.efforts;
  return {
    ...row,
    reasoningHistory: 'sealed',
    sealsOnRequest: true,
    reasoning: { ...reasoning, efforts, withTools: true },
  };
}

/** OpenAI's own hosted models that reason; what others serve under such names may refuse to be asked. */
function isSealing({ efforts }: ReasoningSupport, prefix: string): boolean {
  return efforts.length > 0 && /^(?:o\d|gpt-\d)/.test(prefix);
}

const rows: Family['rows'] = openAiFamily.rows.map(([prefix, row]) => [
  prefix,
  throughResponses(row, prefix),
]);

const gpt5 = rows.find(([prefix]) => prefix === 'gpt-5')?.[1] ?? {};

function withEfforts(efforts: readonly Effort[]): Partial<Capabilities> {
  return gpt5.reasoning === undefined
    ? gpt5
    : { ...gpt5, reasoning: { ...gpt5.reasoning, efforts } };
}

export const responsesFamily: Family = {
  ...openAiFamily,
  format: 'openai-responses',
  base: { ...openAiFamily.base, ...everywhere, reasoningHistory: 'sealed' },
  newest: throughResponses(openAiFamily.newest, 'gpt-6'),
  // Some are served by this API alone.
  rows: [
    ...rows,
    ['gpt-5-codex', withEfforts(['low', 'medium', 'high'])],
    ['gpt-5-pro', withEfforts(['high'])],
  ],
};
