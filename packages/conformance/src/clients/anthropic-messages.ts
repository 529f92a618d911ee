/** Messages by the official `@anthropic-ai/sdk` package. */
import Anthropic, { APIError } from '@anthropic-ai/sdk';
import type {
  Message,
  MessageCreateParamsNonStreaming,
  MessageParam,
} from '@anthropic-ai/sdk/resources/messages/messages';
import { type Ask, type Choice, outputTokensDefault, type Turn } from '../ask.ts';
import { readMessagesAnswer } from '../judge/answers/anthropic-messages.ts';
import { plain } from '../judge/json.ts';
import { type Asking, attempt, type Client, type Endpoint, type Exchange } from './client.ts';
import { createTap, type Tap } from './tap.ts';

export const anthropicMessages: Client = {
  format: 'anthropic-messages',
  ask: (asking) => converse(asking, asking.ask.turns.map(messageOf)),
  async listModels(endpoint) {
    const ids: string[] = [];
    for await (const { id } of sdk(endpoint, createTap()).models.list()) ids.push(id);
    return ids;
  },
  async countTokens(asking) {
    const { model, ask } = asking;
    const messages = ask.turns.map(messageOf);
    const counted = await sdk(asking, createTap()).messages.countTokens({ model, messages });
    return counted.input_tokens;
  },
};

function sdk({ baseUrl, key, headers }: Endpoint, { fetch }: Tap): Anthropic {
  return new Anthropic({
    apiKey: key,
    baseURL: baseUrl,
    maxRetries: 0,
    defaultHeaders: headers,
    fetch,
  });
}

async function converse(asking: Asking, messages: readonly MessageParam[]): Promise<Exchange> {
  const tap = createTap();
  const { native, failure } = await attempt(
    () => complete(asking, messages, tap),
    (cause) => cause instanceof APIError,
  );
  const content = native?.content ?? [];
  const calls = content.filter((block) => block.type === 'tool_use');
  return {
    answer: native && readMessagesAnswer(plain(native)),
    failure,
    wire: await tap.wire(),
    goOn: (results) =>
      converse(asking, [
        ...messages,
        { role: 'assistant', content },
        {
          role: 'user',
          content: calls.map(({ id }, at) => ({
            type: 'tool_result',
            tool_use_id: id,
            content: results[at] ?? '',
          })),
        },
      ]),
  };
}

async function complete(
  asking: Asking,
  messages: readonly MessageParam[],
  tap: Tap,
): Promise<Message> {
  const { model, ask, stream, signal, onWords } = asking;
  const body = { model, messages: [...messages], ...settingsOf(ask) };
  const client = sdk(asking, tap);
  if (!stream) return client.messages.create(body, { signal });
  const running = client.messages.stream(body, { signal });
  running.on('text', () => onWords?.());
  return running.finalMessage();
}

type Settings = Omit<MessageCreateParamsNonStreaming, 'model' | 'messages'>;

/** Reasoning with less than this is refused. */
const reasoningBudgetTokens = 1024;

function settingsOf(ask: Ask): Settings {
  const { system, tools, choice, schema, reasons, outputTokensMax = outputTokensDefault } = ask;
  return {
    max_tokens: outputTokensMax,
    ...(system !== undefined && { system }),
    ...(tools && {
      tools: tools.map(({ name, description, schema: input }) => ({
        name,
        description,
        input_schema: { ...input, type: 'object' },
      })),
    }),
    ...(choice !== undefined && { tool_choice: choiceOf(choice) }),
    ...(schema && { output_config: { format: { type: 'json_schema', schema: { ...schema } } } }),
    ...(reasons === true && {
      thinking: { type: 'enabled', budget_tokens: reasoningBudgetTokens },
    }),
  };
}

function choiceOf(choice: Choice): Anthropic.ToolChoice {
  if (typeof choice !== 'string') return { type: 'tool', name: choice.name };
  return { type: choice === 'required' ? 'any' : choice };
}

function messageOf({ role, text, image }: Turn): MessageParam {
  if (image === undefined) return { role, content: text };
  const source = { type: 'base64' as const, media_type: 'image/png' as const, data: image.base64 };
  return {
    role,
    content: [
      { type: 'text', text },
      { type: 'image', source },
    ],
  };
}
