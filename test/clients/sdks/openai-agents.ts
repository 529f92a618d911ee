/** OpenAI's Agents SDK: its own loop over tools, by Responses and by Chat Completions. */
import type { Load, LoadedModule } from '../install.ts';
import type { Client, Reply, Wishes } from '../scenes/client.ts';
import { kindOfStatus } from '../scenes/client.ts';
import { schema, tool, weatherIn } from '../scenes/scenes.ts';
import { dataUrl } from './openai-chat.ts';

export async function openaiAgentsClients(load: Load): Promise<readonly Client[]> {
  const [agents, { OpenAI, APIError }] = await Promise.all([
    load('@openai/agents'),
    load('openai'),
  ]);

  const client = (useResponses: boolean): Pick<Client, 'open' | 'failureOf'> => ({
    open(wishes) {
      const openAIClient = new OpenAI({
        apiKey: wishes.key,
        baseURL: `${wishes.url}/v1`,
        maxRetries: 0,
      });
      const modelProvider = new agents.OpenAIProvider({ openAIClient, useResponses });
      const runner = new agents.Runner({ modelProvider, tracingDisabled: true });
      let history: readonly object[] = [];
      return {
        async say(prompt, { model, picture }) {
          const content = picture
            ? [
                { type: 'input_text', text: prompt },
                { type: 'input_image', image: dataUrl() },
              ]
            : prompt;
          const agent = agentFor(agents, { ...wishes, model });
          const input = [...history, { role: 'user', content }];
          const { result, pieces } = wishes.streams
            ? await streamed(runner, agent, input)
            : { result: await runner.run(agent, input), pieces: 1 };
          history = result.history;
          return replyOf(result, { pieces, schema: wishes.schema });
        },
      };
    },
    failureOf(error) {
      const known = error instanceof APIError;
      const { status, headers } = error as { status?: number; headers?: Headers };
      const after = known ? headers?.get('retry-after') : undefined;
      return {
        kind: known ? kindOfStatus(status) : 'foreign',
        message: String(error),
        retryAfterSeconds: typeof after === 'string' ? Number(after) : undefined,
      };
    },
  });

  return [
    {
      id: 'agents-responses',
      ...client(true),
    },
    {
      id: 'agents-chat',
      ...client(false),
    },
  ];
}

function agentFor(
  agents: LoadedModule,
  { model, tools, reasons, schema: wantsSchema }: Wishes,
): LoadedModule {
  return new agents.Agent({
    name: 'Weather',
    model,
    modelSettings: reasons
      ? {
          store: false,
          reasoning: { effort: 'medium', summary: 'auto' },
          providerData: { include: ['reasoning.encrypted_content'] },
        }
      : { store: false },
    ...(tools
      ? {
          tools: [
            agents.tool({
              ...tool,
              strict: true,
              execute: ({ city }: { readonly city: string }) => weatherIn(city),
            }),
          ],
        }
      : {}),
    ...(wantsSchema
      ? { outputType: { type: 'json_schema', name: 'weather', strict: true, schema } }
      : {}),
  });
}

async function streamed(
  runner: LoadedModule,
  agent: LoadedModule,
  input: readonly object[],
): Promise<{ readonly result: LoadedModule; readonly pieces: number }> {
  let pieces = 0;
  const result = await runner.run(agent, input, { stream: true });
  for await (const event of result)
    if (event.type === 'raw_model_stream_event' && event.data.type === 'output_text_delta')
      pieces += 1;
  await result.completed;
  return { result, pieces };
}

interface Item {
  readonly type: string;
  readonly rawItem: {
    readonly content?: readonly { readonly text?: string }[];
    readonly rawContent?: readonly { readonly text?: string }[];
  };
}

function replyOf(
  result: LoadedModule,
  { pieces, schema }: { readonly pieces: number; readonly schema: boolean },
): Reply {
  const items: readonly Item[] = result.newItems;
  const { inputTokens: input, outputTokens: output } = result.runContext.usage;
  return {
    text: schema ? '' : result.finalOutput,
    pieces,
    reasoning: items
      .filter(({ type }) => type === 'reasoning_item')
      .flatMap(({ rawItem: { rawContent = [], content = [] } }) =>
        rawContent.length > 0 ? rawContent : content,
      )
      .map(({ text = '' }) => text)
      .join(''),
    value: schema ? result.finalOutput : undefined,
    usage: { input, output },
  };
}
