/** What an answer means, whatever format said it: the common ground on which two formats are compared. */
import type { Json } from './json.ts';

export type FormatId = 'openai-chat' | 'openai-responses' | 'anthropic-messages' | 'gemini';

export const formatIds: readonly FormatId[] = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini',
];

export interface Answer {
  readonly candidates: readonly Candidate[];
  readonly usage: Usage | undefined;
  /** The answer is, or ends in, an error. */
  readonly error: Failure | undefined;
}

export interface Candidate {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly calls: readonly Call[];
  /** Code that the provider ran, and its output, in order; it stands between runs of the text. */
  readonly codes: readonly string[];
  readonly finish: Finish;
  /** The format's own word, for people. */
  readonly finishWord: string;
  /** The explanation that a provider gives with a refusal or a block. */
  readonly explanation: string;
  /** Calls of the provider's own tools that wait for the client, which no other format can tell. */
  readonly untold?: readonly string[];
}

export interface Call {
  readonly name: string;
  /** Of a custom tool: what it is called with is free text, here `{input}`. */
  readonly kind: 'function' | 'custom';
  readonly arguments: Json;
}

export type Finish =
  | 'stop'
  | 'stop-sequence'
  | 'length'
  | 'context-length'
  | 'tool-calls'
  | 'content-filter'
  | 'pause'
  | 'malformed'
  | 'other'
  | 'missing';

/** `input` and `output` are totals: cached input and reasoning are parts of them. */
export interface Usage {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
}

export interface Failure {
  readonly type: string;
  readonly message: string;
  /** HTTP-like code inside the body, where there is one. */
  readonly code: string;
}
