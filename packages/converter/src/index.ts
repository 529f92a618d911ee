/** The public names of `ai-api-converter`. */
export type { Capabilities } from './adapt/capabilities.ts';
export { needsResponses } from './adapt/openai-apis.ts';
export {
  confirmByBody,
  type Detection,
  detectByPath,
  detectFormat,
  guessFormat,
  siblingOf,
} from './detect.ts';
export type {
  EmbeddingCall,
  EmbeddingClientSide,
  EmbeddingContext,
  EmbeddingFormat,
  EmbeddingUpstreamSide,
} from './embeddings/contract.ts';
export {
  embeddingFormats,
  geminiEmbeddings,
  openaiEmbeddings,
  recognizeEmbedding,
} from './embeddings/index.ts';
export type * from './embeddings/neutral.ts';
export {
  createEmbeddingTranslator,
  type EmbeddingTranslator,
  type EmbeddingTranslatorOptions,
} from './embeddings/translate.ts';
export { ENVELOPE_PREFIX } from './envelope.ts';
export { ConversionError } from './errors.ts';
export type {
  AnswerContext,
  Call,
  ClientSide,
  ConversationStart,
  Format,
  Framing,
  Kept,
  Probe,
  Recognition,
  StreamDecoder,
  StreamEncoder,
  StreamObserver,
  UpstreamFailure,
  UpstreamSide,
} from './format.ts';
export {
  anthropicMessages,
  formats,
  gemini,
  openaiChat,
  openaiResponses,
} from './formats/index.ts';
export {
  itemReferences,
  joinConversation,
  resolveReferences,
} from './formats/openai-responses/conversation.ts';
export type * from './ir/part.ts';
export type * from './ir/request.ts';
export type * from './ir/response.ts';
export type * from './ir/stream.ts';
export {
  isObject,
  type JsonArray,
  JsonError,
  type JsonObject,
  JsonTooLarge,
  type JsonValue,
  mayHaveChangedNumbers,
  parseChecked,
  parseJson,
  stringifyJson,
} from './json.ts';
export type { Converted, Loss, LossReason, Report } from './loss.ts';
export { recognizeMedia } from './media-type.ts';
export { type FetchedMedia, MediaNeeded, type NeededMedia } from './needed-media.ts';
export { outlineOf } from './outline.ts';
export { lastObjectMember } from './scan.ts';
export { memberSpan, type Span, spliceMember } from './splice.ts';
export { createJsonArrayReader } from './sse/json-array.ts';
export { createSseParser, type EventReader, type SseEvent } from './sse/parser.ts';
export {
  type AnswerTranslator,
  type ClientError,
  clientError,
  createTranslator,
  type Environment,
  type TranslatedAnswer,
  type Translator,
  type TranslatorOptions,
} from './translate.ts';
export type { StreamState, StreamTranslation } from './translate-stream.ts';
