/**
 * What an answer of one format must look like to a client of another, rule by rule.
 *
 * Each rule stands for something that the client's format cannot say, with the reason; whatever no
 * rule names must arrive unchanged.
 */
import type {
  Answer,
  Call,
  Candidate,
  Finish,
  FormatId,
  Usage,
} from '../../packages/conformance/src/judge/meaning.ts';

export interface ExpectedAnswer {
  readonly candidates: readonly ExpectedCandidate[];
  /** Undefined: the upstream did not say, so nothing may be made up. */
  readonly usage: ExpectedUsage | undefined;
  /** The upstream itself calls the answer broken: an error is as good as what is left of it. */
  readonly mayFail: boolean;
}

export interface ExpectedCandidate {
  readonly text: string;
  /** May stand among the text as fenced blocks, since only Gemini tells code apart. */
  readonly codes: readonly string[];
  /** May follow the text. */
  readonly afterword: string;
  readonly reasoning: string;
  readonly refusals: readonly string[];
  readonly calls: readonly Call[];
  readonly finishWords: readonly string[];
}

/** Every value that is right; several where the upstream contradicts itself. */
export interface ExpectedUsage {
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly reasoning: number;
}

export function translate(answer: Answer, from: FormatId, to: FormatId): ExpectedAnswer {
  // A Messages or a Responses answer is one answer: of several alternatives the first is told.
  const candidates = singles.has(to) ? answer.candidates.slice(0, 1) : answer.candidates;
  return {
    candidates: candidates.map((candidate) => translateCandidate(candidate, from, to)),
    usage: answer.usage === undefined ? undefined : translateUsage(answer.usage, to),
    mayFail: candidates.some(({ finish }) => finish === 'malformed' || finish === 'other'),
  };
}

const singles: ReadonlySet<FormatId> = new Set(['anthropic-messages', 'openai-responses']);

/** These keep the words of a refusal apart from text, and know tools that are called with free text. */
const openaiFormats: ReadonlySet<FormatId> = new Set(['openai-chat', 'openai-responses']);

function translateCandidate(candidate: Candidate, from: FormatId, to: FormatId): ExpectedCandidate {
  const { text, reasoning, refusal, calls, codes, explanation } = candidate;
  const isOpenai = openaiFormats.has(to);
  return {
    text: isOpenai ? text : text + refusal,
    codes,
    afterword: candidate.finish === 'malformed' ? explanation : '',
    reasoning,
    refusals: isOpenai ? refusalsFor(candidate, from) : [''],
    calls: isOpenai ? calls : calls.map((call) => ({ ...call, kind: 'function' as const })),
    finishWords: finishWordsFor(candidate, to),
  };
}

/** A Messages refusal explains itself for the user; Gemini's finishMessage is for developers and may be left out. */
function refusalsFor({ refusal, explanation }: Candidate, from: FormatId): readonly string[] {
  const told = refusal !== '' || from === 'anthropic-messages';
  return told ? [explanation] : ['', explanation];
}

const chatWords: { readonly [finish in Finish]: readonly string[] } = {
  stop: ['stop'],
  'stop-sequence': ['stop'],
  length: ['length'],
  'context-length': ['length'],
  'tool-calls': ['tool_calls'],
  'content-filter': ['content_filter'],
  // Nothing in Chat Completions asks a client to send the turn again.
  pause: ['stop'],
  malformed: ['stop', 'tool_calls'],
  other: ['stop'],
  // No word from the upstream and no calls: an ordinary end.
  missing: ['stop'],
};

const responsesWords: { readonly [finish in Finish]: readonly string[] } = {
  stop: ['completed'],
  'stop-sequence': ['completed'],
  length: ['max_output_tokens'],
  'context-length': ['max_output_tokens'],
  // The calls themselves say so.
  'tool-calls': ['completed'],
  'content-filter': ['content_filter'],
  pause: ['completed'],
  malformed: ['completed'],
  other: ['completed'],
  missing: ['completed'],
};

const messagesWords: { readonly [finish in Finish]: readonly string[] } = {
  stop: ['end_turn'],
  'stop-sequence': ['stop_sequence'],
  length: ['max_tokens'],
  'context-length': ['model_context_window_exceeded'],
  'tool-calls': ['tool_use'],
  'content-filter': ['refusal'],
  pause: ['pause_turn'],
  malformed: ['end_turn', 'tool_use'],
  other: ['end_turn'],
  missing: ['end_turn'],
};

const geminiWords: { readonly [finish in Finish]: readonly string[] } = {
  stop: ['STOP'],
  'stop-sequence': ['STOP'],
  length: ['MAX_TOKENS'],
  'context-length': ['MAX_TOKENS'],
  // Gemini has no finish reason for calls.
  'tool-calls': ['STOP'],
  'content-filter': ['SAFETY'],
  pause: ['STOP'],
  malformed: ['STOP', 'MALFORMED_FUNCTION_CALL'],
  other: ['OTHER'],
  missing: ['STOP'],
};

const words: { readonly [id in FormatId]: typeof chatWords } = {
  'openai-chat': chatWords,
  'openai-responses': responsesWords,
  'anthropic-messages': messagesWords,
  gemini: geminiWords,
};

function finishWordsFor({ finish, refusal }: Candidate, to: FormatId): readonly string[] {
  const fair = words[to][finish];
  // The model's own refusal is a stop at OpenAI; both readings are fair in Messages.
  return refusal !== '' && to === 'anthropic-messages' ? [...fair, 'refusal'] : fair;
}

function translateUsage(usage: Usage, to: FormatId): ExpectedUsage {
  const { input, output, cacheRead, cacheWrite, reasoning } = usage;
  return {
    // Buckets that exceed their total cannot all be right; the clamped sum is fair too.
    input: [input, Math.max(input, cacheRead + cacheWrite)],
    output: [output, Math.max(output, reasoning)],
    cacheRead,
    // Gemini reports no cache writes: they are in the prompt's total.
    cacheWrite: to === 'gemini' ? 0 : cacheWrite,
    reasoning,
  };
}
