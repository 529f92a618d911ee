/** Reads an answer with the official `@google/genai` package: its own request, its chat history, its own errors. */
import { ApiError, GoogleGenAI } from '@google/genai';
import { readGeminiChunks } from '../../../packages/conformance/src/judge/answers/gemini.ts';
import type { Answer } from '../../../packages/conformance/src/judge/meaning.ts';
import { type JsonObject, objectOf, parseJson } from '../json.ts';
import type { SdkAsk } from './ask.ts';

const config = { thinkingConfig: { includeThoughts: true } };

export async function readWithGemini({ port, model, stream }: SdkAsk): Promise<Answer> {
  const client = new GoogleGenAI({
    apiKey: 'AIza-client-gemini',
    httpOptions: { baseUrl: `http://127.0.0.1:${port}` },
  });
  if (!stream) {
    const response = await client.models.generateContent({ model, contents: 'Hello', config });
    return readGeminiChunks([plain(response)]);
  }
  const chat = client.chats.create({ model, config });
  const chunks: JsonObject[] = [];
  for await (const chunk of await chat.sendMessageStream({ message: 'Hello' })) {
    chunks.push(plain(chunk));
  }
  // A chat forgets a turn in which it finds any chunk invalid.
  const turns = chat.getHistory(true).length;
  if (turns < 2) throw new Error(`the chat kept ${turns} turns of its history`);
  return readGeminiChunks(chunks);
}

export function describeGeminiError(error: unknown): string {
  if (!(error instanceof ApiError)) return 'foreign';
  if (error.status === 400) return 'bad-request';
  if (error.status === 401) return 'authentication';
  if (error.status === 403) return 'permission';
  if (error.status === 404) return 'not-found';
  if (error.status === 429) return 'rate-limit';
  return error.status >= 500 ? 'server' : `api ${error.status}`;
}

function plain(value: object): JsonObject {
  return objectOf(parseJson(JSON.stringify(value)));
}
