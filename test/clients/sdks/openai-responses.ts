/** The `openai` package, by Responses, its history kept by the client. */
import OpenAI from 'openai';
import type {
  Response,
  ResponseCreateParamsNonStreaming,
  ResponseInputItem,
} from 'openai/resources/responses/responses';
import { objectOf, parseJson, textOf } from '../../replay/json.ts';
import type { Client, Reply, Wishes } from '../scenes/client.ts';
import { schema, tool, weatherIn } from '../scenes/scenes.ts';
import { dataUrl, openaiFailure } from './openai-chat.ts';

export const openaiResponsesSdk: Client = {
  id: 'openai-responses',
  open(wishes) {
    const { url, key, streams } = wishes;
    const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 });
    const input: ResponseInputItem[] = [];
    return {
      async say(prompt, { model, picture }) {
        input.push({
          role: 'user',
          content: picture
            ? [
                { type: 'input_text', text: prompt },
                { type: 'input_image', image_url: dataUrl(), detail: 'auto' },
              ]
            : prompt,
        });
        for (;;) {
          const body = { model, input, store: false, ...optionsFor(wishes) };
          const { response, pieces } = streams
            ? await streamed(client, body)
            : { response: await client.responses.create(body), pieces: 1 };
          input.push(...(response.output as ResponseInputItem[]));
          const calls = response.output.filter((item) => item.type === 'function_call');
          if (calls.length === 0) return replyOf(response, { pieces, schema: wishes.schema });
          for (const { call_id, arguments: text } of calls) {
            const { city } = objectOf(parseJson(text));
            input.push({ type: 'function_call_output', call_id, output: weatherIn(textOf(city)) });
          }
        }
      },
    };
  },
  failureOf: openaiFailure,
};

function optionsFor(wishes: Wishes): Partial<ResponseCreateParamsNonStreaming> {
  return {
    ...(wishes.tools ? { tools: [{ type: 'function', strict: true, ...tool }] } : {}),
    ...(wishes.reasons
      ? {
          reasoning: { effort: 'medium', summary: 'auto' },
          include: ['reasoning.encrypted_content'],
        }
      : {}),
    ...(wishes.schema
      ? { text: { format: { type: 'json_schema', name: 'weather', strict: true, schema } } }
      : {}),
  };
}

async function streamed(
  client: OpenAI,
  body: ResponseCreateParamsNonStreaming,
): Promise<{ readonly response: Response; readonly pieces: number }> {
  let pieces = 0;
  const running = client.responses.stream(body as Parameters<OpenAI['responses']['stream']>[0]);
  running.on('response.output_text.delta', () => {
    pieces += 1;
  });
  return { response: await running.finalResponse(), pieces };
}

function replyOf(
  response: Response,
  { pieces, schema }: { readonly pieces: number; readonly schema: boolean },
): Reply {
  const summaries = response.output.flatMap((item) =>
    item.type === 'reasoning' ? item.summary.map(({ text }) => text) : [],
  );
  return {
    text: response.output_text,
    pieces,
    reasoning: summaries.join(''),
    value: schema ? parseJson(response.output_text) : undefined,
    usage: {
      input: response.usage?.input_tokens ?? 0,
      output: response.usage?.output_tokens ?? 0,
    },
  };
}
