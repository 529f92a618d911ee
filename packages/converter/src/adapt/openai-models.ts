/** OpenAI models, and others behind the Chat Completions format. */
import type { Effort } from '../ir/request.ts';
import type { Capabilities, OutputSupport, ReasoningSupport, SamplingFeature } from './contract.ts';
import type { Family } from './family.ts';

const anyDetail = ['low', 'high', 'auto', 'original'] as const;
const plainDetail = ['low', 'high', 'auto'] as const;

const output: OutputSupport = {
  json: true,
  jsonNeedsWord: true,
  schema: 'openai',
  withFunctions: 'any',
};
const jsonOnly: OutputSupport = { ...output, schema: 'none' };
const noOutput: OutputSupport = { ...jsonOnly, json: false };

const noReasoning: ReasoningSupport = {
  efforts: [],
  budgetWithinOutput: false,
  off: 'yes',
  byDefault: false,
  plainOn: false,
  withTools: true,
  budgetNeedsSeals: false,
  shownByDefault: false,
};

const lowToHigh: readonly Effort[] = ['low', 'medium', 'high'];
/** `max` is honoured by another API only. */
const lowToXhigh: readonly Effort[] = ['low', 'medium', 'high', 'xhigh'];

const alwaysReasons: ReasoningSupport = {
  ...noReasoning,
  efforts: lowToHigh,
  off: 'no',
  byDefault: true,
};
const reasonsOnDemand: ReasoningSupport = { ...noReasoning, efforts: lowToHigh };

const penalties: readonly SamplingFeature[] = [
  'presencePenalty',
  'frequencyPenalty',
  'logitBias',
  'logprobs',
];
const temperatures: readonly SamplingFeature[] = ['temperature', 'topP'];

const classic = {
  toolsMax: 128,
  blankText: 'any',
  imageDetails: plainDetail,
  reasoning: noReasoning,
} as const;

/** o-series: one call at a time, always reasoning. */
const oSeries = {
  ...classic,
  outputTokensMax: 100_000,
  systemRole: 'developer',
  rejects: [...penalties, ...temperatures],
  parallelControl: false,
  reasoning: alwaysReasons,
} as const;
const oSeriesWithoutStop = {
  ...oSeries,
  rejects: [...penalties, ...temperatures, 'stop'],
} as const;

const gpt5 = {
  ...classic,
  outputTokensMax: 128_000,
  systemRole: 'developer',
  rejects: [...penalties, ...temperatures, 'stop'],
  reasoning: { ...alwaysReasons, efforts: ['minimal', ...lowToHigh] },
} as const;
const gpt51 = {
  ...gpt5,
  rejects: [...penalties, 'stop'],
  rejectsWhenReasoning: temperatures,
  reasoning: reasonsOnDemand,
} as const;
const gpt52 = { ...gpt51, reasoning: { ...reasonsOnDemand, efforts: lowToXhigh } };
const gpt56 = {
  ...gpt52,
  cacheMarksMax: 4,
  imageDetails: anyDetail,
  reasoning: { ...gpt52.reasoning, withTools: false },
};
const gpt6 = {
  ...gpt5,
  cacheMarksMax: 4,
  imageDetails: anyDetail,
  reasoning: { ...alwaysReasons, efforts: lowToXhigh },
};
const gpt6OnDemand = {
  ...gpt6,
  rejects: gpt51.rejects,
  rejectsWhenReasoning: temperatures,
  reasoning: { ...alwaysReasons, efforts: lowToXhigh, off: 'yes' },
} as const;

const searchPreview = {
  ...classic,
  outputTokensMax: 16_384,
  rejects: [...penalties, ...temperatures, 'seed', 'stop'],
} as const;

function talker(
  outputTokensMax: number,
  differences: Partial<Capabilities> = {},
): Partial<Capabilities> {
  return { ...classic, outputTokensMax, ...differences };
}

/** Their makers want reasoning text of earlier turns back. */
const echoing: Partial<Capabilities> = { reasoningHistory: 'echoed' };

