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
  readResponsesAnswer,
  readResponsesStream,
  failureOf as responsesFailure,
} from './answers/openai-responses.ts';
import { readMessagesRequest } from './asked/anthropic-messages.ts';
import type { Asked } from './asked/asked.ts';
import { readGeminiRequest } from './asked/gemini.ts';
import { readChatRequest } from './asked/openai-chat.ts';
import { readResponsesRequest } from './asked/openai-responses.ts';
import { checkMessagesRequest } from './check/anthropic-messages.ts';
import { checkGeminiRequest } from './check/gemini.ts';
import { checkChatRequest } from './check/openai-chat.ts';
import { checkResponsesRequest } from './check/openai-responses.ts';
import {
  checkMessagesAnswer,
  checkMessagesError,
  checkMessagesStream,
} from './grammar/anthropic-messages.ts';
import { checkGeminiAnswer, checkGeminiError, checkGeminiStream } from './grammar/gemini.ts';
import { checkChatAnswer, checkChatError, checkChatStream } from './grammar/openai-chat.ts';
import { checkResponsesAnswer, checkResponsesError } from './grammar/openai-responses.ts';
import { checkResponsesStream } from './grammar/responses-stream.ts';
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
  /** `stream`: said by the address, where the format's bodies do not say it. */
  readRequest(body: JsonObject, stream: boolean): Asked;
  /** Whether the format's own provider would take it. */
  checkRequest(body: JsonObject, model: string): readonly string[];
}

export const readers: { readonly [id in FormatId]: FormatReader } = {
  'openai-chat': {
    readAnswer: readChatAnswer,
    readStream: readChatStream,
    failure: chatFailure,
    checkAnswer: checkChatAnswer,
    checkStream: checkChatStream,
    checkError: checkChatError,
    readRequest: readChatRequest,
    checkRequest: checkChatRequest,
  },
  'openai-responses': {
    readAnswer: readResponsesAnswer,
    readStream: readResponsesStream,
    failure: responsesFailure,
    checkAnswer: checkResponsesAnswer,
    checkStream: checkResponsesStream,
    checkError: checkResponsesError,
    readRequest: readResponsesRequest,
    checkRequest: checkResponsesRequest,
  },
  'anthropic-messages': {
    readAnswer: readMessagesAnswer,
    readStream: readMessagesStream,
    failure: messagesFailure,
    checkAnswer: checkMessagesAnswer,
    checkStream: checkMessagesStream,
    checkError: checkMessagesError,
    readRequest: readMessagesRequest,
    checkRequest: checkMessagesRequest,
  },
  gemini: {
    readAnswer: readGeminiAnswer,
    readStream: readGeminiStream,
    failure: geminiFailure,
    checkAnswer: checkGeminiAnswer,
    checkStream: checkGeminiStream,
    checkError: checkGeminiError,
    readRequest: readGeminiRequest,
    checkRequest: checkGeminiRequest,
  },
};
