/** generateContent by the official `@google/genai` package. */
import {
  ApiError,
  type Content,
  FunctionCallingConfigMode,
  type GenerateContentConfig,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
} from '@google/genai';
import type { Ask, Choice, Turn } from '../ask.ts';
import { readGeminiChunks } from '../judge/answers/gemini.ts';
import { plain } from '../judge/json.ts';
import { type Asking, attempt, type Client, type Endpoint, type Exchange } from './client.ts';
import { createTap, type Tap } from './tap.ts';

export const gemini: Client = {
  format: 'gemini',
  ask: (asking) => converse(asking, asking.ask.turns.map(contentOf)),
  async listModels(endpoint) {
    const names: string[] = [];
    for await (const { name = '' } of await sdk(endpoint, createTap()).models.list()) {
      names.push(name.replace(/^models\//, ''));
    }
    return names;
  },
  async countTokens(asking) {
    const { model, ask } = asking;
    const contents = ask.turns.map(contentOf);
    const counted = await sdk(asking, createTap()).models.countTokens({ model, contents });
    return counted.totalTokens ?? 0;
  },
};

function sdk({ baseUrl, key, headers }: Endpoint, { fetch }: Tap): GoogleGenAI {
  return new GoogleGenAI({
    apiKey: key,
    httpOptions: { baseUrl, headers: { ...headers }, fetch, retryOptions: { attempts: 1 } },
  });
}

async function converse(asking: Asking, contents: readonly Content[]): Promise<Exchange> {
  const tap = createTap();
  const { native, failure } = await attempt(
    () => generate(asking, contents, tap),
    (cause) => cause instanceof ApiError,
  );
  const parts = (native ?? []).flatMap(partsOf);
  const calls = parts.flatMap(({ functionCall }) => functionCall ?? []);
  return {
    answer: native && readGeminiChunks(native.map(plain)),
    failure,
    wire: await tap.wire(),
    goOn: (results) =>
      converse(asking, [
        ...contents,
        { role: 'model', parts },
        {
          role: 'user',
          parts: calls.map(({ id, name }, at) => ({
            functionResponse: {
              ...(id !== undefined && { id }),
              ...(name !== undefined && { name }),
              response: { output: results[at] ?? '' },
            },
          })),
        },
      ]),
  };
}

/** Without those that say nothing, with which streams may end, and which nobody takes back. */
function partsOf({ candidates }: GenerateContentResponse): readonly Part[] {
  const parts = candidates?.[0]?.content?.parts ?? [];
  return parts.filter((part) => {
    return Object.entries(part).some(([name, value]) => name !== 'text' || value !== '');
  });
}

/** The chunks of a stream, or the one answer. */
async function generate(
  asking: Asking,
  contents: readonly Content[],
  tap: Tap,
): Promise<readonly GenerateContentResponse[]> {
  const { model, ask, stream, signal, onWords } = asking;
  const config = { ...configOf(ask), ...(signal && { abortSignal: signal }) };
  const body = { model, contents: [...contents], config };
  const { models } = sdk(asking, tap);
  if (!stream) return [await models.generateContent(body)];
  const chunks: GenerateContentResponse[] = [];
  for await (const chunk of await models.generateContentStream(body)) {
    chunks.push(chunk);
    if (partsOf(chunk).some(({ text = '' }) => text !== '')) onWords?.();
  }
  return chunks;
}

function configOf(ask: Ask): GenerateContentConfig {
  const { system, tools, choice, schema, reasons, outputTokensMax } = ask;
  return {
    ...(system !== undefined && { systemInstruction: system }),
    ...(tools && {
      tools: [
        {
          functionDeclarations: tools.map(({ name, description, schema: parameters }) => ({
            name,
            description,
            parametersJsonSchema: parameters,
          })),
        },
      ],
    }),
    ...(choice !== undefined && { toolConfig: { functionCallingConfig: callingOf(choice) } }),
    ...(schema && { responseMimeType: 'application/json', responseJsonSchema: schema }),
    ...(reasons === true && { thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 } }),
    ...(outputTokensMax !== undefined && { maxOutputTokens: outputTokensMax }),
  };
}

function callingOf(choice: Choice): {
  mode: FunctionCallingConfigMode;
  allowedFunctionNames?: string[];
} {
  if (typeof choice !== 'string') {
    return { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: [choice.name] };
  }
  const modes = {
    auto: FunctionCallingConfigMode.AUTO,
    none: FunctionCallingConfigMode.NONE,
    required: FunctionCallingConfigMode.ANY,
  };
  return { mode: modes[choice] };
}

function contentOf({ role, text, image }: Turn): Content {
  const inline = image && { inlineData: { mimeType: image.mimeType, data: image.base64 } };
  return {
    role: role === 'assistant' ? 'model' : role,
    parts: [{ text }, ...(inline === undefined ? [] : [inline])],
  };
}
