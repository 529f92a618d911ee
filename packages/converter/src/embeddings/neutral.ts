/** The neutral form of a request for embeddings, and of its answer. */
import type { Usage } from '../ir/response.ts';

export interface EmbeddingRequest {
  readonly model: string;
  readonly inputs: readonly [EmbeddingInput, ...EmbeddingInput[]];
  /** A list was given and a list is awaited, however short; else there is one input. */
  readonly isList: boolean;
  readonly dimensions?: number | undefined;
  /** How the client reads a vector. */
  readonly encoding: 'float' | 'base64';
  readonly user?: string | undefined;
}

/** What one vector stands for. Paths are the client's own. */
export interface EmbeddingInput {
  readonly path: string;
  readonly content: EmbeddingText | EmbeddingTokens;
  /** What the vector is for, in Google's words. */
  readonly task?: EmbeddingNote | undefined;
  readonly title?: EmbeddingNote | undefined;
}

/** Several texts make one vector. */
export interface EmbeddingText {
  readonly type: 'text';
  readonly texts: readonly string[];
}

/** Of a tokenizer that only the model's own vendor can tell. */
export interface EmbeddingTokens {
  readonly type: 'tokens';
  readonly tokens: readonly number[];
}

export interface EmbeddingNote {
  readonly text: string;
  readonly path: string;
}

export interface EmbeddingResponse {
  /** The model as the upstream names it. */
  readonly model?: string | undefined;
  /** In the order of the inputs. */
  readonly vectors: readonly (readonly number[])[];
  readonly usage?: Usage | undefined;
}
