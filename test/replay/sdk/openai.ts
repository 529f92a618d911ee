/** Reads an answer with the official `openai` package: its own request, its own accumulator, its own errors. */
import OpenAI, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai';
import { readChatAnswer } from '../../../packages/conformance/src/judge/answers/openai-chat.ts';
import type { Answer } from '../../../packages/conformance/src/judge/meaning.ts';
import { type JsonObject, objectOf, objectsOf, parseJson, textOf } from '../json.ts';
import type { SdkAsk } from './ask.ts';

export async function readWithOpenai({ port, model, stream }: SdkAsk): Promise<Answer> {
  const client = new OpenAI({
    apiKey: 'sk-client-openai',
    baseURL: `http://127.0.0.1:${port}/v1`,
    maxRetries: 0,
  });
  const body = { model, messages: [{ role: 'user' as const, content: 'Hello' }] };
  if (!stream) return readChatAnswer(plain(await client.chat.completions.create(body)));
  const reasoning = new Map<number, string>();
  const running = client.chat.completions.stream({
    ...body,
    stream_options: { include_usage: true },
  });
  // The accumulator keeps the last value of keys that it does not know; reasoning is read from the chunks.
  running.on('chunk', (chunk) => {
    for (const choice of objectsOf(plain(chunk)['choices'])) {
      const index = Number(choice['index']);
      const piece = textOf(objectOf(choice['delta'])['reasoning_content']);
      reasoning.set(index, (reasoning.get(index) ?? '') + piece);
    }
  });
  const answer = readChatAnswer(plain(await running.finalChatCompletion()));
  const candidates = answer.candidates.map((candidate, index) => ({
    ...candidate,
    reasoning: reasoning.get(index) ?? '',
  }));
  return { ...answer, candidates };
}

/** The error's class and what it says of the answer. */
export function describeOpenaiError(error: unknown): string {
  if (error instanceof BadRequestError) return 'bad-request';
  if (error instanceof AuthenticationError) return 'authentication';
  if (error instanceof PermissionDeniedError) return 'permission';
  if (error instanceof NotFoundError) return 'not-found';
  if (error instanceof RateLimitError) return 'rate-limit';
  if (error instanceof InternalServerError) return 'server';
  if (error instanceof APIError) return `api ${error.status}`;
  return 'foreign';
}

function plain(value: object): JsonObject {
  return objectOf(parseJson(JSON.stringify(value)));
}
