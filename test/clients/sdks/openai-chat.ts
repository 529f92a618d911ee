/** The `openai` package, by Chat Completions. */
import OpenAI, { APIError } from 'openai';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { type JsonObject, objectOf, parseJson, textOf } from '../../replay/json.ts';
import { type Client, type Failure, kindOfStatus, type Reply } from '../scenes/client.ts';
import { picture, schema, tool, weatherIn } from '../scenes/scenes.ts';

export const openaiChatSdk: Client = {
  id: 'openai-chat',
  open({ url, key, streams, ...wishes }) {
    const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 });
    const messages: ChatCompletionMessageParam[] = [];
    return {
      async say(prompt, { model, picture: shown }) {
        messages.push({
          role: 'user',
          content: shown
            ? [
                { type: 'text', text: prompt },
                { type: 'image_url', image_url: { url: dataUrl() } },
              ]
            : prompt,
        });
        for (;;) {
          const body = { model, messages, ...optionsFor(wishes) };
          const { completion, pieces, reasoning } = streams
            ? await streamed(client, body)
            : await whole(client, body);
          const message = completion.choices[0]?.message;
          if (message === undefined) throw new Error('no choice');
          messages.push(message);
          const calls = message.tool_calls ?? [];
          if (calls.length === 0)
            return replyOf({ completion, pieces, reasoning, schema: wishes.schema });
          for (const call of calls) {
            if (call.type !== 'function') throw new Error('not a function');
            const { city } = objectOf(parseJson(call.function.arguments));
            messages.push({
              role: 'tool',
              tool_call_id: call.id,
              content: weatherIn(textOf(city)),
            });
          }
        }
      },
    };
  },
  failureOf: openaiFailure,
};

export const dataUrl = (): string => `data:${picture.mediaType};base64,${picture.base64}`;

/** Its errors have classes of their own for each status; that of the answer is kept beside. */
export function openaiFailure(error: unknown): Failure {
  const known = error instanceof APIError;
  const after = known ? error.headers?.get('retry-after') : undefined;
  return {
    kind: known ? kindOfStatus(error.status) : 'foreign',
    message: String(error),
    retryAfterSeconds: typeof after === 'string' ? Number(after) : undefined,
  };
}

type Body = Omit<OpenAI.Chat.ChatCompletionCreateParamsNonStreaming, 'stream'>;
type Completion = OpenAI.Chat.ChatCompletion;

function optionsFor({
  tools,
  reasons,
  schema: wantsSchema,
}: {
  readonly tools: boolean;
  readonly reasons: boolean;
  readonly schema: boolean;
}): Partial<Body> {
  return {
    ...(tools ? { tools: [{ type: 'function', function: { ...tool } }] } : {}),
    ...(reasons ? { reasoning_effort: 'medium' } : {}),
    ...(wantsSchema
      ? {
          response_format: {
            type: 'json_schema',
            json_schema: { name: 'weather', strict: true, schema },
          },
        }
      : {}),
  };
}

interface Got {
  readonly completion: Completion;
  readonly pieces: number;
  readonly reasoning: string;
}

const reasoningIn = (message: object | undefined): string =>
  textOf((message as JsonObject | undefined)?.['reasoning_content']);

async function whole(client: OpenAI, body: Body): Promise<Got> {
  const completion = await client.chat.completions.create(body);
  return { completion, pieces: 1, reasoning: reasoningIn(completion.choices[0]?.message) };
}

async function streamed(client: OpenAI, body: Body): Promise<Got> {
  let pieces = 0;
  let reasoning = '';
  const running = client.chat.completions.stream({
    ...body,
    stream_options: { include_usage: true },
  });
  running.on('chunk', ({ choices: [choice] }) => {
    if ((choice?.delta.content ?? '') !== '') pieces += 1;
    reasoning += reasoningIn(choice?.delta);
  });
  return { completion: await running.finalChatCompletion(), pieces, reasoning };
}

function replyOf({ completion, pieces, reasoning, schema }: Got & { schema: boolean }): Reply {
  const text = completion.choices[0]?.message.content ?? '';
  const { prompt_tokens: input = 0, completion_tokens: output = 0 } = completion.usage ?? {};
  return {
    text,
    pieces,
    reasoning,
    value: schema ? parseJson(text) : undefined,
    usage: { input, output },
  };
}
