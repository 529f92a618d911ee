/** A short answer of each format, for exchanges in which only the request matters. */

import type { FormatId } from '../../packages/conformance/src/judge/meaning.ts';
import { frame } from './frame.ts';
import type { Replay } from './upstream.ts';

const messageUsage = { input_tokens: 1, output_tokens: 1 };
const message = {
  id: 'msg_canned',
  type: 'message',
  role: 'assistant',
  model: 'claude',
  stop_sequence: null,
};
const chat = { id: 'chatcmpl-canned', created: 1, model: 'gpt' };
const chatUsage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
const gemini = {
  candidates: [
    { index: 0, content: { role: 'model', parts: [{ text: 'Hi' }] }, finishReason: 'STOP' },
  ],
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
  modelVersion: 'gemini',
  responseId: 'canned',
};

const responsesText = { type: 'output_text', text: 'Hi', annotations: [], logprobs: [] };
const responsesItem = { id: 'msg_canned', type: 'message', role: 'assistant' };
const responsesMessage = { ...responsesItem, status: 'completed', content: [responsesText] };
const responses = {
  id: 'resp_canned',
  object: 'response',
  created_at: 1,
  model: 'gpt',
  error: null,
  incomplete_details: null,
};
const responsesEnd = {
  ...responses,
  status: 'completed',
  output: [responsesMessage],
  usage: {
    input_tokens: 1,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 1,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 2,
  },
};
const responsesPlace = { item_id: 'msg_canned', output_index: 0, content_index: 0 };

const wholes: { readonly [id in FormatId]: object } = {
  'openai-chat': {
    ...chat,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hi' },
        finish_reason: 'stop',
        logprobs: null,
      },
    ],
    usage: chatUsage,
  },
  'openai-responses': responsesEnd,
  'anthropic-messages': {
    ...message,
    content: [{ type: 'text', text: 'Hi' }],
    stop_reason: 'end_turn',
    usage: messageUsage,
  },
  gemini,
};

const chunk = { ...chat, object: 'chat.completion.chunk' };
const streams: { readonly [id in FormatId]: readonly object[] } = {
  'openai-chat': [
    {
      ...chunk,
      choices: [{ index: 0, delta: { role: 'assistant', content: 'Hi' }, finish_reason: null }],
    },
    { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { ...chunk, choices: [], usage: chatUsage },
  ],
  'openai-responses': [
    { type: 'response.created', response: { ...responses, status: 'in_progress', output: [] } },
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { ...responsesItem, status: 'in_progress', content: [] },
    },
    {
      type: 'response.content_part.added',
      ...responsesPlace,
      part: { ...responsesText, text: '' },
    },
    { type: 'response.output_text.delta', ...responsesPlace, delta: 'Hi', logprobs: [] },
    { type: 'response.output_text.done', ...responsesPlace, text: 'Hi', logprobs: [] },
    { type: 'response.content_part.done', ...responsesPlace, part: responsesText },
    { type: 'response.output_item.done', output_index: 0, item: responsesMessage },
    { type: 'response.completed', response: responsesEnd },
  ],
  'anthropic-messages': [
    {
      type: 'message_start',
      message: { ...message, content: [], stop_reason: null, usage: messageUsage },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: messageUsage,
    },
    { type: 'message_stop' },
  ],
  gemini: [gemini],
};

export function cannedAnswer(format: FormatId, stream: boolean): Replay {
  if (!stream) {
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      pieces: [Buffer.from(JSON.stringify(wholes[format]))],
    };
  }
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    pieces: [Buffer.from(frame(format, streams[format]))],
  };
}
