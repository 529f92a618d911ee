/** Claude models, and others behind the Messages format. */
import type { Effort } from '../ir/request.ts';
import type { Capabilities, OutputSupport, ReasoningSupport, SamplingFeature } from './contract.ts';
import type { Family } from './family.ts';

const sampling: readonly SamplingFeature[] = ['temperature', 'topP', 'topK'];
const nativeOutput: OutputSupport = {
  json: false,
  jsonNeedsWord: false,
  schema: 'anthropic',
  withFunctions: 'any',
};
const noNativeOutput: OutputSupport = { ...nativeOutput, schema: 'none' };

const efforts: readonly Effort[] = ['low', 'medium', 'high', 'max'];
const manyEfforts: readonly Effort[] = ['low', 'medium', 'high', 'xhigh', 'max'];

const noReasoning: ReasoningSupport = {
  efforts: [],
  budgetWithinOutput: true,
  off: 'yes',
  byDefault: false,
  plainOn: false,
  withTools: true,
  budgetNeedsSeals: true,
  shownByDefault: false,
};

function budgetUpTo(max: number): ReasoningSupport {
  return { ...noReasoning, budget: { min: 1024, max } };
}

function adaptive(differences: Partial<ReasoningSupport>): ReasoningSupport {
  return { ...noReasoning, efforts: manyEfforts, plainOn: true, byDefault: true, ...differences };
}

const budget = { min: 1024, max: 127_999 };

/** Accepts what its year's models accepted: sampling, and thinking by budget. */
function early(tokens: number, reasoning: ReasoningSupport): Partial<Capabilities> {
  return {
    outputTokensMax: tokens,
    outputTokensDefault: tokens,
    forcedToolChoice: 'without-reasoning',
    rejectsWhenReasoning: sampling,
    temperatureExcludesTopP: true,
    reasoning,
  };
}

const enforcing: Partial<Capabilities> = { output: nativeOutput, strictTools: 'anthropic' };
const generation45 = { ...early(64_000, budgetUpTo(63_999)), ...enforcing };
const generation46 = {
  ...early(128_000, adaptive({ efforts, budget, byDefault: false })),
  ...enforcing,
  prefill: 'never',
} as const;
const generation47 = {
  ...generation46,
  rejects: sampling,
  reasoning: adaptive({ budget, byDefault: false }),
} as const;
const generation5 = {
  ...generation47,
  forcedToolChoice: 'any',
  systemTurns: true,
  reasoning: adaptive({ budget }),
} as const;
const newest = {
  ...generation5,
  forcedToolChoice: 'never',
  reasoning: adaptive({ off: 'no' }),
} as const;

const base: Capabilities = {
  outputTokensMax: undefined,
  outputTokensDefault: 8192,
  toolsMax: undefined,
  rejects: [],
  rejectsWhenReasoning: [],
  temperatureMax: 1,
  temperatureExcludesTopP: false,
  stopMax: undefined,
  blankStop: false,
  reasoning: budgetUpTo(32_000),
  reasoningHistory: 'sealed',
  sealsOnRequest: false,
  sealSubstitute: undefined,
  forcedToolChoice: 'any',
  parallelControl: true,
  toolNames: { charactersMax: 128, marks: '_-', wordStart: false },
  toolSchemaRoot: 'plain-object',
  strictTools: 'never',
  customTools: false,
  searchWithFunctions: true,
  output: noNativeOutput,
  systemRole: 'system',
  systemPlace: 'own',
  systemTurns: false,
  alternatingTurns: true,
  turnNames: false,
  blankText: 'never',
  prefill: 'without-reasoning',
  mediaInToolResults: true,
  imageDetails: [],
  cacheMarksMax: 4,
};

export const claudeFamily: Family = {
  format: 'anthropic-messages',
  base,
  familyPrefixes: ['claude-'],
  newest,
  rows: [
    ['claude-sonnet-5-5', newest],
    ['claude-opus-5-5', newest],
    ['claude-fable-5-1', newest],
    ['claude-fable-5-2', newest],
    ['claude-haiku-5-5', { ...generation5, reasoning: adaptive({}) }],
    ['claude-opus-5', generation5],
    ['claude-fable-5', { ...generation5, reasoning: adaptive({ off: 'no' }) }],
    ['claude-sonnet-5', generation5],
    ['claude-opus-4-8', generation47],
    ['claude-opus-4-7', generation47],
    ['claude-opus-4-6', generation46],
    ['claude-sonnet-4-6', generation46],
    ['claude-opus-4-5', generation45],
    ['claude-sonnet-4-5', generation45],
    ['claude-haiku-4-5', generation45],
    ['claude-opus-4-1', { ...early(32_000, budgetUpTo(31_999)), ...enforcing }],
    ['claude-opus-4-0', early(32_000, budgetUpTo(31_999))],
    ['claude-opus-4', early(32_000, budgetUpTo(31_999))],
    ['claude-sonnet-4-0', early(64_000, budgetUpTo(63_999))],
    ['claude-sonnet-4', early(64_000, budgetUpTo(63_999))],
    ['claude-3-7', early(64_000, budgetUpTo(63_999))],
    ['claude-3-5', early(8192, noReasoning)],
    ['claude-3*', early(4096, noReasoning)],
    ['claude-2*', early(4096, noReasoning)],
    ['claude-instant*', early(4096, noReasoning)],
  ],
};
