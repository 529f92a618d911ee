/** What clients may ask for beside messages and tools: output, reasoning, sampling, the rest. */
import { type Feature, user } from './probe.ts';

const hello = { role: 'user', content: 'Hello' };
const modelHello = { role: 'user', parts: [{ text: 'Hello' }] };
const text = { type: 'text', text: 'Look' };
const schema = {
  type: 'object',
  properties: { a: { type: 'string' } },
  required: ['a'],
  additionalProperties: false,
};
const signature = 'bm90IGEgcmVhbCBzaWduYXR1cmU=';

const output: readonly Feature[] = [
  {
    group: 'Output',
    name: 'JSON by a schema',
    in: {
      'openai-chat': {
        response_format: { type: 'json_schema', json_schema: { name: 'a', schema, strict: true } },
      },
      'anthropic-messages': { output_config: { format: { type: 'json_schema', schema } } },
      gemini: {
        generationConfig: { responseMimeType: 'application/json', responseJsonSchema: schema },
      },
    },
  },
  {
    group: 'Output',
    name: 'any JSON',
    in: {
      'openai-chat': {
        messages: [{ role: 'user', content: 'As JSON' }],
        response_format: { type: 'json_object' },
      },
      gemini: { generationConfig: { responseMimeType: 'application/json' } },
    },
  },
  {
    group: 'Output',
    name: 'largest number of tokens',
    in: {
      'openai-chat': { max_completion_tokens: 77 },
      'anthropic-messages': { max_tokens: 77 },
      gemini: { generationConfig: { maxOutputTokens: 77 } },
    },
  },
  {
    group: 'Output',
    name: 'stop sequences',
    in: {
      'openai-chat': { stop: ['END'] },
      'anthropic-messages': { stop_sequences: ['END'] },
      gemini: { generationConfig: { stopSequences: ['END'] } },
    },
  },
  {
    group: 'Output',
    name: 'more than four stop sequences',
    in: {
      'anthropic-messages': { stop_sequences: ['1', '2', '3', '4', '5'] },
      gemini: { generationConfig: { stopSequences: ['1', '2', '3', '4', '5'] } },
    },
  },
  {
    group: 'Output',
    name: 'several alternative answers',
    in: { 'openai-chat': { n: 2 }, gemini: { generationConfig: { candidateCount: 2 } } },
  },
  { group: 'Output', name: 'verbosity', in: { 'openai-chat': { verbosity: 'low' } } },
  {
    group: 'Output',
    name: 'spoken answer',
    in: {
      'openai-chat': { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'wav' } },
      gemini: { generationConfig: { responseModalities: ['AUDIO'] } },
    },
  },
  {
    group: 'Output',
    name: 'painted answer',
    in: { gemini: { generationConfig: { responseModalities: ['TEXT', 'IMAGE'] } } },
  },
  {
    group: 'Output',
    name: 'predicted answer',
    in: { 'openai-chat': { prediction: { type: 'content', content: 'Hello' } } },
  },
];

const reasoning: readonly Feature[] = [
  {
    group: 'Reasoning',
    name: 'effort',
    reasons: true,
    in: {
      'openai-chat': { reasoning_effort: 'high' },
      'anthropic-messages': {
        thinking: { type: 'adaptive' },
        output_config: { effort: 'high' },
      },
      gemini: { generationConfig: { thinkingConfig: { thinkingLevel: 'HIGH' } } },
    },
  },
  {
    group: 'Reasoning',
    name: 'budget in tokens',
    reasons: true,
    in: {
      'anthropic-messages': {
        max_tokens: 9000,
        thinking: { type: 'enabled', budget_tokens: 4096 },
      },
      gemini: {
        generationConfig: { maxOutputTokens: 9000, thinkingConfig: { thinkingBudget: 4096 } },
      },
    },
  },
  {
    group: 'Reasoning',
    name: 'off',
    reasons: true,
    in: {
      'openai-chat': { reasoning_effort: 'none' },
      'anthropic-messages': { thinking: { type: 'disabled' } },
      gemini: { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } },
    },
  },
  {
    group: 'Reasoning',
    name: 'hidden',
    reasons: true,
    in: {
      'anthropic-messages': { thinking: { type: 'adaptive', display: 'omitted' } },
      gemini: {
        generationConfig: { thinkingConfig: { includeThoughts: false, thinkingLevel: 'HIGH' } },
      },
    },
  },
  {
    group: 'Reasoning',
    name: "another provider's own reasoning in the history",
    reasons: true,
    in: {
      'openai-chat': {
        messages: [
          hello,
          { role: 'assistant', content: 'Hi', reasoning_content: 'A greeting' },
          hello,
        ],
      },
      'anthropic-messages': {
        messages: [
          hello,
          {
            role: 'assistant',
            content: [
              { type: 'thinking', thinking: 'A greeting', signature },
              { type: 'text', text: 'Hi' },
            ],
          },
          hello,
        ],
      },
      gemini: {
        contents: [
          modelHello,
          {
            role: 'model',
            parts: [
              { text: 'A greeting', thought: true },
              { text: 'Hi', thoughtSignature: signature },
            ],
          },
          modelHello,
        ],
      },
    },
  },
];

