/** The two formats that the provider of these suites speaks: whole answers, and streams in parts. */
import { models, type Tokens, type UpstreamFormat } from './plan.ts';

export interface Dialect {
  whole(tokens: Tokens): string;
  /** Before anything was said; Anthropic tells here what the input costs. */
  start(tokens: Tokens): string;
  text(text: string): string;
  /** All was said; nothing yet of what it costs. */
  finish: string;
  usage(tokens: Tokens): string;
  end: string;
  error: string;
}

export const LAST_WORD = 'lastword';

export const dialects: { readonly [format in UpstreamFormat]: Dialect } = {
  'openai-chat': {
    whole: (tokens) =>
      JSON.stringify({
        ...chatBase('chat.completion'),
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: LAST_WORD, refusal: null },
            finish_reason: 'stop',
            logprobs: null,
          },
        ],
        usage: chatUsage(tokens),
      }),
    start: () => chatEvent([{ index: 0, delta: { role: 'assistant', content: '' } }]),
    text: (content) => chatEvent([{ index: 0, delta: { content }, finish_reason: null }]),
    finish: chatEvent([{ index: 0, delta: {}, finish_reason: 'stop' }]),
    usage: (tokens) =>
      `data: ${JSON.stringify({ ...chatBase('chat.completion.chunk'), choices: [], usage: chatUsage(tokens) })}\n\n`,
    end: 'data: [DONE]\n\n',
    error: 'data: {"error":{"message":"broke","type":"server_error","code":null}}\n\n',
  },
  'anthropic-messages': {
    whole: (tokens) =>
      JSON.stringify({
        ...message([{ type: 'text', text: LAST_WORD }], 'end_turn'),
        usage: { ...inputUsage(tokens), output_tokens: tokens.text },
      }),
    start: (tokens) =>
      namedEvent('message_start', {
        message: { ...message([], null), usage: { ...inputUsage(tokens), output_tokens: 1 } },
      }) +
      namedEvent('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    text: (text) =>
      namedEvent('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
    finish: namedEvent('content_block_stop', { index: 0 }),
    usage: (tokens) =>
      namedEvent('message_delta', {
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: tokens.text },
      }),
    end: namedEvent('message_stop', {}),
    error: namedEvent('error', { error: { type: 'overloaded_error', message: 'broke' } }),
  },
};

function chatBase(object: string): object {
  return { id: 'chatcmpl-1', object, created: 1, model: models['openai-chat'] };
}

function chatEvent(choices: readonly object[]): string {
  return `data: ${JSON.stringify({ ...chatBase('chat.completion.chunk'), choices })}\n\n`;
}

function chatUsage({ fresh, cacheRead, text, reasoning }: Tokens): object {
  return {
    prompt_tokens: fresh + cacheRead,
    completion_tokens: text + reasoning,
    total_tokens: fresh + cacheRead + text + reasoning,
    prompt_tokens_details: { cached_tokens: cacheRead },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

function message(content: readonly object[], reason: string | null): object {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: models['anthropic-messages'],
    content,
    stop_reason: reason,
    stop_sequence: null,
  };
}

function inputUsage({ fresh, cacheRead, cacheWrite }: Tokens): object {
  return {
    input_tokens: fresh,
    cache_read_input_tokens: cacheRead,
    cache_creation_input_tokens: cacheWrite,
  };
}

function namedEvent(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
