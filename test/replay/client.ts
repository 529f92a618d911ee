/** A plain HTTP client of each format: asks the gateway and reads the raw answer. */

import type { FormatId } from '../../packages/conformance/src/judge/meaning.ts';
import type { JsonObject } from './json.ts';

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
const familyModels: { readonly [id in FormatId]: string } = {
  'openai-chat': 'gpt-4o',
  // The Responses API alone serves it, so that clients of every format come to it there.
  'openai-responses': 'codex-mini-latest',
  'anthropic-messages': 'claude-sonnet-4-5',
  gemini: 'gemini-2.5-flash',
};

/** Names of this kind lead to a server that speaks Chat Completions and nothing else. */
export const chatOnly = 'openai/';

/** What a client asks for to have it answered in the other format; `model`: in place of a family's usual one. */
export function modelFor(
  client: FormatId,
  upstream: FormatId,
  model: string = familyModels[upstream],
): string {
  // OpenAI itself would answer a Responses client in its own format.
  const elsewhere = client === 'openai-responses' && upstream === 'openai-chat';
  return elsewhere ? chatOnly + model : model;
}

/** What a client's key looks like, per format. */
export const clientKeys: { readonly [id in FormatId]: string } = {
  'openai-chat': 'sk-client-openai',
  'openai-responses': 'sk-client-responses',
  'anthropic-messages': 'sk-ant-client',
  gemini: 'AIza-client-gemini',
};

interface Dialect {
  path(model: string, stream: boolean): string;
  auth(key: string): { readonly [name: string]: string };
  /** Says hello and asks to see what the model thinks, where the format has a word for it. */
  readonly plainBody: JsonObject;
  /** The body as it goes out: the model and the wish for a stream stand where the format has them. */
  fill(body: JsonObject, model: string, stream: boolean): JsonObject;
}

const greeting = [{ role: 'user', content: 'Hello' }];

function bearer(key: string): { readonly [name: string]: string } {
  return { authorization: `Bearer ${key}` };
}

function withModel(body: JsonObject, model: string, stream: boolean): JsonObject {
  return stream ? { model, stream, ...body } : { model, ...body };
}

const dialects: { readonly [id in FormatId]: Dialect } = {
  'openai-chat': {
    path: () => '/v1/chat/completions',
    auth: bearer,
    plainBody: { messages: greeting },
    fill: (body, model, stream) =>
      stream
        ? { model, stream, stream_options: { include_usage: true }, ...body }
        : { model, ...body },
  },
  'openai-responses': {
    path: () => '/v1/responses',
    auth: bearer,
    plainBody: { input: greeting },
    fill: withModel,
  },
  'anthropic-messages': {
    path: () => '/v1/messages',
    auth: (key) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' }),
    plainBody: { messages: greeting, max_tokens: 1024, thinking: { type: 'adaptive' } },
    fill: withModel,
  },
  gemini: {
    path: (model, stream) =>
      `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    auth: (key) => ({ 'x-goog-api-key': key }),
    plainBody: {
      contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
      generationConfig: { thinkingConfig: { includeThoughts: true } },
    },
    fill: (body) => body,
  },
};

export function plainBody(format: FormatId): JsonObject {
  return dialects[format].plainBody;
}

export function pathOf(format: FormatId, model: string, stream: boolean): string {
  return dialects[format].path(model, stream);
}

export function send(port: number, ask: Ask): Promise<RawReply> {
  const { format, model, stream, body } = ask;
  return sendBytes(port, ask, JSON.stringify(dialects[format].fill(body, model, stream)));
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
    headers: {
      'content-type': 'application/json',
      ...dialects[ask.format].auth(clientKeys[ask.format]),
      ...ask.headers,
    },
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
