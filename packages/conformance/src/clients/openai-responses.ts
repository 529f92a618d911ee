/** Responses by the official `openai` package. */
import { APIError } from 'openai';
import type {
  Response,
  ResponseCreateParamsNonStreaming,
  ResponseFunctionToolCall,
  ResponseInput,
  ResponseInputItem,
  ResponseOutputItem,
  ResponseOutputMessage,
  ResponseReasoningItem,
} from 'openai/resources/responses/responses';
import type { Ask, Turn } from '../ask.ts';
import { readResponsesAnswer } from '../judge/answers/openai-responses.ts';
import { plain } from '../judge/json.ts';
import { type Asking, attempt, type Client, type Exchange } from './client.ts';
import { openaiChat, sdk } from './openai-chat.ts';
import { createTap, type Tap } from './tap.ts';

export const openaiResponses: Client = {
  format: 'openai-responses',
  ask: (asking) => converse(asking, asking.ask.turns.map(itemOf)),
  listModels: openaiChat.listModels,
  async countTokens(asking) {
    const { model, ask } = asking;
    const counted = await sdk(asking, createTap()).responses.inputTokens.count({
      model,
      input: ask.turns.map(itemOf),
    });
    return counted.input_tokens;
  },
};

async function converse(asking: Asking, input: ResponseInput): Promise<Exchange> {
  const tap = createTap();
  const { native, failure } = await attempt(
    () => respond(asking, input, tap),
    (cause) => cause instanceof APIError,
  );
  const output = native?.output ?? [];
  const calls = output.filter((item) => item.type === 'function_call');
  return {
    answer: native && readResponsesAnswer(plain(native)),
    failure,
    wire: await tap.wire(),
    goOn: (results) =>
      converse(asking, [
        ...input,
        ...output.filter(isKept),
        ...calls.map(({ call_id }, at) => ({
          type: 'function_call_output' as const,
          call_id,
          output: results[at] ?? '',
        })),
      ]),
  };
}

type Kept = ResponseOutputMessage | ResponseReasoningItem | ResponseFunctionToolCall;

/** What the cases have in an answer. */
function isKept(item: ResponseOutputItem): item is Kept {
  return ['message', 'reasoning', 'function_call'].includes(item.type);
}

async function respond(asking: Asking, input: ResponseInput, tap: Tap): Promise<Response> {
  const { model, ask, stream, signal, onWords } = asking;
  const body = { model, input, store: false, ...settingsOf(ask) };
  const client = sdk(asking, tap);
  if (!stream) return client.responses.create(body, { signal });
  const running = client.responses.stream(body, { signal });
  running.on('response.output_text.delta', () => onWords?.());
  const response = await running.finalResponse();
  // The SDK hands over an answer that failed as one that did not.
  if (response.status === 'failed') {
    throw new APIError(undefined, response.error ?? undefined, response.error?.message, undefined);
  }
  return response;
}

type Settings = Pick<
  ResponseCreateParamsNonStreaming,
  'instructions' | 'tools' | 'tool_choice' | 'text' | 'reasoning' | 'include' | 'max_output_tokens'
>;

function settingsOf({ system, tools, choice, schema, reasons, outputTokensMax }: Ask): Settings {
  return {
    ...(system !== undefined && { instructions: system }),
    ...(tools && {
      tools: tools.map(({ name, description, schema: parameters }) => ({
        type: 'function',
        name,
        description,
        parameters: { ...parameters },
        strict: false,
      })),
    }),
    ...(choice !== undefined && {
      tool_choice: typeof choice === 'string' ? choice : { type: 'function', name: choice.name },
    }),
    ...(schema && {
      text: {
        format: { type: 'json_schema', name: 'answer', schema: { ...schema }, strict: true },
      },
    }),
    ...(reasons === true && {
      reasoning: { effort: 'medium', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
    }),
    ...(outputTokensMax !== undefined && { max_output_tokens: outputTokensMax }),
  };
}

function itemOf({ role, text, image }: Turn): ResponseInputItem {
  if (image === undefined) return { role, content: text };
  const image_url = `data:${image.mimeType};base64,${image.base64}`;
  return {
    role,
    content: [
      { type: 'input_text', text },
      { type: 'input_image', image_url, detail: 'auto' },
    ],
  };
}
