/** Reads an answer with the official `openai` package's Responses client: its request and its accumulator. */
import OpenAI from 'openai';
import { readResponsesAnswer } from '../../../packages/conformance/src/judge/answers/openai-responses.ts';
import type { Answer } from '../../../packages/conformance/src/judge/meaning.ts';
import { objectOf, parseJson } from '../json.ts';
import type { SdkAsk } from './ask.ts';

export async function readWithResponses({ port, model, stream }: SdkAsk): Promise<Answer> {
  const client = new OpenAI({
    apiKey: 'sk-client-openai',
    baseURL: `http://127.0.0.1:${port}/v1`,
    maxRetries: 0,
  });
  const body = { model, input: 'Hello' };
  const response = stream
    ? await client.responses.stream(body).finalResponse()
    : await client.responses.create(body);
  return readResponsesAnswer(objectOf(parseJson(JSON.stringify(response))));
}
