/** LangChain's chat models of three vendors. */
import type { LibraryId } from '../catalogue.ts';
import type { Load, LoadedModule } from '../install.ts';
import {
  type Client,
  type Failure,
  kindOfStatus,
  type Reply,
  retryDelayIn,
  type Wishes,
} from '../scenes/client.ts';
import { picture, schema, tool, weatherIn } from '../scenes/scenes.ts';

type Wanted = Pick<Wishes, 'url' | 'key' | 'model' | 'reasons'>;

interface Vendor {
  readonly id: LibraryId;
  model(wanted: Wanted): LoadedModule;
}

export async function langchainClients(load: Load): Promise<readonly Client[]> {
  const [core, { ChatOpenAI }, { ChatAnthropic }, { ChatGoogle }] = await Promise.all([
    load('@langchain/core/messages'),
    load('@langchain/openai'),
    load('@langchain/anthropic'),
    load('@langchain/google/node'),
  ]);
  const openaiOptions = ({ url, key, model }: Wanted): object => ({
    model,
    apiKey: key,
    maxRetries: 0,
    configuration: { baseURL: `${url}/v1` },
  });
  const vendors: readonly Vendor[] = [
    {
      id: 'langchain-openai-chat',
      model: (wanted) =>
        new ChatOpenAI({
          ...openaiOptions(wanted),
          ...(wanted.reasons ? { modelKwargs: { reasoning_effort: 'medium' } } : {}),
        }),
    },
    {
      id: 'langchain-openai-responses',
      model: (wanted) =>
        new ChatOpenAI({
          ...openaiOptions(wanted),
          useResponsesApi: true,
          // Keeps nothing at the provider: what was thought travels sealed.
          zdrEnabled: true,
          ...(wanted.reasons
            ? {
                modelKwargs: {
                  reasoning: { effort: 'medium', summary: 'auto' },
                  include: ['reasoning.encrypted_content'],
                },
              }
            : {}),
        }),
    },
    {
      id: 'langchain-anthropic',
      model: ({ url, key, model, reasons }) =>
        new ChatAnthropic({
          model,
          apiKey: key,
          anthropicApiUrl: url,
          maxRetries: 0,
          maxTokens: 4096,
          ...(reasons
            ? { thinking: { type: 'enabled', budget_tokens: 2048, display: 'summarized' } }
            : {}),
        }),
    },
    {
      id: 'langchain-google',
      model: ({ url, key, model, reasons }) =>
        new ChatGoogle({
          model,
          apiKey: key,
          endpoint: url,
          maxRetries: 0,
          ...(reasons ? { reasoningEffort: 'medium' } : {}),
        }),
    },
  ];
  return vendors.map(({ id, model: modelOf }) => ({
    id,
    failureOf,
    open(wishes) {
      const messages: LoadedModule[] = [];
      return {
        async say(prompt, { model, picture: shown }) {
          const chat = modelOf({ ...wishes, model });
          messages.push(
            new core.HumanMessage(shown ? { contentBlocks: shownBeside(prompt) } : prompt),
          );
          if (wishes.schema) return structured(chat, messages);
          const bound = wishes.tools ? chat.bindTools([openaiTool]) : chat;
          for (;;) {
            const { message, pieces } = wishes.streams
              ? await streamed(bound, messages)
              : { message: await bound.invoke(messages), pieces: 1 };
            messages.push(message);
            if (message.tool_calls.length === 0) return replyOf(message, pieces);
            for (const call of message.tool_calls)
              messages.push(
                new core.ToolMessage({
                  tool_call_id: call.id,
                  name: call.name,
                  content: weatherIn(call.args.city),
                }),
              );
          }
        },
      };
    },
  }));
}

/** The shape that all of its models take. */
const openaiTool = { type: 'function', function: tool };

const shownBeside = (text: string): readonly object[] => [
  { type: 'text', text },
  { type: 'image', mimeType: picture.mediaType, data: picture.base64 },
];

async function structured(chat: LoadedModule, messages: readonly LoadedModule[]): Promise<Reply> {
  const titled = { title: 'weather', description: 'How warm it is.', ...schema };
  const value: unknown = await chat.withStructuredOutput(titled).invoke(messages);
  return { text: '', pieces: 1, reasoning: '', value, usage: { input: 0, output: 0 } };
}

async function streamed(
  chat: LoadedModule,
  messages: readonly LoadedModule[],
): Promise<{ readonly message: LoadedModule; readonly pieces: number }> {
  let message: LoadedModule;
  let pieces = 0;
  for await (const chunk of await chat.stream(messages)) {
    message = message === undefined ? chunk : message.concat(chunk);
    if (chunk.text !== '') pieces += 1;
  }
  return { message, pieces };
}

function replyOf(message: LoadedModule, pieces: number): Reply {
  const blocks: readonly { readonly type: string; readonly reasoning?: string }[] =
    message.contentBlocks;
  const { input_tokens: input, output_tokens: output } = message.usage_metadata ?? {};
  return {
    text: message.text,
    pieces,
    // Of Chat Completions it keeps what it does not know beside the blocks.
    reasoning:
      message.additional_kwargs.reasoning_content ??
      blocks.map((block) => (block.type === 'reasoning' ? (block.reasoning ?? '') : '')).join(''),
    value: undefined,
    usage: { input, output },
  };
}

/** The errors of the vendors' packages below, which keep the status, and headers or body. */
function failureOf(error: unknown): Failure {
  const { status, statusCode, headers, data } = error as {
    readonly status?: number;
    readonly statusCode?: number;
    readonly headers?: Headers;
    readonly data?: unknown;
  };
  const after = headers?.get?.('retry-after') ?? retryDelayIn(JSON.stringify(data ?? ''));
  return {
    kind: kindOfStatus(status ?? statusCode),
    message: String(error),
    retryAfterSeconds: after === undefined ? undefined : Number(after),
  };
}
