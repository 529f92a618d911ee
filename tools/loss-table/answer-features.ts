/** What upstreams may answer. */
import type { JsonObject } from 'ai-api-converter';
import { type Feature, someBytes } from './probe.ts';

const signature = 'bm90IGEgcmVhbCBzaWduYXR1cmU=';
const hi = { type: 'text', text: 'Hi' };

function chatMessage(message: JsonObject, finish = 'stop', rest: JsonObject = {}): JsonObject {
  const said = { role: 'assistant', content: 'Hi', refusal: null, ...message };
  return { choices: [{ index: 0, message: said, finish_reason: finish, ...rest }] };
}

function geminiParts(parts: readonly JsonObject[], rest: JsonObject = {}): JsonObject {
  return {
    candidates: [{ index: 0, content: { role: 'model', parts }, finishReason: 'STOP', ...rest }],
  };
}

const said: readonly Feature[] = [
  {
    group: 'Answers',
    name: 'tool calls',
    in: {
      'openai-chat': chatMessage(
        {
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } },
            { id: 'call_2', type: 'function', function: { name: 'look', arguments: '{}' } },
          ],
        },
        'tool_calls',
      ),
      'anthropic-messages': {
        content: [
          { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} },
          { type: 'tool_use', id: 'toolu_2', name: 'look', input: {} },
        ],
        stop_reason: 'tool_use',
      },
      gemini: geminiParts([
        { functionCall: { name: 'look', args: {} } },
        { functionCall: { name: 'look', args: {} } },
      ]),
    },
  },
  {
    group: 'Answers',
    name: 'reasoning text',
    in: {
      'openai-chat': chatMessage({ reasoning_content: 'A greeting' }),
      'anthropic-messages': {
        content: [{ type: 'thinking', thinking: 'A greeting', signature }, hi],
      },
      gemini: geminiParts([{ text: 'A greeting', thought: true }, { text: 'Hi' }]),
    },
  },
  {
    group: 'Answers',
    name: 'reasoning that is encrypted',
    in: {
      'anthropic-messages': { content: [{ type: 'redacted_thinking', data: signature }, hi] },
    },
  },
  {
    group: 'Answers',
    name: 'signature of a text or a call',
    in: { gemini: geminiParts([{ text: 'Hi', thoughtSignature: signature }]) },
  },
  {
    group: 'Answers',
    name: 'refusal in words of its own',
    in: { 'openai-chat': chatMessage({ content: null, refusal: 'No' }) },
  },
  {
    group: 'Answers',
    name: 'sources on the web',
    in: {
      'openai-chat': chatMessage({
        annotations: [
          {
            type: 'url_citation',
            url_citation: { url: 'https://example.com', title: 'A', start_index: 0, end_index: 2 },
          },
        ],
      }),
      'anthropic-messages': {
        content: [
          {
            ...hi,
            citations: [
              {
                type: 'web_search_result_location',
                url: 'https://example.com',
                title: 'A',
                cited_text: 'Hi',
                encrypted_index: signature,
              },
            ],
          },
        ],
      },
      gemini: geminiParts([{ text: 'Hi' }], {
        groundingMetadata: {
          groundingChunks: [{ web: { uri: 'https://example.com', title: 'A' } }],
          groundingSupports: [
            { segment: { startIndex: 0, endIndex: 2, text: 'Hi' }, groundingChunkIndices: [0] },
          ],
        },
      }),
    },
  },
  {
    group: 'Answers',
    name: 'sources in documents',
    in: {
      'anthropic-messages': {
        content: [
          {
            ...hi,
            citations: [
              {
                type: 'char_location',
                cited_text: 'Hi',
                document_index: 0,
                document_title: null,
                file_id: null,
                start_char_index: 0,
                end_char_index: 2,
              },
            ],
          },
        ],
      },
    },
  },
  {
    group: 'Answers',
    name: 'log probabilities',
    in: {
      'openai-chat': chatMessage({}, 'stop', {
        logprobs: { content: [{ token: 'Hi', logprob: -0.5, bytes: null, top_logprobs: [] }] },
      }),
      gemini: geminiParts([{ text: 'Hi' }], {
        logprobsResult: { chosenCandidates: [{ token: 'Hi', logProbability: -0.5 }] },
      }),
    },
  },
  {
    group: 'Answers',
    name: 'image',
    in: {
      gemini: geminiParts([{ inlineData: { mimeType: 'image/png', data: someBytes } }]),
    },
  },
  {
    group: 'Answers',
    name: 'speech',
    in: {
      'openai-chat': chatMessage({
        content: null,
        audio: { id: 'a', data: someBytes, transcript: 'Hello', expires_at: 0 },
      }),
      gemini: geminiParts([{ inlineData: { mimeType: 'audio/wav', data: someBytes } }]),
    },
  },
  {
    group: 'Answers',
    name: 'code that the provider ran',
    in: {
      'anthropic-messages': {
        content: [
          { type: 'server_tool_use', id: 'srvtoolu_1', name: 'code_execution', input: {} },
          {
            type: 'code_execution_tool_result',
            tool_use_id: 'srvtoolu_1',
            content: {
              type: 'code_execution_result',
              stdout: '4',
              stderr: '',
              return_code: 0,
              content: [],
            },
          },
          hi,
        ],
      },
      gemini: geminiParts([
        { executableCode: { language: 'PYTHON', code: 'print(4)' } },
        { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '4' } },
        { text: 'Hi' },
      ]),
    },
  },
  {
    group: 'Answers',
    name: 'several alternatives',
    in: {
      'openai-chat': {
        choices: [0, 1].map((index) => ({
          index,
          message: { role: 'assistant', content: ['Hi', 'Hello'][index], refusal: null },
          finish_reason: 'stop',
        })),
      },
      gemini: {
        candidates: [0, 1].map((index) => ({
          index,
          content: { role: 'model', parts: [{ text: ['Hi', 'Hello'][index] }] },
          finishReason: 'STOP',
        })),
      },
    },
  },
];

