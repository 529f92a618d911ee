/** What the suites know of each format: how its answers are read and what their grammar demands. */
import {
  failureOf as messagesFailure,
  readMessagesAnswer,
  readMessagesStream,
} from './answers/anthropic-messages.ts';
import {
  failureOf as geminiFailure,
  readGeminiAnswer,
  readGeminiStream,
} from './answers/gemini.ts';
import { failureOf as chatFailure, readChatAnswer, readChatStream } from './answers/openai-chat.ts';
import {
  checkMessagesAnswer,
  checkMessagesError,
  checkMessagesStream,
} from './grammar/anthropic-messages.ts';
import { checkGeminiAnswer, checkGeminiError, checkGeminiStream } from './grammar/gemini.ts';
import { checkChatAnswer, checkChatError, checkChatStream } from './grammar/openai-chat.ts';
import type { Json, JsonObject } from './json.ts';
import type { Answer, Failure, FormatId } from './meaning.ts';
import type { SseEvent } from './sse.ts';

interface FormatReader {
  readAnswer(body: JsonObject): Answer;
  readStream(events: readonly SseEvent[]): Answer;
  failure(body: Json | undefined): Failure | undefined;
  /** Each problem in one sentence; none: the answer is well-formed. */
  checkAnswer(body: JsonObject): readonly string[];
  checkStream(text: string): readonly string[];
  checkError(status: number, body: Json | undefined): readonly string[];
}

export const readers: { readonly [id in FormatId]: FormatReader } = {
  'openai-chat': {
    readAnswer: readChatAnswer,
    readStream: readChatStream,
    failure: chatFailure,
    checkAnswer: checkChatAnswer,
    checkStream: checkChatStream,
    checkError: checkChatError,
  },
  'anthropic-messages': {
    readAnswer: readMessagesAnswer,
    readStream: readMessagesStream,
    failure: messagesFailure,
    checkAnswer: checkMessagesAnswer,
    checkStream: checkMessagesStream,
    checkError: checkMessagesError,
  },
  gemini: {
    readAnswer: readGeminiAnswer,
    readStream: readGeminiStream,
    failure: geminiFailure,
    checkAnswer: checkGeminiAnswer,
    checkStream: checkGeminiStream,
    checkError: checkGeminiError,
  },
};
