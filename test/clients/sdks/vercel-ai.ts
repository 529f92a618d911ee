/** Vercel's `ai` with the packages of three vendors: its own loop over tools, its own history. */
import type { LibraryId } from '../catalogue.ts';
import type { Load, LoadedModule } from '../install.ts';
import {
  type Client,
  type Failure,
  kindOfStatus,
  type Reply,
  type Wishes,
} from '../scenes/client.ts';
import { picture, schema, tool, weatherIn } from '../scenes/scenes.ts';

interface Vendor {
  readonly id: LibraryId;
  model(options: Pick<Wishes, 'url' | 'key' | 'model'>): unknown;
  /** What its users set in any case. */
  readonly always?: object;
  /** How they ask to see what the model thinks. */
  readonly reasoning: object;
}

const STEPS_MAX = 8;

export async function vercelAiClients(load: Load): Promise<readonly Client[]> {
  const ai = await load('ai');
  // It writes hints to the console otherwise.
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });
  const [{ createOpenAI }, { createAnthropic }, { createGoogleGenerativeAI }] = await Promise.all(
    ['openai', 'anthropic', 'google'].map((vendor) => load(`@ai-sdk/${vendor}`)),
  );
  const responses: Vendor['model'] = ({ url, key, model }) =>
    createOpenAI({ baseURL: `${url}/v1`, apiKey: key }).responses(model);
  const thinking = { reasoningEffort: 'medium', reasoningSummary: 'auto', forceReasoning: true };
  const vendors: readonly Vendor[] = [
    {
      id: 'ai-openai-chat',
      model: ({ url, key, model }) =>
        createOpenAI({ baseURL: `${url}/v1`, apiKey: key }).chat(model),
      reasoning: { openai: { reasoningEffort: 'medium', forceReasoning: true } },
    },
    // It refers to what was said before by ids, which the gateway keeps.
    { id: 'ai-openai-responses', model: responses, reasoning: { openai: thinking } },
    {
      id: 'ai-openai-unstored',
      model: responses,
      always: { openai: { store: false } },
      reasoning: { openai: { store: false, ...thinking } },
    },
    {
      id: 'ai-anthropic',
      model: ({ url, key, model }) => createAnthropic({ baseURL: `${url}/v1`, apiKey: key })(model),
      reasoning: {
        anthropic: { thinking: { type: 'enabled', budgetTokens: 2048, display: 'summarized' } },
      },
    },
    {
      id: 'ai-google',
      model: ({ url, key, model }) =>
        createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey: key })(model),
      reasoning: { google: { thinkingConfig: { includeThoughts: true } } },
    },
  ];

  function failureOf(error: unknown): Failure {
    const known = ai.APICallError.isInstance(error);
    const { statusCode, responseHeaders } = known
      ? (error as { statusCode?: number; responseHeaders?: Record<string, string> })
      : {};
    const after = responseHeaders?.['retry-after'];
    return {
      kind: kindOfStatus(statusCode),
      message: String(error),
      retryAfterSeconds: after === undefined ? undefined : Number(after),
    };
  }

  return vendors.map(({ id, model: modelOf, always, reasoning }) => ({
    id,
    failureOf,
    open(wishes) {
      const messages: unknown[] = [];
      return {
        async say(prompt, { model, picture: shown }) {
          messages.push({
            role: 'user',
            content: shown
              ? [
                  { type: 'text', text: prompt },
                  { type: 'file', data: picture.base64, mediaType: picture.mediaType },
                ]
              : prompt,
          });
          const result = await (wishes.streams ? streamed : whole)(ai, {
            model: modelOf({ ...wishes, model }),
            messages,
            maxRetries: 0,
            stopWhen: ai.isStepCount(STEPS_MAX),
            providerOptions: wishes.reasons ? reasoning : (always ?? {}),
            ...(wishes.tools ? { tools: toolsFor(ai) } : {}),
            ...(wishes.schema
              ? { output: ai.Output.object({ schema: ai.jsonSchema(schema) }) }
              : {}),
          });
          messages.push(...result.messages);
          return result.reply;
        },
      };
    },
  }));
}

/** Of `generateText` and `streamText`. */
interface Options {
  readonly output?: unknown;
  readonly [name: string]: unknown;
}

interface Result {
  readonly reply: Reply;
  readonly messages: readonly unknown[];
}

function toolsFor(ai: LoadedModule): object {
  return {
    [tool.name]: ai.tool({
      description: tool.description,
      inputSchema: ai.jsonSchema(tool.parameters),
      execute: ({ city }: { readonly city: string }) => weatherIn(city),
    }),
  };
}

async function whole(ai: LoadedModule, options: Options): Promise<Result> {
  const result = await ai.generateText(options);
  const { inputTokens: input, outputTokens: output } = result.usage;
  return {
    reply: {
      text: result.text,
      pieces: 1,
      reasoning: result.reasoningText ?? '',
      value: options.output === undefined ? undefined : result.output,
      usage: { input, output },
    },
    messages: result.responseMessages ?? result.response.messages,
  };
}

async function streamed(ai: LoadedModule, options: Options): Promise<Result> {
  let pieces = 0;
  // Failures are parts of its streams; without this it also prints them.
  const result = ai.streamText({ ...options, onError: () => undefined });
  for await (const part of result.stream) {
    if (part.type === 'error') throw part.error;
    if (part.type === 'text-delta') pieces += 1;
  }
  const { inputTokens: input, outputTokens: output } = await result.usage;
  return {
    reply: {
      text: await result.text,
      pieces,
      reasoning: (await result.reasoningText) ?? '',
      value: options.output === undefined ? undefined : await result.output,
      usage: { input, output },
    },
    messages: await result.responseMessages,
  };
}
