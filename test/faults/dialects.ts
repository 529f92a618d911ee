/** What a provider of each format says: streams piece by piece, whole answers, errors. */

export const formatIds = ['openai-chat', 'anthropic-messages', 'gemini'] as const;

export type FormatId = (typeof formatIds)[number];

/** How a stream is written into the body: as server-sent events, or as elements of one JSON array. */
export type StreamFraming = 'sse' | 'json-array';

export interface Dialect {
  /** What comes before the first text. */
  preamble(model: string): readonly string[];
  text(text: string, model: string): string;
  /** Everything after the last text. */
  terminal(model: string): readonly string[];
  /** The event in which an error comes in the middle of a stream. */
  errorEvent(message: string): string;
  /** Broken off in the middle of its JSON. */
  malformedEvent(model: string): string;
  whole(text: string, model: string): string;
  errorBody(status: number, message: string): string;
}

const chatHead = (model: string): string =>
  `{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":${JSON.stringify(model)}`;

const chatChunk = (model: string, delta: object, finish: string | null): string =>
  data(
    `${chatHead(model)},"choices":[{"index":0,"delta":${JSON.stringify(delta)},"finish_reason":${JSON.stringify(finish)}}]}`,
  );

const chatUsage = '{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}';

const openaiChat: Dialect = {
  preamble: (model) => [chatChunk(model, { role: 'assistant', content: '' }, null)],
  text: (text, model) => chatChunk(model, { content: text }, null),
  terminal: (model) => [
    chatChunk(model, {}, 'stop'),
    data(`${chatHead(model)},"choices":[],"usage":${chatUsage}}`),
    data('[DONE]'),
  ],
  errorEvent: (message) => data(openaiChat.errorBody(500, message)),
  malformedEvent: (model) => data(`${chatHead(model)},"choices":[{"index":0,"delta":{"content":"x`),
  whole: (text, model) =>
    JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: text, refusal: null },
          finish_reason: 'stop',
          logprobs: null,
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    }),
  errorBody: (status, message) =>
    JSON.stringify({
      error: { message, type: chatErrorTypes[status] ?? 'server_error', param: null, code: null },
    }),
};

const chatErrorTypes: { readonly [status: number]: string } = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'insufficient_quota',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'invalid_request_error',
  422: 'invalid_request_error',
  429: 'rate_limit_error',
};

const messagesUsage = { input_tokens: 3, output_tokens: 2 };

const anthropicMessages: Dialect = {
  preamble: (model) => [
    named('message_start', {
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 3, output_tokens: 1 },
      },
    }),
    named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    named('ping', {}),
  ],
  text: (text) => named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
  terminal: () => [
    named('content_block_stop', { index: 0 }),
    named('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: messagesUsage,
    }),
    named('message_stop', {}),
  ],
  errorEvent: (message) => named('error', { error: { type: 'api_error', message } }),
  malformedEvent: () =>
    `event: content_block_delta\n${data('{"type":"content_block_delta","index":0,"delta":{"type":"te')}`,
  whole: (text, model) =>
    JSON.stringify({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model,
      content: [{ type: 'text', text }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: messagesUsage,
    }),
  errorBody: (status, message) =>
    JSON.stringify({
      type: 'error',
      error: { type: messagesErrorTypes[status] ?? 'api_error', message },
    }),
};

const messagesErrorTypes: { readonly [status: number]: string } = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  422: 'invalid_request_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

const geminiUsage = { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 };

const geminiChunk = (model: string, text: string, finishReason?: string): string =>
  JSON.stringify({
    candidates: [{ content: { parts: [{ text }], role: 'model' }, finishReason, index: 0 }],
    ...(finishReason === undefined ? {} : { usageMetadata: geminiUsage }),
    modelVersion: model,
    responseId: 'r1',
  });

const gemini: Dialect = {
  preamble: () => [],
  text: (text, model) => data(geminiChunk(model, text)),
  terminal: (model) => [data(geminiChunk(model, '', 'STOP'))],
  errorEvent: (message) => data(gemini.errorBody(500, message)),
  malformedEvent: () => data('{"candidates":[{"content":{"parts":[{"te'),
  whole: (text, model) => geminiChunk(model, text, 'STOP'),
  errorBody: (status, message) =>
    JSON.stringify({
      error: { code: status, message, status: geminiStatuses[status] ?? 'INTERNAL' },
    }),
};

const geminiStatuses: { readonly [status: number]: string } = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  402: 'FAILED_PRECONDITION',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
};

export const dialects: { readonly [format in FormatId]: Dialect } = {
  'openai-chat': openaiChat,
  'anthropic-messages': anthropicMessages,
  gemini,
};

function data(text: string): string {
  return `data: ${text}\n\n`;
}

function named(type: string, fields: object): string {
  return `event: ${type}\n${data(JSON.stringify({ type, ...fields }))}`;
}

/** The element of a JSON array that says what an event says. */
export function asElement(event: string): string {
  return event.slice('data: '.length).trimEnd();
}