const sampling: readonly Feature[] = [
  {
    group: 'Sampling',
    name: 'temperature',
    in: {
      'openai-chat': { temperature: 0.3 },
      'anthropic-messages': { temperature: 0.3 },
      gemini: { generationConfig: { temperature: 0.3 } },
    },
  },
  {
    group: 'Sampling',
    name: 'temperature above 1',
    in: {
      'openai-chat': { temperature: 1.6 },
      gemini: { generationConfig: { temperature: 1.6 } },
    },
  },
  {
    group: 'Sampling',
    name: 'temperature, asked of a model that reasons',
    reasons: true,
    in: {
      'openai-chat': { temperature: 0.3 },
      'anthropic-messages': { temperature: 0.3 },
      gemini: { generationConfig: { temperature: 0.3 } },
    },
  },
  {
    group: 'Sampling',
    name: 'top p',
    in: {
      'openai-chat': { top_p: 0.5 },
      'anthropic-messages': { top_p: 0.5 },
      gemini: { generationConfig: { topP: 0.5 } },
    },
  },
  {
    group: 'Sampling',
    name: 'top k',
    in: { 'anthropic-messages': { top_k: 9 }, gemini: { generationConfig: { topK: 9 } } },
  },
  {
    group: 'Sampling',
    name: 'presence penalty',
    in: {
      'openai-chat': { presence_penalty: 0.5 },
      gemini: { generationConfig: { presencePenalty: 0.5 } },
    },
  },
  {
    group: 'Sampling',
    name: 'frequency penalty',
    in: {
      'openai-chat': { frequency_penalty: 0.5 },
      gemini: { generationConfig: { frequencyPenalty: 0.5 } },
    },
  },
  {
    group: 'Sampling',
    name: 'seed',
    in: { 'openai-chat': { seed: 7 }, gemini: { generationConfig: { seed: 7 } } },
  },
  {
    group: 'Sampling',
    name: 'logit bias',
    in: { 'openai-chat': { logit_bias: { '50256': -100 } } },
  },
  {
    group: 'Sampling',
    name: 'log probabilities',
    in: {
      'openai-chat': { logprobs: true, top_logprobs: 2 },
      gemini: { generationConfig: { responseLogprobs: true, logprobs: 2 } },
    },
  },
];

const rest: readonly Feature[] = [
  {
    group: 'Caching and accounts',
    name: 'cache mark',
    in: {
      'openai-chat': user({ ...text, prompt_cache_breakpoint: { mode: 'explicit' } }),
      'anthropic-messages': user({ ...text, cache_control: { type: 'ephemeral' } }),
    },
  },
  {
    group: 'Caching and accounts',
    name: 'cache key',
    in: { 'openai-chat': { prompt_cache_key: 'a' } },
  },
  {
    group: 'Caching and accounts',
    name: 'cached content by its name',
    in: { gemini: { cachedContent: 'cachedContents/a' } },
  },
  {
    group: 'Caching and accounts',
    name: 'name of the end user',
    in: {
      'openai-chat': { safety_identifier: 'ann' },
      'anthropic-messages': { metadata: { user_id: 'ann' } },
    },
  },
  {
    group: 'Caching and accounts',
    name: 'labels of the request',
    in: { 'openai-chat': { metadata: { a: 'b' } }, gemini: { labels: { a: 'b' } } },
  },
  {
    group: 'Caching and accounts',
    name: 'service tier',
    in: {
      'openai-chat': { service_tier: 'priority' },
      'anthropic-messages': { service_tier: 'standard_only' },
      gemini: { serviceTier: 'priority' },
    },
  },
  {
    group: 'Caching and accounts',
    name: 'safety settings',
    in: {
      'openai-chat': { moderation: { model: 'omni-moderation-latest' } },
      gemini: {
        safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      },
    },
  },
  {
    group: 'Caching and accounts',
    name: 'a field that nobody knows',
    in: {
      'openai-chat': { a_new_field: 1 },
      'anthropic-messages': { a_new_field: 1 },
      gemini: { aNewField: 1 },
    },
  },
];

export const settingFeatures: readonly Feature[] = [...output, ...reasoning, ...sampling, ...rest];
