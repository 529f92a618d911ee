/** What this format writes: the shapes of bodies and of their pieces. What it reads may be anything. */
import type { JsonObject } from '../../json.ts';

export type WireCacheBreakpoint = {
  readonly mode: 'explicit';
  readonly ttl?: '12h' | undefined;
};

export type WireContentPart =
  | {
      readonly type: 'text';
      readonly text: string;
      readonly prompt_cache_breakpoint?: WireCacheBreakpoint | undefined;
    }
  | {
      readonly type: 'image_url';
      readonly image_url: { readonly url: string; readonly detail?: string | undefined };
      readonly prompt_cache_breakpoint?: WireCacheBreakpoint | undefined;
    }
  | {
      readonly type: 'input_audio';
      readonly input_audio: { readonly data: string; readonly format: 'wav' | 'mp3' };
      readonly prompt_cache_breakpoint?: WireCacheBreakpoint | undefined;
    }
  | {
      readonly type: 'file';
      readonly file: { readonly filename: string; readonly file_data: string };
      readonly prompt_cache_breakpoint?: WireCacheBreakpoint | undefined;
    };

export type WireToolCall = {
  readonly id: string;
  readonly type: 'function' | 'custom';
  readonly function?: { readonly name: string; readonly arguments: string } | undefined;
  readonly custom?: { readonly name: string; readonly input: string } | undefined;
  readonly extra_content?: WireExtraContent | undefined;
};

/** Where Google's OpenAI-compatible endpoint carries a thought signature. */
export type WireExtraContent = { readonly google: { readonly thought_signature: string } };

/** An entry of `reasoning_details`, as OpenRouter made them known. */
export type WireReasoningDetail =
  | { readonly type: 'reasoning.text'; readonly signature: string; readonly index: number }
  | { readonly type: 'reasoning.encrypted'; readonly data: string; readonly index: number };

export type WireMessage = {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  readonly content?: string | null | readonly WireContentPart[] | undefined;
  readonly name?: string | undefined;
  readonly refusal?: string | undefined;
  readonly reasoning_content?: string | undefined;
  readonly reasoning_details?: readonly JsonObject[] | undefined;
  readonly tool_calls?: readonly WireToolCall[] | undefined;
  readonly tool_call_id?: string | undefined;
};

export type WireTool =
  | {
      readonly type: 'function';
      readonly function: {
        readonly name: string;
        readonly description?: string | undefined;
        readonly parameters: JsonObject;
        readonly strict?: boolean | undefined;
      };
    }
  | {
      readonly type: 'custom';
      readonly custom: {
        readonly name: string;
        readonly description?: string | undefined;
        readonly format?: JsonObject | undefined;
      };
    };

export type WireAnnotation = {
  readonly type: 'url_citation';
  readonly url_citation: {
    readonly url: string;
    readonly title: string;
    readonly start_index: number;
    readonly end_index: number;
  };
};

export type WireLogprob = {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[] | null;
  readonly top_logprobs: readonly {
    readonly token: string;
    readonly logprob: number;
    readonly bytes: readonly number[] | null;
  }[];
};

export type WireFinishReason =
  | 'stop'
  | 'length'
  | 'tool_calls'
  | 'content_filter'
  | 'function_call';

export type WireUsage = {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details?:
    | {
        readonly cached_tokens?: number | undefined;
        readonly cache_write_tokens?: number | undefined;
        readonly audio_tokens?: number | undefined;
      }
    | undefined;
  readonly completion_tokens_details?:
    | {
        readonly reasoning_tokens?: number | undefined;
        readonly audio_tokens?: number | undefined;
      }
    | undefined;
};
