/** What the mock upstream answers: one text in three formats, whole and as 64 events. */

/** Data events of every stream, the first and the last included. */
export const EVENTS = 64;

const WORDS =
  'the sky is blue because short waves of light are scattered more than long ones'.split(' ');
const MODELS = { openai: 'gpt-4.1', anthropic: 'claude-haiku-4-5', gemini: 'gemini-2.5-flash' };

function words(count: number): readonly string[] {
  return Array.from({ length: count }, (_none, index) => ` ${WORDS[index % WORDS.length] ?? ''}`);
}

const TEXT = words(160).join('');

interface Answer {
  readonly whole: string;
  readonly events: readonly string[];
}

function data(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function openai(): Answer {
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
    model: MODELS.openai,
  };
  const message = { role: 'assistant', content: TEXT, refusal: null, annotations: [] };
  const whole = {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
    usage,
    service_tier: 'default',
    system_fingerprint: null,
  };
  const chunk = (delta: object, finish: string | null = null): string => {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
    return data({ ...head, object: 'chat.completion.chunk', choices, usage: null });
  };
  return {
    whole: JSON.stringify(whole),
    events: [
      chunk({ role: 'assistant', content: '', refusal: null }),
      ...words(EVENTS - 4).map((content) => chunk({ content })),
      chunk({}, 'stop'),
      data({ ...head, object: 'chat.completion.chunk', choices: [], usage }),
      'data: [DONE]\n\n',
    ],
  };
}

function anthropic(): Answer {
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
    model: MODELS.anthropic,
  };
  const stop = { stop_reason: 'end_turn', stop_sequence: null };
  const whole = { ...head, content: [{ type: 'text', text: TEXT }], ...stop, usage };
  const event = (type: string, value: object = {}): string =>
    `event: ${type}\n${data({ type, ...value })}`;
  const message = { ...head, content: [], stop_reason: null, stop_sequence: null, usage };
  const delta = (text: string): object => ({ index: 0, delta: { type: 'text_delta', text } });
  return {
    whole: JSON.stringify(whole),
    events: [
      event('message_start', { message }),
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
      event('ping'),
      ...words(EVENTS - 6).map((text) => event('content_block_delta', delta(text))),
      event('content_block_stop', { index: 0 }),
      event('message_delta', { delta: stop, usage: { output_tokens: 160 } }),
      event('message_stop'),
    ],
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
  return {
    whole: JSON.stringify(chunk(TEXT, 'STOP')),
    events: words(EVENTS).map((text, index) =>
      data(chunk(text, index === EVENTS - 1 ? 'STOP' : undefined)).replace('\n\n', '\r\n\r\n'),
    ),
  };
}

export const answers = { openai: openai(), anthropic: anthropic(), gemini: gemini() };
