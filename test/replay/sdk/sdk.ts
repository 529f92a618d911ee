/** The official SDKs, one per format, behind one shape. */
import type { Answer, FormatId } from '../../../packages/conformance/src/judge/meaning.ts';
import { describeAnthropicError, readWithAnthropic } from './anthropic.ts';
import type { SdkAsk } from './ask.ts';
import { describeGeminiError, readWithGemini } from './gemini.ts';
import { describeOpenaiError, readWithOpenai } from './openai.ts';
import { readWithResponses } from './openai-responses.ts';

interface Sdk {
  /** Asks "Hello" and reads the answer; throws what the SDK throws. A failure may also be in the answer. */
  read(ask: SdkAsk): Promise<Answer>;
  /** The kind of the SDK's own error class; `foreign` for anything else. */
  describeError(error: unknown): string;
}

export const sdks: { readonly [id in FormatId]: Sdk } = {
  'openai-chat': { read: readWithOpenai, describeError: describeOpenaiError },
  'openai-responses': { read: readWithResponses, describeError: describeOpenaiError },
  'anthropic-messages': { read: readWithAnthropic, describeError: describeAnthropicError },
  gemini: { read: readWithGemini, describeError: describeGeminiError },
};
