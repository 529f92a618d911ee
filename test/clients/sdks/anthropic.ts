/** The `@anthropic-ai/sdk` package. */
import Anthropic, { APIError } from '@anthropic-ai/sdk';
import type {
  ContentBlock,
  Message,
  MessageCreateParamsNonStreaming,
  MessageParam,
} from '@anthropic-ai/sdk/resources/messages';
import type { Json } from '../../replay/json.ts';
import { objectOf, parseJson, textOf } from '../../replay/json.ts';
import { type Client, kindOfStatus, type Reply, type Wishes } from '../scenes/client.ts';
import { picture, schema, tool, weatherIn } from '../scenes/scenes.ts';

export const anthropicSdk: Client = {
  id: 'anthropic',
  open(wishes) {
    const { url, key, streams } = wishes;
    const client = new Anthropic({ apiKey: key, baseURL: url, maxRetries: 0 });
    const messages: MessageParam[] = [];
    return {
      async say(prompt, { model, picture: shown }) {
        messages.push({
          role: 'user',
          content: shown
            ? [
                { type: 'text', text: prompt },
                {
                  type: 'image',
                  source: { type: 'base64', media_type: 'image/png', data: picture.base64 },
                },
              ]
            : prompt,
        });
        for (;;) {
          const body = { model, messages, max_tokens: 4096, ...optionsFor(wishes) };
          const { message, pieces } = streams
            ? await streamed(client, body)
            : { message: await client.messages.create(body), pieces: 1 };
          messages.push({ role: 'assistant', content: message.content });
          const uses = message.content.filter((block) => block.type === 'tool_use');
          if (uses.length === 0) return replyOf(message, { pieces, schema: wishes.schema });
          messages.push({
            role: 'user',
            content: uses.map(({ id, input }) => ({
              type: 'tool_result',
              tool_use_id: id,
              content: weatherIn(textOf(objectOf(input as Json)['city'])),
            })),
          });
        }
      },
    };
  },
  failureOf(error) {
    const known = error instanceof APIError;
    const after = known ? (error.headers as Headers | undefined)?.get('retry-after') : undefined;
    return {
      kind: known ? kindOfStatus(error.status) : 'foreign',
      message: String(error),
      retryAfterSeconds: typeof after === 'string' ? Number(after) : undefined,
    };
  },
};

function optionsFor(wishes: Wishes): Partial<MessageCreateParamsNonStreaming> {
  const { name, description, parameters } = tool;
  return {
    ...(wishes.tools
      ? {
          tools: [
            {
              name,
              description,
              input_schema: { ...parameters, required: [...parameters.required] },
            },
          ],
        }
      : {}),
    ...(wishes.reasons
      ? { thinking: { type: 'enabled', budget_tokens: 2048, display: 'summarized' } }
      : {}),
    ...(wishes.schema ? { output_config: { format: { type: 'json_schema', schema } } } : {}),
  };
}

async function streamed(
  client: Anthropic,
  body: MessageCreateParamsNonStreaming,
): Promise<{ readonly message: Message; readonly pieces: number }> {
  let pieces = 0;
  const running = client.messages.stream(body).on('text', () => {
    pieces += 1;
  });
  return { message: await running.finalMessage(), pieces };
}

function replyOf(
  { content, usage }: Message,
  { pieces, schema }: { readonly pieces: number; readonly schema: boolean },
): Reply {
  const text = content.map((block: ContentBlock) => (block.type === 'text' ? block.text : ''));
  return {
    text: text.join(''),
    pieces,
    reasoning: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
    value: schema ? parseJson(text.join('')) : undefined,
    usage: { input: usage.input_tokens, output: usage.output_tokens },
  };
}
