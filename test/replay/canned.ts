/** A short answer of each format, for exchanges in which only the request matters. */
import type { FormatId } from './meaning.ts';
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
  const events = streams[format].map((event) => {
    const line =
      'type' in event && format === 'anthropic-messages' ? `event: ${String(event.type)}\n` : '';
    return `${line}data: ${JSON.stringify(event)}\n\n`;
  });
  if (format === 'openai-chat') events.push('data: [DONE]\n\n');
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    pieces: [Buffer.from(events.join(''))],
  };
}
