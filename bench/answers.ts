/** What the mock upstream answers: one text in four formats, whole and as the events of a stream. */

export type FormatId = 'openai-chat' | 'openai-responses' | 'anthropic-messages' | 'gemini';

/** Events with text in a stream that is not paced. */
export const TEXT_EVENTS = 60;
/** Stands once in the text of each such event and nowhere else, so that a client counts without parsing. */
export const TEXT_MARK = '@';

const MODELS: Readonly<Record<FormatId, string>> = {
  'openai-chat': 'gpt-4.1',
  'openai-responses': 'gpt-5-codex',
  'anthropic-messages': 'claude-haiku-4-5',
  gemini: 'gemini-2.5-flash',
};
const WORDS =
  'the sky is blue because short waves of light are scattered more than long ones'.split(' ');
const TEXT = Array.from({ length: 160 }, (_none, index) => ` ${WORDS[index % WORDS.length] ?? ''}`);

/** An answer's parts; each text is one event, or several that belong together. */
export interface Answer {
  readonly whole: string;
  readonly opening: string;
  text(content: string): string;
  readonly closing: string;
}

/** Texts of a stream that is not paced. */
export const texts: readonly string[] = TEXT.slice(0, TEXT_EVENTS).map((word) =>
  word.replace(' ', ` ${TEXT_MARK}`),
);

function data(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function named(type: string, value: object = {}): string {
  return `event: ${type}\n${data({ type, ...value })}`;
}

function chat(): Answer {
  const usage = {
    prompt_tokens: 410,
    completion_tokens: 160,
    total_tokens: 570,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  };
  const head = {
    id: 'chatcmpl-BenchBenchBenchBench01',
    created: 1_764_000_000,
    model: MODELS['openai-chat'],
  };
  const message = { role: 'assistant', content: TEXT.join(''), refusal: null, annotations: [] };
  const chunk = (delta: object, finish: string | null = null): string => {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
    return data({ ...head, object: 'chat.completion.chunk', choices, usage: null });
  };
  return {
    whole: JSON.stringify({
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
      usage,
      service_tier: 'default',
      system_fingerprint: null,
    }),
    opening: chunk({ role: 'assistant', content: '', refusal: null }),
    text: (content) => chunk({ content }),
    closing:
      chunk({}, 'stop') +
      data({ ...head, object: 'chat.completion.chunk', choices: [], usage }) +
      'data: [DONE]\n\n',
  };
}

function responses(): Answer {
  const usage = {
    input_tokens: 410,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: 160,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 570,
  };
  const part = (text: string): object => ({
    type: 'output_text',
    annotations: [],
    logprobs: [],
    text,
  });
  const item = (status: string, content: readonly object[]): object => {
    return { id: 'msg_bench', type: 'message', status, role: 'assistant', content };
  };
  const response = (status: string, output: readonly object[]): object => ({
    id: 'resp_bench',
    object: 'response',
    created_at: 1_764_000_000,
    status,
    error: null,
    incomplete_details: null,
    model: MODELS['openai-responses'],
    output,
    usage: status === 'completed' ? usage : null,
  });
  const place = { item_id: 'msg_bench', output_index: 0, content_index: 0 };
  const said = texts.join('');
  const done = item('completed', [part(said)]);
  return {
    whole: JSON.stringify(response('completed', [item('completed', [part(TEXT.join(''))])])),
    opening:
      named('response.created', { response: response('in_progress', []), sequence_number: 0 }) +
      named('response.output_item.added', {
        output_index: 0,
        item: item('in_progress', []),
        sequence_number: 1,
      }) +
      named('response.content_part.added', { ...place, part: part(''), sequence_number: 2 }),
    text: (delta) =>
      named('response.output_text.delta', { ...place, delta, logprobs: [], sequence_number: 3 }),
    closing:
      named('response.output_text.done', { ...place, text: said, sequence_number: 4 }) +
      named('response.output_item.done', { output_index: 0, item: done, sequence_number: 5 }) +
      named('response.completed', {
        response: response('completed', [done]),
        sequence_number: 6,
      }),
  };
}

function messages(): Answer {
  const usage = {
    input_tokens: 410,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 160,
    service_tier: 'standard',
  };
  const head = {
    id: 'msg_01BenchBenchBenchBenchBe',
    type: 'message',
    role: 'assistant',
    model: MODELS['anthropic-messages'],
  };
  const stop = { stop_reason: 'end_turn', stop_sequence: null };
  const content = [{ type: 'text', text: TEXT.join('') }];
  const begun = { ...head, content: [], stop_reason: null, stop_sequence: null, usage };
  return {
    whole: JSON.stringify({ ...head, content, ...stop, usage }),
    opening:
      named('message_start', { message: begun }) +
      named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
      named('ping'),
    text: (text) => named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
    closing:
      named('content_block_stop', { index: 0 }) +
      named('message_delta', { delta: stop, usage: { output_tokens: 160 } }) +
      named('message_stop'),
  };
}

function gemini(): Answer {
  const chunk = (text: string, finish?: 'STOP'): object => ({
    candidates: [
      {
        content: { parts: [{ text }], role: 'model' },
        ...(finish && { finishReason: finish }),
        index: 0,
      },
    ],
    usageMetadata: {
      promptTokenCount: 410,
      candidatesTokenCount: 160,
      totalTokenCount: 570,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 410 }],
    },
    modelVersion: MODELS.gemini,
    responseId: 'BenchBenchBenchBench001',
  });
  const event = (value: object): string => data(value).replace('\n\n', '\r\n\r\n');
  return {
    whole: JSON.stringify(chunk(TEXT.join(''), 'STOP')),
    opening: '',
    text: (text) => event(chunk(text)),
    closing: event(chunk('', 'STOP')),
  };
}

export const answers: Readonly<Record<FormatId, Answer>> = {
  'openai-chat': chat(),
  'openai-responses': responses(),
  'anthropic-messages': messages(),
  gemini: gemini(),
};

/** What a stream of each format ends with when it ended well. */
export const endMarks: Readonly<Record<FormatId, string>> = {
  'openai-chat': 'data: [DONE]',
  'openai-responses': 'event: response.completed',
  'anthropic-messages': 'event: message_stop',
  gemini: '"finishReason":"STOP"',
};

export const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
/** The last chunk of a body, which ends it. */
export const LAST_CHUNK = '0\r\n\r\n';

/** Every event is an HTTP chunk, as providers send them. */
export function chunkOf(event: string): string {
  return `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`;
}
