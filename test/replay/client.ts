/** A plain HTTP client of each format: asks the gateway and reads the raw answer. */
import type { JsonObject } from './json.ts';
import type { FormatId } from './meaning.ts';

export interface Ask {
  readonly format: FormatId;
  readonly model: string;
  readonly stream: boolean;
  /** Without the model; `plainBody` says hello. */
  readonly body: JsonObject;
  readonly headers?: { readonly [name: string]: string };
  /** A Gemini stream as one JSON array, which is what comes without `alt=sse`. */
  readonly asArray?: boolean;
}

export interface RawReply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** The connection broke before the end. */
  readonly cut: boolean;
}

/** One model of each family that thinks, calls tools and needs no special treatment. */
export const familyModels: { readonly [id in FormatId]: string } = {
  'openai-chat': 'gpt-4o',
  'anthropic-messages': 'claude-sonnet-4-5',
  gemini: 'gemini-2.5-flash',
};

/** What a client's key looks like, per format. */
export const clientKeys: { readonly [id in FormatId]: string } = {
  'openai-chat': 'sk-client-openai',
  'anthropic-messages': 'sk-ant-client',
  gemini: 'AIza-client-gemini',
};

export function plainBody(format: FormatId): JsonObject {
  if (format === 'gemini') {
    return {
      contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
      generationConfig: { thinkingConfig: { includeThoughts: true } },
    };
  }
  const messages = [{ role: 'user', content: 'Hello' }];
  if (format === 'openai-chat') return { messages };
  return { messages, max_tokens: 1024, thinking: { type: 'adaptive' } };
}

/** The body as it goes out: the model and the wish for a stream stand where the format has them. */
function fullBody({ format, model, stream, body }: Ask): JsonObject {
  if (format === 'gemini') return body;
  if (!stream) return { model, ...body };
  const options = format === 'openai-chat' ? { stream_options: { include_usage: true } } : {};
  return { model, stream: true, ...options, ...body };
}

export function pathOf(format: FormatId, model: string, stream: boolean): string {
  if (format === 'openai-chat') return '/v1/chat/completions';
  if (format === 'anthropic-messages') return '/v1/messages';
  return `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`;
}

function authOf(format: FormatId): { readonly [name: string]: string } {
  const key = clientKeys[format];
  if (format === 'openai-chat') return { authorization: `Bearer ${key}` };
  if (format === 'anthropic-messages')
    return { 'x-api-key': key, 'anthropic-version': '2023-06-01' };
  return { 'x-goog-api-key': key };
}

export function send(port: number, ask: Ask): Promise<RawReply> {
  return sendBytes(port, ask, JSON.stringify(fullBody(ask)));
}

export async function sendBytes(
  port: number,
  ask: Omit<Ask, 'body'>,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<RawReply> {
  const ssePath = pathOf(ask.format, ask.model, ask.stream);
  const path = ask.asArray === true ? ssePath.replace('?alt=sse', '') : ssePath;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authOf(ask.format), ...ask.headers },
    body,
  });
  const chunks: Uint8Array[] = [];
  let cut = false;
  try {
    for await (const chunk of response.body ?? []) chunks.push(chunk);
  } catch {
    cut = true;
  }
  return { status: response.status, headers: response.headers, bytes: Buffer.concat(chunks), cut };
}
