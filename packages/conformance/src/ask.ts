/** What a case has a client ask for, in words of no format. */
import type { JsonObject } from './judge/json.ts';

export interface Ask {
  readonly system?: string;
  readonly turns: readonly Turn[];
  readonly tools?: readonly Tool[];
  readonly choice?: Choice;
  /** JSON Schema that the answer must keep to. */
  readonly schema?: JsonObject;
  /** Asks the model to reason, and to show it. */
  readonly reasons?: boolean;
  readonly outputTokensMax?: number;
}

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly text: string;
  readonly image?: Image;
}

interface Image {
  readonly mimeType: string;
  readonly base64: string;
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly schema: JsonObject;
}

/** A tool that must be called by name, or how freely the model may choose. */
export type Choice = 'auto' | 'none' | 'required' | { readonly name: string };

export function user(text: string): Turn {
  return { role: 'user', text };
}

/** Enough for every answer of the cases; Messages demands a limit. */
export const outputTokensDefault = 4096;
