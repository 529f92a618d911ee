/** The contract of a provider: a vendor's address, credentials and quirks around a format. */
import type { Capabilities, ChatRequest, Format, JsonObject, Report } from 'ai-api-converter';
import type { ProviderId } from './settings.ts';

export interface Provider {
  readonly id: ProviderId;
  /** Those that it speaks, the main one first. */
  readonly formats: readonly [Format, ...Format[]];
  /** As the vendor's own SDK takes it; undefined: every channel must say its own. */
  readonly baseUrl: string | undefined;
  /** Patterns of the models that it is known for; empty: anything may be asked of it. */
  readonly models: readonly string[];
  /** Another of its formats, where what is asked is not served by the one that would be taken; always the same. */
  formatFor?(wish: FormatWish): Format | undefined;
  /** Path and query of a generation call. */
  path(call: ProviderCall): string;
  /** Path and query of the list of its models; undefined: it has none that names what can be asked for. */
  modelsPath?(basePath: string): string;
  /** Path of token counting for what would be generated, unstreamed, at this one; undefined: it has none. */
  countPath?(generationPath: string): string | undefined;
  /** Path and query of a call for embeddings; undefined: it makes none. */
  embeddingsPath?(call: EmbeddingsCall): string;
  /** Path and query of what passes untouched beside generation; undefined: it has no such thing. */
  surfacePath?(call: SurfaceCall): string | undefined;
  /** The headers that carry the credential, in the provider's own way. */
  authorize(credential: Credential): { readonly [name: string]: string };
  /** Headers that every request must have, unless the client sent its own. */
  readonly headers: { readonly [name: string]: string };
  /** What all its models lack or have beside what the format's own vendor is known for. */
  readonly capabilities?: Partial<Capabilities>;
  /**
   * Fits a converted request to what this vendor's imitation of the format understands; undefined:
   * nothing to fit. `host` is that of the channel. Returns the same object when nothing changes.
   */
  fit?(body: JsonObject, host: string, report: Report): JsonObject;
}

export interface FormatWish {
  readonly format: Format;
  /** Of the upstream. */
  readonly model: string;
  /** May lack what is long in the middle of long lists. Undefined: it is malformed. */
  request(): ChatRequest | undefined;
}

export interface ProviderCall {
  readonly format: Format;
  /** Path of the channel's base URL without a slash at its end; empty for none. */
  readonly basePath: string;
  readonly model: string;
  /** Undefined: no stream is asked for. */
  readonly stream: StreamFraming | undefined;
  readonly apiVersion: string | undefined;
}

interface EmbeddingsCall extends Pick<ProviderCall, 'basePath' | 'model' | 'apiVersion'> {
  /** Of several inputs at once. */
  readonly isList: boolean;
}

export interface SurfaceCall {
  /** Behind the base of the API, such as `/images/edits`; `/upload` before it where the API has that. */
  readonly path: string;
  /** As in ProviderCall. */
  readonly basePath: string;
  readonly apiVersion: string | undefined;
  /** Undefined: it is about none. */
  readonly model: string | undefined;
}

/** The client's key or a channel's. Never logged, never in a URL upstream. */
export interface Credential {
  readonly scheme: 'bearer' | 'api-key';
  readonly secret: string;
}

export type StreamFraming = 'sse' | 'json-array';
