/** What we write as Anthropic Messages: requests to the provider and answers to clients. Reading stays lenient. */
import type { JsonObject } from '../../json.ts';

export type WireCacheControl = {
  readonly type: 'ephemeral';
  readonly ttl?: '5m' | '1h' | undefined;
};

export type WireText = {
  readonly type: 'text';
  readonly text: string;
  readonly cache_control?: WireCacheControl | undefined;
};

export type WireImage = {
  readonly type: 'image';
  readonly source: WireSource;
  readonly cache_control?: WireCacheControl | undefined;
};

export type WireDocument = {
  readonly type: 'document';
  readonly source: WireSource;
  readonly title?: string | undefined;
  readonly cache_control?: WireCacheControl | undefined;
};

export type WireSource =
  | { readonly type: 'base64'; readonly media_type: string; readonly data: string }
  | { readonly type: 'text'; readonly media_type: 'text/plain'; readonly data: string }
  | { readonly type: 'url'; readonly url: string };

export type WireThinking =
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string };

type WireToolUse = {
  readonly type: 'tool_use';
  readonly id: string;
  readonly name: string;
  readonly input: JsonObject;
  readonly cache_control?: WireCacheControl | undefined;
};

export type WireToolResult = {
  readonly type: 'tool_result';
  readonly tool_use_id: string;
  readonly content?: string | readonly (WireText | WireImage | WireDocument)[] | undefined;
  readonly is_error?: true | undefined;
  readonly cache_control?: WireCacheControl | undefined;
};

export type WireBlock =
  | WireText
  | WireImage
  | WireDocument
  | WireThinking
  | WireToolUse
  | WireToolResult;

export type WireMessage = {
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: readonly WireBlock[];
};

export type WireUsage = {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly cache_creation: {
    readonly ephemeral_5m_input_tokens: number;
    readonly ephemeral_1h_input_tokens: number;
  } | null;
  readonly output_tokens: number;
  readonly output_tokens_details: { readonly thinking_tokens: number } | null;
  readonly server_tool_use: null;
  readonly service_tier: null;
  readonly speed: null;
  readonly inference_geo: null;
};

export type WireStopReason =
  | 'end_turn'
  | 'max_tokens'
  | 'stop_sequence'
  | 'tool_use'
  | 'pause_turn'
  | 'refusal'
  | 'model_context_window_exceeded';

export type WireStop = {
  readonly stop_reason: WireStopReason;
  readonly stop_sequence: string | null;
  readonly stop_details: {
    readonly type: 'refusal';
    readonly category: null;
    readonly explanation: string | null;
  } | null;
};

/** A block of an answer, with the members that the client's library expects to be there. */
export type WireAnswerBlock =
  | { readonly type: 'text'; readonly text: string; readonly citations: null }
  | (WireToolUse & { readonly caller: { readonly type: 'direct' } })
  | WireThinking;

export type WireAnswerStart = {
  readonly id: string;
  readonly type: 'message';
  readonly role: 'assistant';
  readonly model: string;
  readonly content: readonly WireAnswerBlock[];
  readonly stop_reason: null;
  readonly stop_sequence: null;
  readonly stop_details: null;
  readonly container: null;
  readonly diagnostics: null;
};

export type WireAnswer = Omit<WireAnswerStart, keyof WireStop> &
  WireStop & { readonly usage: WireUsage };

export type WireErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'billing_error'
  | 'permission_error'
  | 'not_found_error'
  | 'conflict_error'
  | 'rate_limit_error'
  | 'timeout_error'
  | 'overloaded_error'
  | 'api_error';

export type WireError = {
  readonly type: 'error';
  readonly error: { readonly type: WireErrorType; readonly message: string };
  readonly request_id: string | null;
};
