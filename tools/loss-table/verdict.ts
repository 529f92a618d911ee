/** Runs the converter on one feature and says what became of it. */
import {
  ConversionError,
  type Converted,
  createTranslator,
  type Format,
  formats,
  type JsonObject,
  type Loss,
  MediaNeeded,
  stringifyJson,
  type Translator,
} from 'ai-api-converter';
import type { Feature, FormatId } from './probe.ts';

export interface Verdict {
  /**
   * `absent`: the format that is read has no such thing. `unsaid`: nothing arrived and no loss says
   * so, since there is nothing that anybody would miss. `fetched`: carried once somebody fetched it.
   */
  readonly outcome:
    | 'carried'
    | 'emulated'
    | 'weakened'
    | 'dropped'
    | 'refused'
    | 'fetched'
    | 'absent'
    | 'unsaid';
  /** Whatever was lost cannot change the answer. */
  readonly isHarmless: boolean;
}

export interface Pair {
  readonly client: FormatId;
  readonly upstream: FormatId;
}

const usualModels: Readonly<Record<FormatId, string>> = {
  'openai-chat': 'gpt-4o',
  'openai-responses': 'gpt-4o',
  'anthropic-messages': 'claude-sonnet-4-5',
  gemini: 'gemini-2.5-flash',
};

const reasoningModels: Readonly<Record<FormatId, string>> = {
  'openai-chat': 'gpt-5',
  'openai-responses': 'gpt-5',
  'anthropic-messages': 'claude-opus-4-6',
  gemini: 'gemini-3-pro-preview',
};

const plainRequests: Readonly<Record<FormatId, JsonObject>> = {
  'openai-chat': { model: 'asked', messages: [{ role: 'user', content: 'Hello' }] },
  'openai-responses': { model: 'asked', input: 'Hello' },
  'anthropic-messages': {
    model: 'asked',
    max_tokens: 9999,
    messages: [{ role: 'user', content: 'Hello' }],
  },
  gemini: { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
};

const plainAnswers: Readonly<Record<FormatId, JsonObject>> = {
  'openai-chat': {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 0,
    model: 'answered',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hi', refusal: null },
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
  },
  'openai-responses': {
    id: 'resp_1',
    object: 'response',
    created_at: 0,
    status: 'completed',
    model: 'answered',
    output: [
      {
        id: 'msg_1',
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
      },
    ],
    usage: {
      input_tokens: 5,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 2,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 7,
    },
  },
  'anthropic-messages': {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'answered',
    content: [{ type: 'text', text: 'Hi' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 5, output_tokens: 2 },
  },
  gemini: {
    candidates: [
      { index: 0, content: { role: 'model', parts: [{ text: 'Hi' }] }, finishReason: 'STOP' },
    ],
    usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 2, totalTokenCount: 7 },
    modelVersion: 'answered',
    responseId: 'response-1',
  },
};

/** What becomes of a feature of the client's request on its way to the upstream. */
export function judgeRequest(feature: Feature, pair: Pair): Verdict {
  const members = feature.in[pair.client];
  if (members === undefined) return absent;
  const plain = plainRequests[pair.client];
  const models = feature.reasons === true ? reasoningModels : usualModels;
  const run = (body: JsonObject): Converted<JsonObject> =>
    translator(pair, body, models[pair.upstream]).request;
  return judge(() => run({ ...plain, ...members }), run(plain));
}

/** What becomes of a feature of the upstream's answer on its way to the client. */
export function judgeAnswer(feature: Feature, pair: Pair): Verdict {
  const members = feature.in[pair.upstream];
  if (members === undefined) return absent;
  const plain = plainAnswers[pair.upstream];
  const request = { ...plainRequests[pair.client], ...wishes[pair.client] };
  const run = (body: JsonObject): Converted<JsonObject> =>
    translator(pair, request, usualModels[pair.upstream]).response(body);
  return judge(() => run({ ...plain, ...members }), run(plain));
}

/** Answers are judged for a client that wants to see all there is. */
const wishes: Readonly<Partial<Record<FormatId, JsonObject>>> = {
  gemini: {
    generationConfig: {
      responseLogprobs: true,
      thinkingConfig: { includeThoughts: true, thinkingBudget: -1 },
    },
  },
  'openai-chat': { logprobs: true },
  'openai-responses': {
    reasoning: { effort: 'high', summary: 'auto' },
    include: ['message.output_text.logprobs'],
  },
  'anthropic-messages': { thinking: { type: 'enabled', budget_tokens: 1024 } },
};

function translator(pair: Pair, body: JsonObject, upstreamModel: string): Translator {
  return createTranslator({
    client: formatOf(pair.client),
    upstream: formatOf(pair.upstream),
    body,
    call: pair.client === 'gemini' ? { model: 'asked', stream: false } : {},
    upstreamModel,
    environment: { newId: (prefix) => `${prefix}1`, nowSeconds: () => 0 },
  });
}

function formatOf(id: FormatId): Format {
  const found = formats.find((format) => format.id === id);
  if (found === undefined) throw new Error(`no format ${id}`);
  return found;
}

const absent: Verdict = { outcome: 'absent', isHarmless: true };

/** Losses of the plainest exchange are not the feature's. */
function judge(run: () => Converted<JsonObject>, plain: Converted<JsonObject>): Verdict {
  const result = orRefusal(run);
  if (typeof result === 'string') return { outcome: result, isHarmless: false };
  const known = plain.losses.map(stringifyJson);
  const losses = result.losses.filter((loss) => !known.includes(stringifyJson(loss)));
  const isHarmless = losses.every(({ effect }) => effect === 'hint');
  const lost = worstOf(losses);
  if (lost !== undefined) return { outcome: lost, isHarmless };
  const arrived = stringifyJson(result.value) !== stringifyJson(plain.value);
  return { outcome: arrived ? 'carried' : 'unsaid', isHarmless: true };
}

function orRefusal<T>(run: () => T): T | 'refused' | 'fetched' {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof MediaNeeded) return 'fetched';
    if (cause instanceof ConversionError) return 'refused';
    throw cause;
  }
}

function worstOf(losses: readonly Loss[]): 'dropped' | 'weakened' | 'emulated' | undefined {
  if (losses.some(({ action }) => action === 'dropped')) return 'dropped';
  if (losses.some(({ reason }) => reason !== 'emulated')) return 'weakened';
  return losses.length > 0 ? 'emulated' : undefined;
}