const base: Capabilities = {
  outputTokensMax: undefined,
  outputTokensDefault: undefined,
  toolsMax: undefined,
  rejects: [],
  rejectsWhenReasoning: [],
  temperatureMax: 2,
  temperatureExcludesTopP: false,
  stopMax: 4,
  blankStop: true,
  reasoning: { ...noReasoning, efforts: lowToHigh, off: 'unknown', plainOn: true },
  reasoningHistory: 'dropped',
  sealsOnRequest: false,
  sealSubstitute: undefined,
  forcedToolChoice: 'any',
  parallelControl: true,
  toolNames: { charactersMax: 64, marks: '_-', wordStart: false },
  toolSchemaRoot: 'plain-object',
  strictTools: 'openai',
  customTools: true,
  searchWithFunctions: true,
  output,
  systemRole: 'system',
  systemPlace: 'own',
  systemTurns: true,
  alternatingTurns: false,
  turnNames: true,
  blankText: 'alone',
  prefill: 'yes',
  mediaInToolResults: true,
  imageDetails: anyDetail,
  cacheMarksMax: 0,
};

export const openAiFamily: Family = {
  format: 'openai-chat',
  base,
  familyPrefixes: ['gpt-'],
  newest: gpt6,
  rows: [
    ['gpt-3.5', talker(4096, { output: jsonOnly, strictTools: 'never' })],
    ['gpt-4', talker(8192, { output: noOutput, strictTools: 'never' })],
    ['gpt-4-turbo', talker(4096, { output: jsonOnly, strictTools: 'never' })],
    ['gpt-4-1106', talker(4096, { output: jsonOnly, strictTools: 'never' })],
    ['gpt-4-0125', talker(4096, { output: jsonOnly, strictTools: 'never' })],
    ['gpt-4o', talker(16_384)],
    ['gpt-4o-2024-05-13', talker(4096, { output: jsonOnly })],
    ['chatgpt-4o', talker(16_384)],
    ['gpt-4.1', talker(32_768)],
    ['gpt-4.5', talker(16_384)],
    ['gpt-audio', talker(16_384)],
    ['gpt-4o-search-preview', searchPreview],
    ['gpt-4o-mini-search-preview', searchPreview],
    ['gpt-5-search', { ...searchPreview, outputTokensMax: 128_000 }],
    ['gpt-oss', { reasoning: { ...base.reasoning, off: 'no', byDefault: true } }],
    ['o1', oSeries],
    ['o1-mini', { ...oSeries, outputTokensMax: 65_536, output: noOutput, systemRole: 'system' }],
    ['o1-preview', { ...oSeries, outputTokensMax: 32_768, output: noOutput, systemRole: 'system' }],
    ['o3', oSeriesWithoutStop],
    ['o3-mini', oSeries],
    ['o4-mini', oSeriesWithoutStop],
    ['gpt-5', gpt5],
    ['gpt-5-chat', talker(16_384)],
    ['gpt-5.1', gpt51],
    ['gpt-5.1-chat', talker(16_384)],
    ['gpt-5.2', gpt52],
    ['gpt-5.2-chat', talker(16_384)],
    ['gpt-5.3', gpt52],
    ['gpt-5.3-chat', talker(16_384)],
    ['gpt-5.4', gpt52],
    ['gpt-5.5', gpt52],
    ['gpt-5.6', gpt56],
    ['gpt-5.7', gpt56],
    ['gpt-5.8', gpt56],
    ['gpt-5.9', gpt56],
    ['gpt-6', gpt6],
    ['gpt-6-luna', gpt6OnDemand],
    ['gpt-6-sol', gpt6OnDemand],
    ['gpt-6.1-terra', gpt6OnDemand],
    ['deepseek*', { ...echoing, output: jsonOnly }],
    ['kimi*', echoing],
    ['moonshot*', echoing],
    ['glm*', echoing],
  ],
};
