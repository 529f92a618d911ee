/** Chat Completions by the official `openai` package. */
import OpenAI, { APIError } from 'openai';
import type {
  ChatCompletion,
  ChatCompletionMessageParam,
  ChatCompletionTool,
  ChatCompletionToolChoiceOption,
} from 'openai/resources/chat/completions';
import type { Ask, Choice, Turn } from '../ask.ts';
import { readChatAnswer } from '../judge/answers/openai-chat.ts';
import { plain } from '../judge/json.ts';
import { type Asking, attempt, type Client, type Endpoint, type Exchange } from './client.ts';
import { createTap, type Tap } from './tap.ts';

export const openaiChat: Client = {
  format: 'openai-chat',
  ask: (asking) => converse(asking, historyOf(asking.ask)),
  async listModels(endpoint) {
    const ids: string[] = [];
    for await (const { id } of sdk(endpoint, createTap()).models.list()) ids.push(id);
    return ids;
  },
  countTokens: undefined,
};

export function sdk({ baseUrl, key, headers }: Endpoint, { fetch }: Tap): OpenAI {
  return new OpenAI({
    apiKey: key,
    baseURL: `${baseUrl}/v1`,
    maxRetries: 0,
    defaultHeaders: headers,
    fetch,
  });
}

async function converse(
  asking: Asking,
  messages: readonly ChatCompletionMessageParam[],
): Promise<Exchange> {
  const tap = createTap();
  const { native, failure } = await attempt(
    () => complete(asking, messages, tap),
    (cause) => cause instanceof APIError,
  );
  const message = native?.choices[0]?.message;
  return {
    answer: native && readChatAnswer(plain(native)),
    failure,
    wire: await tap.wire(),
    goOn: (results) =>
      converse(asking, [
        ...messages,
        ...(message === undefined ? [] : [message]),
        ...(message?.tool_calls ?? []).map(({ id }, at) => ({
          role: 'tool' as const,
          tool_call_id: id,
          content: results[at] ?? '',
        })),
      ]),
  };
}

async function complete(
  asking: Asking,
  messages: readonly ChatCompletionMessageParam[],
  tap: Tap,
): Promise<ChatCompletion> {
  const { model, ask, stream, signal, onWords } = asking;
  const body = { model, messages: [...messages], ...settingsOf(ask) };
  const client = sdk(asking, tap);
  if (!stream) return client.chat.completions.create(body, { signal });
  const running = client.chat.completions.stream(
    { ...body, stream_options: { include_usage: true } },
    { signal },
  );
  running.on('content', () => onWords?.());
  return running.finalChatCompletion();
}

function settingsOf({ tools, choice, schema, reasons, outputTokensMax }: Ask): {
  tools?: ChatCompletionTool[];
  tool_choice?: ChatCompletionToolChoiceOption;
  response_format?: OpenAI.ResponseFormatJSONSchema;
  reasoning_effort?: 'medium';
  max_tokens?: number;
} {
  return {
    ...(tools && {
      tools: tools.map(({ name, description, schema: parameters }) => ({
        type: 'function',
        function: { name, description, parameters },
      })),
    }),
    ...(choice !== undefined && { tool_choice: choiceOf(choice) }),
    ...(schema && {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'answer', schema, strict: true },
      },
    }),
    ...(reasons === true && { reasoning_effort: 'medium' }),
    ...(outputTokensMax !== undefined && { max_tokens: outputTokensMax }),
  };
}

function choiceOf(choice: Choice): ChatCompletionToolChoiceOption {
  return typeof choice === 'string' ? choice : { type: 'function', function: choice };
}

function historyOf({ system, turns }: Ask): readonly ChatCompletionMessageParam[] {
  return [
    ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
    ...turns.map(messageOf),
  ];
}

function messageOf({ role, text, image }: Turn): ChatCompletionMessageParam {
  if (role === 'assistant') return { role, content: text };
  if (image === undefined) return { role, content: text };
  const url = `data:${image.mimeType};base64,${image.base64}`;
  return {
    role,
    content: [
      { type: 'text', text },
      { type: 'image_url', image_url: { url } },
    ],
  };
}
