/** Gemini and Gemma models behind the generateContent format. */
import type { Effort } from '../ir/request.ts';
import type { Capabilities, OutputSupport, ReasoningSupport } from './contract.ts';
import type { Family } from './family.ts';

const allLevels: readonly Effort[] = ['minimal', 'low', 'medium', 'high'];

const levels: ReasoningSupport = {
  efforts: allLevels,
  budgetWithinOutput: false,
  off: 'no',
  byDefault: true,
  plainOn: true,
  withTools: true,
  budgetNeedsSeals: false,
  shownByDefault: true,
};
const noReasoning: ReasoningSupport = {
  ...levels,
  efforts: [],
  off: 'yes',
  byDefault: false,
  shownByDefault: false,
};

function budgeted(min: number, max: number, off: 'yes' | 'no'): ReasoningSupport {
  return { ...levels, efforts: [], budget: { min, max }, off };
}

const output: OutputSupport = {
  json: true,
  jsonNeedsWord: false,
  schema: 'gemini',
  withFunctions: 'auto',
};

/** The newest behaviour: other vendors' models do not speak this format. */
const base: Capabilities = {
  outputTokensMax: 65_536,
  outputTokensDefault: undefined,
  toolsMax: undefined,
  rejects: [],
  rejectsWhenReasoning: [],
  temperatureMax: 2,
  temperatureExcludesTopP: false,
  stopMax: 5,
  blankStop: true,
  reasoning: levels,
  reasoningHistory: 'sealed',
  sealsOnRequest: false,
  sealSubstitute: 'skip_thought_signature_validator',
  forcedToolChoice: 'any',
  parallelControl: false,
  toolNames: { charactersMax: 128, marks: '_.:-', wordStart: true },
  toolSchemaRoot: 'object',
  strictTools: 'any',
  customTools: false,
  searchWithFunctions: true,
  output,
  systemRole: 'system',
  systemPlace: 'own',
  systemTurns: false,
  alternatingTurns: true,
  turnNames: false,
  blankText: 'any',
  prefill: 'unsure',
  mediaInToolResults: true,
  imageDetails: ['low', 'high', 'auto', 'original'],
  cacheMarksMax: 0,
};

const beforeThree = {
  sealSubstitute: undefined,
  searchWithFunctions: false,
  mediaInToolResults: false,
  imageDetails: ['auto'],
  output: { ...output, withFunctions: 'never' },
} as const;
const generation25 = {
  ...beforeThree,
  rejects: ['presencePenalty', 'frequencyPenalty'],
} as const;
const generation2 = { ...beforeThree, outputTokensMax: 8192, reasoning: noReasoning } as const;
const gemma = {
  ...generation2,
  systemPlace: 'user',
  forcedToolChoice: 'never',
  output: { ...output, json: false, schema: 'none', withFunctions: 'never' },
} as const;

export const geminiFamily: Family = {
  format: 'gemini',
  base,
  familyPrefixes: [],
  newest: {},
  rows: [
    ['gemini-1.0', generation2],
    ['gemini-1.5', generation2],
    ['gemini-2.0', generation2],
    ['gemini-2.5-pro', { ...generation25, reasoning: budgeted(128, 32_768, 'no') }],
    ['gemini-2.5-flash', { ...generation25, reasoning: budgeted(1, 24_576, 'yes') }],
    [
      'gemini-2.5-flash-lite',
      {
        ...generation25,
        reasoning: { ...budgeted(512, 24_576, 'yes'), byDefault: false, plainOn: false },
      },
    ],
    ['gemini-2.5-flash-image', { ...generation25, reasoning: noReasoning }],
    ['gemini-3-pro', { reasoning: { ...levels, efforts: ['low', 'high'] } }],
    ['gemini-3.1-pro', { reasoning: { ...levels, efforts: ['low', 'medium', 'high'] } }],
    ['gemma*', gemma],
  ],
};
