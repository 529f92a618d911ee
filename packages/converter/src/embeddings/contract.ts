/** The contract of a format of embeddings: a client half and an upstream half, as formats of generation have them. */
import type { Format, Probe, UpstreamSide } from '../format.ts';
import type { JsonObject } from '../json.ts';
import type { Report } from '../loss.ts';
import type { EmbeddingRequest, EmbeddingResponse } from './neutral.ts';

export interface EmbeddingFormat {
  /** The vendor's format of generation: errors look the same, and so does everything but the bodies. */
  readonly format: Format;
  readonly client: EmbeddingClientSide;
  readonly upstream: EmbeddingUpstreamSide;
}

export interface EmbeddingClientSide {
  /** By the path alone; undefined: it is none of this format's endpoints. */
  recognize(probe: Pick<Probe, 'path'>): EmbeddingCall | undefined;
  /**
   * Checks the few things without which no provider of this format could answer, for bodies that pass
   * through undecoded. Throws ConversionError.
   */
  checkShape(body: JsonObject, call: EmbeddingCall): void;
  /** How many tokens are asked about, where the client counted them itself. */
  inputTokens(body: JsonObject): number | undefined;
  /** Throws ConversionError for malformed input and for what cannot be carried and must not be dropped. */
  decodeRequest(body: JsonObject, call: EmbeddingCall, report: Report): EmbeddingRequest;
  encodeResponse(response: EmbeddingResponse, context: EmbeddingContext): JsonObject;
}

export interface EmbeddingUpstreamSide extends Pick<UpstreamSide, 'usageField' | 'readUsage'> {
  /** How many inputs one request may have. */
  readonly inputsMax: number;
  /** Throws ConversionError for what the format cannot say and must not be dropped. */
  encodeRequest(request: EmbeddingRequest, report: Report): JsonObject;
  /** Throws ConversionError when the body is an error or no answer at all. */
  decodeResponse(body: JsonObject): EmbeddingResponse;
}

/** What the URL says of a request; undefined where the body says it. */
export interface EmbeddingCall {
  readonly model?: string | undefined;
  readonly isList?: boolean | undefined;
}

/** What an encoder of answers may need beside the answer. */
export interface EmbeddingContext {
  readonly request: EmbeddingRequest;
  /** The model that the upstream was asked for. */
  readonly upstreamModel: string;
  /** What is said of the input's size where the upstream says nothing. */
  inputTokens(): number;
  readonly report: Report;
}
