/** The part of the comparison that is about how to answer, not about what was said. */
import { isDeepStrictEqual } from 'node:util';
import type { Asked, AskedSampling } from '../../../packages/conformance/src/judge/asked/asked.ts';
import { type FormatId, formatIds } from '../../../packages/conformance/src/judge/meaning.ts';
import { type Problems, shown } from '../../../packages/conformance/src/judge/problems.ts';

export interface RequestPair {
  readonly asked: Asked;
  readonly got: Asked;
  readonly to: FormatId;
}

export function compareSettings(problems: Problems, pair: RequestPair): void {
  const { asked, got } = pair;
  compareChoice(problems, pair);
  compareSampling(problems, pair);
  compareLimits(problems, pair);
  compareOutput(problems, pair);
  compareReasoning(problems, pair);
  problems.expect(got.stream === asked.stream, `stream: ${got.stream} instead of ${asked.stream}`);
}

function compareChoice(problems: Problems, { asked, got, to }: RequestPair): void {
  if (asked.tools.length === 0) {
    const { mode } = got.choice;
    problems.expect(mode === 'auto', `a tool choice without tools: ${mode}`);
    return;
  }
  const { mode, names, single } = asked.choice;
  problems.expect(got.choice.mode === mode, `tool choice: ${got.choice.mode} instead of ${mode}`);
  // Messages offers the chosen tools alone instead; naming every tool is naming none.
  const everything = names.length === asked.tools.length;
  const some =
    (to === 'anthropic-messages' && names.length > 1) ||
    (everything && got.choice.names.length === 0);
  const wanted = some ? [] : names;
  problems.expect(
    isDeepStrictEqual(got.choice.names.toSorted(), wanted.toSorted()),
    `chosen tools: ${got.choice.names.join()} instead of ${wanted.join()}`,
  );
  // Gemini has no such switch.
  if (to !== 'gemini' && mode !== 'none') {
    problems.expect(
      got.choice.single === single,
      `single call: ${got.choice.single} instead of ${single}`,
    );
  }
}

function compareSampling(problems: Problems, { asked, got, to }: RequestPair): void {
  for (const key of Object.keys(asked.sampling) as readonly (keyof AskedSampling)[]) {
    const wanted = sampled(key, asked, to);
    const value = got.sampling[key];
    problems.expect(value === wanted, `${key}: ${value} instead of ${wanted}`);
  }
}

const known: { readonly [key in keyof AskedSampling]: readonly FormatId[] } = {
  temperature: formatIds,
  topP: formatIds,
  topK: ['anthropic-messages', 'gemini'],
  presencePenalty: ['openai-chat', 'gemini'],
  frequencyPenalty: ['openai-chat', 'gemini'],
  seed: ['openai-chat', 'gemini'],
};

function sampled(
  key: keyof AskedSampling,
  { sampling, reasoning }: Asked,
  to: FormatId,
): number | undefined {
  const value = sampling[key];
  if (value === undefined || !known[key].includes(to)) return undefined;
  if (key === 'seed') return value;
  // A model that reasons takes no sampling at OpenAI and Anthropic.
  if (reasoning === 'on' && to !== 'gemini') return undefined;
  if (to !== 'anthropic-messages') return value;
  if (key === 'temperature') return Math.min(value, 1);
  // Claude takes one of the two.
  return key === 'topP' && sampling.temperature !== undefined ? undefined : value;
}

function compareLimits(problems: Problems, { asked, got, to }: RequestPair): void {
  const wanted = asked.outputTokensMax;
  const limit = got.outputTokensMax;
  if (wanted === undefined) {
    const fair =
      to === 'anthropic-messages' ? limit !== undefined && limit > 0 : limit === undefined;
    problems.expect(fair, `a limit of ${limit} tokens that nobody asked for`);
  } else {
    // A budget of reasoning counts as output at Anthropic and is added there.
    const raised = to === 'anthropic-messages' && asked.reasoning === 'on';
    // The client's limit is for another model and may exceed what this one can write.
    const fair =
      limit === Math.max(leastOf(to), Math.min(wanted, capOf(to, got))) ||
      (raised && limit !== undefined && limit > wanted);
    problems.expect(fair, `limit: ${limit} tokens instead of ${wanted}`);
  }
  const stop = asked.stop
    .filter((word) => to !== 'anthropic-messages' || word.trim() !== '')
    .slice(0, stopsMax[to]);
  problems.expect(
    isDeepStrictEqual(got.stop, stop),
    `stop: ${shown(got.stop)} instead of ${shown(stop)}`,
  );
  if (to === 'anthropic-messages') return;
  problems.expect(
    got.candidates === asked.candidates,
    `${got.candidates} candidates instead of ${asked.candidates}`,
  );
  problems.expect(
    got.logprobs === asked.logprobs,
    `logprobs: ${got.logprobs} instead of ${asked.logprobs}`,
  );
}

/** How many stop sequences are taken; Responses has none. */
const stopsMax: { readonly [id in FormatId]: number } = {
  'openai-chat': 4,
  'openai-responses': 0,
  'anthropic-messages': Number.POSITIVE_INFINITY,
  gemini: 5,
};

/** Responses refuses less. */
function leastOf(to: FormatId): number {
  return to === 'openai-responses' ? 16 : 1;
}

/** The most that the models of these suites can write. */
function capOf(to: FormatId, { reasoning }: Asked): number {
  if (to === 'gemini') return 65_536;
  if (to === 'anthropic-messages') return 64_000;
  if (reasoning !== 'unsaid') return 128_000;
  // Of the Responses API's model nobody says how much it can write.
  return to === 'openai-responses' ? Number.POSITIVE_INFINITY : 16_384;
}

function compareOutput(problems: Problems, { asked, got, to }: RequestPair): void {
  // Without a schema Messages can be told in words alone; see the comparison of system texts.
  const wanted =
    to === 'anthropic-messages' && asked.output?.type === 'json' ? undefined : asked.output;
  problems.expect(
    isDeepStrictEqual(got.output, wanted),
    `output format: ${shown(got.output)} instead of ${shown(wanted)}`,
  );
}

function compareReasoning(problems: Problems, { asked, got, to }: RequestPair): void {
  // Claude does not reason where a tool is forced, nor on from a call whose own reasoning is not there.
  const last = asked.turns.at(-1);
  const goesOn = last?.role === 'assistant' && last.calls.length > 0;
  const barred = to === 'anthropic-messages' && (asked.choice.mode === 'required' || goesOn);
  if (asked.reasoning === 'on' && !barred) {
    problems.expect(
      got.reasoning === 'on',
      `reasoning was asked for, and arrived as ${got.reasoning}`,
    );
  }
  // Gemini 3 cannot be stopped from reasoning: its lowest level is the nearest.
  if (asked.reasoning === 'off' && to !== 'gemini') {
    problems.expect(got.reasoning !== 'on', 'reasoning was switched off, and arrived as on');
  }
}
