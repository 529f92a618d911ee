/** The neutral pieces of content that turns and answers are made of. */
export type Part =
  | TextPart
  | ReasoningPart
  | RefusalPart
  | MediaPart
  | ToolCallPart
  | ToolResultPart;

/**
 * Where something stood in the client's request, in the client's own words, such as
 * `messages[2].content[0]`: what refusals and losses name. Undefined: nobody noted it.
 */
export interface Placed {
  readonly path?: string | undefined;
}

/** A prompt-cache breakpoint. `short` is minutes (5 m, 30 m), `long` is hours (1 h, 12 h). */
export interface CacheMark {
  readonly ttl?: 'short' | 'long' | undefined;
}

export interface TextPart extends Placed {
  readonly type: 'text';
  readonly text: string;
  readonly citations?: readonly Citation[] | undefined;
  readonly logprobs?: readonly TokenLogprob[] | undefined;
  readonly cache?: CacheMark | undefined;
  readonly seal?: Seal | undefined;
}

/** What the model thought. `text` is empty where the provider hides it and only the seal remains. */
export interface ReasoningPart extends Placed {
  readonly type: 'reasoning';
  readonly text: string;
  readonly seal?: Seal | undefined;
}

/** Words with which the model itself declined, where a format keeps them apart from text. */
export interface RefusalPart extends Placed {
  readonly type: 'refusal';
  readonly text: string;
}

export interface MediaPart extends Placed {
  readonly type: 'media';
  readonly media: 'image' | 'audio' | 'video' | 'document';
  /** IANA media type such as `image/png`; empty when the client did not say (a bare URL). */
  readonly mimeType: string;
  readonly source: MediaSource;
  /** File name or document title. */
  readonly name?: string | undefined;
  /** How closely an image is looked at. */
  readonly detail?: 'low' | 'high' | 'auto' | 'original' | undefined;
  readonly cache?: CacheMark | undefined;
}

/** `base64` is standard, padded base64 without white space. */
export type MediaSource =
  | { readonly type: 'base64'; readonly data: string }
  | { readonly type: 'url'; readonly url: string }
  | { readonly type: 'text'; readonly text: string };

export interface ToolCallPart extends Placed {
  readonly type: 'tool-call';
  /** The id that the client sees; empty only between a decoder and the pairing of ids. */
  readonly id: string;
  readonly name: string;
  /** `function`: `input` is the JSON text of an object. `custom`: `input` is free text. */
  readonly kind: 'function' | 'custom';
  readonly input: string;
  readonly cache?: CacheMark | undefined;
  readonly seal?: Seal | undefined;
}

export interface ToolResultPart extends Placed {
  readonly type: 'tool-result';
  readonly callId: string;
  /** The tool's name, where the format says it or a matching call is known. */
  readonly name?: string | undefined;
  readonly isError: boolean;
  /** Text and media only. */
  readonly content: readonly (TextPart | MediaPart)[];
  readonly cache?: CacheMark | undefined;
}

/** A web source of a stretch of text; offsets are UTF-16 positions in the part's own text. */
export interface Citation {
  readonly url: string;
  readonly title?: string | undefined;
  readonly citedText?: string | undefined;
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  /** UTF-8 bytes of the token, where the provider gives them. */
  readonly bytes?: readonly number[] | undefined;
  readonly top: readonly {
    readonly token: string;
    readonly logprob: number;
    readonly bytes?: readonly number[] | undefined;
  }[];
}

/**
 * Opaque continuity data of a provider (signature, redacted or encrypted reasoning). It goes back
 * only to the format and model that made it.
 */
export interface Seal {
  /** Id of the format whose provider made the data. */
  readonly format: string;
  /** The model that made it; undefined for a provider's own value whose model is not known. */
  readonly model?: string | undefined;
  readonly kind: 'signature' | 'redacted';
  readonly data: string;
}