const ends: readonly Feature[] = [
  {
    group: 'How an answer ended',
    name: 'by the largest number of tokens',
    in: {
      'openai-chat': chatMessage({}, 'length'),
      'anthropic-messages': { stop_reason: 'max_tokens' },
      gemini: geminiParts([{ text: 'Hi' }], { finishReason: 'MAX_TOKENS' }),
    },
  },
  {
    group: 'How an answer ended',
    name: 'by a safety filter',
    in: {
      'openai-chat': chatMessage({}, 'content_filter'),
      'anthropic-messages': {
        stop_reason: 'refusal',
        stop_details: { type: 'refusal', category: null, explanation: 'Not that' },
      },
      gemini: geminiParts([{ text: 'Hi' }], { finishReason: 'SAFETY' }),
    },
  },
  {
    group: 'How an answer ended',
    name: 'by a named stop sequence',
    in: { 'anthropic-messages': { stop_reason: 'stop_sequence', stop_sequence: 'END' } },
  },
  {
    group: 'How an answer ended',
    name: 'by the full context window',
    in: { 'anthropic-messages': { stop_reason: 'model_context_window_exceeded' } },
  },
  {
    group: 'How an answer ended',
    name: 'by a pause of the provider',
    in: { 'anthropic-messages': { stop_reason: 'pause_turn' } },
  },
];

const counts: readonly Feature[] = [
  {
    group: 'Token counts',
    name: 'read from the cache',
    in: {
      'openai-chat': {
        usage: {
          prompt_tokens: 5,
          completion_tokens: 2,
          total_tokens: 7,
          prompt_tokens_details: { cached_tokens: 4 },
        },
      },
      'anthropic-messages': {
        usage: { input_tokens: 1, output_tokens: 2, cache_read_input_tokens: 4 },
      },
      gemini: {
        usageMetadata: {
          promptTokenCount: 5,
          candidatesTokenCount: 2,
          totalTokenCount: 7,
          cachedContentTokenCount: 4,
        },
      },
    },
  },
  {
    group: 'Token counts',
    name: 'written to the cache',
    in: {
      'openai-chat': {
        usage: {
          prompt_tokens: 5,
          completion_tokens: 2,
          total_tokens: 7,
          prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 4 },
        },
      },
      'anthropic-messages': {
        usage: { input_tokens: 1, output_tokens: 2, cache_creation_input_tokens: 4 },
      },
    },
  },
  {
    group: 'Token counts',
    name: 'spent on reasoning',
    in: {
      'openai-chat': {
        usage: {
          prompt_tokens: 5,
          completion_tokens: 2,
          total_tokens: 7,
          completion_tokens_details: { reasoning_tokens: 1 },
        },
      },
      'anthropic-messages': {
        usage: {
          input_tokens: 5,
          output_tokens: 2,
          output_tokens_details: { thinking_tokens: 1 },
        },
      },
      gemini: {
        usageMetadata: {
          promptTokenCount: 5,
          candidatesTokenCount: 1,
          thoughtsTokenCount: 1,
          totalTokenCount: 7,
        },
      },
    },
  },
];

export const answerFeatures: readonly Feature[] = [...said, ...ends, ...counts];
