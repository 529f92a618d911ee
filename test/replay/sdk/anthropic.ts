/** Reads an answer with the official `@anthropic-ai/sdk` package: its request, its accumulator, its errors. */
import Anthropic, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from '@anthropic-ai/sdk';
import { readMessagesAnswer } from '../../../packages/conformance/src/judge/answers/anthropic-messages.ts';
import type { Answer } from '../../../packages/conformance/src/judge/meaning.ts';
import { objectOf, parseJson } from '../json.ts';
import type { SdkAsk } from './ask.ts';

export async function readWithAnthropic({ port, model, stream }: SdkAsk): Promise<Answer> {
  const client = new Anthropic({
    apiKey: 'sk-ant-client',
    baseURL: `http://127.0.0.1:${port}`,
    maxRetries: 0,
  });
  const body = {
    model,
    max_tokens: 1024,
    messages: [{ role: 'user' as const, content: 'Hello' }],
  };
  const message = stream
    ? await client.messages.stream(body).finalMessage()
    : await client.messages.create(body);
  return readMessagesAnswer(objectOf(parseJson(JSON.stringify(message))));
}

export function describeAnthropicError(error: unknown): string {
  if (error instanceof BadRequestError) return 'bad-request';
  if (error instanceof AuthenticationError) return 'authentication';
  if (error instanceof PermissionDeniedError) return 'permission';
  if (error instanceof NotFoundError) return 'not-found';
  if (error instanceof RateLimitError) return 'rate-limit';
  if (error instanceof InternalServerError) return 'server';
  if (error instanceof APIError) return `api ${error.status}`;
  return 'foreign';
}
