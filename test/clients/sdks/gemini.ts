/** The `@google/genai` package: its own chats, which keep the history as its users have it. */
import {
  ApiError,
  type Chat,
  type GenerateContentConfig,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
} from '@google/genai';
import { parseJson } from '../../replay/json.ts';
import { type Client, kindOfStatus, retryDelayIn, type Wishes } from '../scenes/client.ts';
import { picture, schema, tool, weatherIn } from '../scenes/scenes.ts';

export const geminiSdk: Client = {
  id: 'gemini',
  open(wishes) {
    const client = new GoogleGenAI({
      apiKey: wishes.key,
      httpOptions: { baseUrl: wishes.url, retryOptions: { attempts: 1 } },
    });
    const config = configFor(wishes);
    let chat: Chat = client.chats.create({ model: wishes.model, config });
    let chatModel = wishes.model;
    return {
      async say(prompt, { model, picture: shown }) {
        if (model !== chatModel) {
          chat = client.chats.create({ model, config, history: chat.getHistory() });
          chatModel = model;
        }
        let message: Part[] = [{ text: prompt }];
        if (shown)
          message.push({ inlineData: { mimeType: picture.mediaType, data: picture.base64 } });
        for (;;) {
          const got = wishes.streams
            ? await streamed(chat, message)
            : joined([await chat.sendMessage({ message })]);
          if (got.calls.length === 0)
            return { ...got, value: wishes.schema ? parseJson(got.text) : undefined };
          message = got.calls.map(({ functionCall: { id, name, args } = {} }) => ({
            functionResponse: {
              ...(id === undefined ? {} : { id }),
              name: name ?? '',
              response: { output: weatherIn(String(args?.['city'])) },
            },
          }));
        }
      },
    };
  },
  failureOf(error) {
    const known = error instanceof ApiError;
    const message = String(error);
    // It has no field for headers; the delay stands in the details that its message repeats.
    const after = retryDelayIn(message);
    return {
      kind: known ? kindOfStatus(error.status) : 'foreign',
      message,
      retryAfterSeconds: after === undefined ? undefined : Number(after),
    };
  },
};

function configFor({ tools, reasons, schema: wantsSchema }: Wishes): GenerateContentConfig {
  const { name, description, parameters } = tool;
  return {
    ...(tools
      ? {
          tools: [
            { functionDeclarations: [{ name, description, parametersJsonSchema: parameters }] },
          ],
        }
      : {}),
    ...(reasons ? { thinkingConfig: { includeThoughts: true } } : {}),
    ...(wantsSchema ? { responseMimeType: 'application/json', responseJsonSchema: schema } : {}),
  };
}

interface Got {
  readonly text: string;
  readonly pieces: number;
  readonly reasoning: string;
  readonly calls: readonly Part[];
  readonly usage: { readonly input: number; readonly output: number };
}

async function streamed(chat: Chat, message: Part[]): Promise<Got> {
  const chunks: GenerateContentResponse[] = [];
  for await (const chunk of await chat.sendMessageStream({ message })) chunks.push(chunk);
  return joined(chunks);
}

function joined(chunks: readonly GenerateContentResponse[]): Got {
  const parts = chunks.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
  const spoken = parts.filter(({ text = '', thought }) => text !== '' && thought !== true);
  const { promptTokenCount = 0, candidatesTokenCount = 0 } = chunks.at(-1)?.usageMetadata ?? {};
  return {
    text: spoken.map(({ text }) => text).join(''),
    pieces: spoken.length,
    reasoning: parts
      .filter(({ thought }) => thought === true)
      .map(({ text = '' }) => text)
      .join(''),
    calls: parts.filter(({ functionCall }) => functionCall !== undefined),
    usage: { input: promptTokenCount, output: candidatesTokenCount },
  };
}
