/** The neutral form of a request: what every format can be read into and written from. */
import type { CacheMark, Part, Placed } from './part.ts';

export type { CacheMark } from './part.ts';

/** JSON Schema as the client wrote it; kept as plain data. */
export type JsonSchema = { readonly [key: string]: unknown };

export interface ChatRequest {
  /** The model as the client named it. */
  readonly model: string;
  readonly stream: boolean;
  /** Whether the client reads usage in a stream; formats that always report it say true. */
  readonly streamUsage: boolean;
  /** Leading instructions, one block per source message so that cache marks keep their place. */
  readonly system: readonly SystemBlock[];
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice | undefined;
  readonly output?: OutputFormat | undefined;
  readonly reasoning?: ReasoningRequest | undefined;
  /** The model is going to reason and seals its reasoning only when asked to; said by the adapt stage. */
  readonly sealedReasoning?: boolean | undefined;
  readonly sampling: Sampling;
  /** Upper bound of generated tokens, reasoning included; undefined: the client set none. */
  readonly outputTokensMax?: number | undefined;
  /** Number of alternative answers; undefined: one. */
  readonly candidates?: number | undefined;
  /** Token log probabilities; `top` alternatives for each position, 0 for the chosen token alone. */
  readonly logprobs?: { readonly top: number } | undefined;
  readonly verbosity?: 'low' | 'medium' | 'high' | undefined;
  /** An opaque name of the end user. */
  readonly user?: string | undefined;
  /** Groups requests that share a prompt prefix. */
  readonly cacheKey?: string | undefined;
  readonly serviceTier?: ServiceTier | undefined;
  /** What the client half wants to remember for its own answer; no other format reads it. */
  readonly clientNotes?: { readonly [key: string]: unknown } | undefined;
}

/** What its answer has to fit; the conversation, which may be large, need not wait for it. */
export type AnsweredRequest = Omit<ChatRequest, 'turns'>;

export type ServiceTier = 'auto' | 'default' | 'flex' | 'priority' | 'fast';

export interface SystemBlock extends Placed {
  readonly text: string;
  readonly role: 'system' | 'developer';
  readonly cache?: CacheMark | undefined;
}

/** `system` turns stand in the middle of a conversation; leading ones are `ChatRequest.system`. */
export interface Turn extends Placed {
  readonly role: 'user' | 'assistant' | 'system';
  readonly parts: readonly Part[];
  /** The author's name, where the format has one. */
  readonly name?: string | undefined;
}

export type Tool = FunctionTool | CustomTool | WebSearchTool;

export interface FunctionTool extends Placed {
  readonly type: 'function';
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON Schema of the arguments; undefined: the tool takes none. */
  readonly schema?: JsonSchema | undefined;
  readonly strict?: boolean | undefined;
  readonly cache?: CacheMark | undefined;
}

/** A tool whose input is free text, possibly bound by a grammar. */
export interface CustomTool extends Placed {
  readonly type: 'custom';
  readonly name: string;
  readonly description?: string | undefined;
  readonly grammar?: { readonly syntax: string; readonly definition: string } | undefined;
}

/** Web search that the provider itself runs. */
export interface WebSearchTool extends Placed {
  readonly type: 'web-search';
  readonly maxUses?: number | undefined;
  readonly allowedDomains?: readonly string[] | undefined;
  readonly blockedDomains?: readonly string[] | undefined;
  readonly contextSize?: 'low' | 'medium' | 'high' | undefined;
  readonly location?: WebSearchLocation | undefined;
}

export interface WebSearchLocation {
  readonly city?: string | undefined;
  readonly region?: string | undefined;
  readonly country?: string | undefined;
  readonly timezone?: string | undefined;
}

export interface ToolChoice {
  readonly mode: 'auto' | 'none' | 'required';
  /** Only these tools may be called; undefined: any. One name with `required` forces that tool. */
  readonly only?: readonly string[] | undefined;
  /** False: at most one call a turn; undefined: the provider's default. */
  readonly parallel?: boolean | undefined;
}

export type OutputFormat =
  | { readonly type: 'json' }
  | {
      readonly type: 'schema';
      readonly schema: JsonSchema;
      readonly name?: string | undefined;
      readonly description?: string | undefined;
      readonly strict?: boolean | undefined;
    };

export type Effort = 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export interface ReasoningRequest {
  /**
   * `auto` leaves it to the model; `on` and `off` were asked for. `auto` that is not visible and
   * names no amount is no wish at all.
   */
  readonly mode: 'off' | 'auto' | 'on';
  readonly effort?: Effort | undefined;
  /** Tokens to spend on reasoning; never together with a format's own "dynamic" mark. */
  readonly budget?: number | undefined;
  /** Whether the client wants to see reasoning text; undefined: it did not say. */
  readonly visible?: boolean | undefined;
}

export interface Sampling {
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly seed?: number | undefined;
  readonly stop?: readonly string[] | undefined;
  readonly logitBias?: { readonly [token: string]: number } | undefined;
}
