/** What we write as Gemini: requests to the provider and answers to clients. Reading stays lenient. */
import type { JsonObject, JsonValue } from '../../json.ts';

type WireBlob = {
  readonly mimeType: string;
  readonly data: string;
  readonly displayName?: string | undefined;
};

type WireFile = {
  readonly mimeType?: string | undefined;
  readonly fileUri: string;
};

type WireFunctionCall = {
  readonly id?: string | undefined;
  readonly name: string;
  readonly args: JsonObject;
};

type WireFunctionResponse = {
  readonly id?: string | undefined;
  readonly name: string;
  readonly response: JsonObject;
  readonly parts?: readonly WirePart[] | undefined;
};

/** One of `text`, `inlineData`, `fileData`, `functionCall` and `functionResponse` is always there. */
export type WirePart = {
  readonly text?: string;
  readonly inlineData?: WireBlob;
  readonly fileData?: WireFile;
  readonly functionCall?: WireFunctionCall;
  readonly functionResponse?: WireFunctionResponse;
  readonly thought?: true;
  readonly thoughtSignature?: string | undefined;
  readonly mediaResolution?: { readonly level: string } | undefined;
};

export type WireContent = {
  readonly role: 'user' | 'model';
  readonly parts: readonly WirePart[];
};

export type WireUsage = {
  readonly promptTokenCount: number;
  readonly cachedContentTokenCount?: number | undefined;
  readonly candidatesTokenCount: number;
  readonly thoughtsTokenCount?: number | undefined;
  readonly totalTokenCount: number;
  readonly promptTokensDetails?: readonly WireModalityCount[] | undefined;
  readonly candidatesTokensDetails?: readonly WireModalityCount[] | undefined;
};

export type WireModalityCount = {
  readonly modality: 'TEXT' | 'AUDIO';
  readonly tokenCount: number;
};

export type WireCandidate = {
  readonly content: WireContent;
  readonly finishReason: string;
  readonly finishMessage?: string | undefined;
  readonly index: number;
  readonly groundingMetadata?: JsonObject | undefined;
  readonly logprobsResult?: JsonObject | undefined;
};

export type WireAnswer = {
  readonly candidates: readonly WireCandidate[];
  readonly usageMetadata?: WireUsage | undefined;
  readonly modelVersion: string;
  readonly responseId: string;
};

export type WireError = {
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly status: string;
    readonly details?: readonly JsonValue[] | undefined;
  };
};
