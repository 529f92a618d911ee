/** What this format writes: the shapes of bodies and of their pieces. What it reads may be anything. */
import type { JsonValue } from '../../json.ts';

export type WireCacheBreakpoint = {
  readonly mode: 'explicit';
  readonly ttl?: '12h' | undefined;
};

export type WireInputContent =
  | {
      readonly type: 'input_text';
      readonly text: string;
      readonly prompt_cache_breakpoint?: WireCacheBreakpoint | undefined;
    }
  | {
      readonly type: 'input_image';
      readonly image_url: string;
      readonly detail: string;
      readonly prompt_cache_breakpoint?: WireCacheBreakpoint | undefined;
    }
  | {
      readonly type: 'input_file';
      readonly filename?: string | undefined;
      readonly file_data?: string | undefined;
      readonly file_url?: string | undefined;
      readonly prompt_cache_breakpoint?: WireCacheBreakpoint | undefined;
    };

export type WireReasoningItem = {
  readonly type: 'reasoning';
  readonly id?: string | undefined;
  readonly summary: readonly { readonly type: 'summary_text'; readonly text: string }[];
  readonly content?:
    | readonly { readonly type: 'reasoning_text'; readonly text: string }[]
    | undefined;
  readonly encrypted_content?: string | undefined;
};

export type WireSaid =
  | { readonly type: 'output_text'; readonly text: string }
  | { readonly type: 'refusal'; readonly refusal: string };

export type WireInputItem =
  | {
      readonly type: 'message';
      readonly role: 'system' | 'developer' | 'user';
      readonly content: string | readonly WireInputContent[];
    }
  | {
      readonly type: 'message';
      readonly role: 'assistant';
      readonly content: readonly WireSaid[];
      readonly phase?: 'commentary' | 'final_answer' | undefined;
    }
  | WireReasoningItem
  | {
      readonly type: 'function_call';
      readonly call_id: string;
      readonly name: string;
      readonly arguments: string;
    }
  | {
      readonly type: 'custom_tool_call';
      readonly call_id: string;
      readonly name: string;
      readonly input: string;
    }
  | {
      readonly type: 'function_call_output' | 'custom_tool_call_output';
      readonly call_id: string;
      readonly output: string | readonly WireInputContent[];
    };

export type WireLogprob = {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[];
  readonly top_logprobs: readonly {
    readonly token: string;
    readonly logprob: number;
    readonly bytes: readonly number[];
  }[];
};

export type WireUsage = {
  readonly input_tokens: number;
  readonly input_tokens_details: {
    readonly cached_tokens: number;
    readonly cache_write_tokens: number;
  };
  readonly output_tokens: number;
  readonly output_tokens_details: { readonly reasoning_tokens: number };
  readonly total_tokens: number;
};

export type WireStatus = {
  readonly status: 'completed' | 'incomplete';
  readonly incomplete_details: { readonly reason: JsonValue } | null;
};
