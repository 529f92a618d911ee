/** A feature of some formats, and the least that a request or an answer needs to show it. */
import type { JsonObject } from 'ai-api-converter';

export type FormatId = 'openai-chat' | 'openai-responses' | 'anthropic-messages' | 'gemini';

export interface Feature {
  readonly group: string;
  readonly name: string;
  /** Asked of a model that reasons. */
  readonly reasons?: boolean;
  /** Members laid over the plainest request or answer; a format without the feature has none. */
  readonly in: Readonly<Partial<Record<FormatId, JsonObject>>>;
}

/** Standard base64 of nothing in particular. */
export const someBytes = 'AAAAAAAA';

/** One turn of a user, as Chat Completions and Messages both have it. */
export function user(...content: readonly JsonObject[]): JsonObject {
  return { messages: [{ role: 'user', content }] };
}

export function geminiUser(...parts: readonly JsonObject[]): JsonObject {
  return { contents: [{ role: 'user', parts }] };
}
