/** What the suites know of each format: how its answers are read and what their grammar demands. */
import {
  failureOf as messagesFailure,
  readMessagesAnswer,
  readMessagesStream,
} from '../../packages/conformance/src/judge/answers/anthropic-messages.ts';
import {
  failureOf as geminiFailure,
  readGeminiAnswer,
  readGeminiStream,
} from '../../packages/conformance/src/judge/answers/gemini.ts';
import {
  failureOf as chatFailure,
  readChatAnswer,
  readChatStream,
} from '../../packages/conformance/src/judge/answers/openai-chat.ts';
import {
  readResponsesAnswer,
  readResponsesStream,
  failureOf as responsesFailure,
} from '../../packages/conformance/src/judge/answers/openai-responses.ts';
import { readMessagesRequest } from '../../packages/conformance/src/judge/asked/anthropic-messages.ts';
import type { Asked } from '../../packages/conformance/src/judge/asked/asked.ts';
import { readGeminiRequest } from '../../packages/conformance/src/judge/asked/gemini.ts';
import { readChatRequest } from '../../packages/conformance/src/judge/asked/openai-chat.ts';
import { readResponsesRequest } from '../../packages/conformance/src/judge/asked/openai-responses.ts';
import {
  checkMessagesAnswer,
  checkMessagesError,
  checkMessagesStream,
} from '../../packages/conformance/src/judge/grammar/anthropic-messages.ts';
import {
  checkGeminiAnswer,
  checkGeminiError,
  checkGeminiStream,
} from '../../packages/conformance/src/judge/grammar/gemini.ts';
import {
  checkChatAnswer,
  checkChatError,
  checkChatStream,
} from '../../packages/conformance/src/judge/grammar/openai-chat.ts';
import {
  checkResponsesAnswer,
  checkResponsesError,
} from '../../packages/conformance/src/judge/grammar/openai-responses.ts';
import { checkResponsesStream } from '../../packages/conformance/src/judge/grammar/responses-stream.ts';
import type { Answer, Failure, FormatId } from '../../packages/conformance/src/judge/meaning.ts';
import type { SseEvent } from '../../packages/conformance/src/judge/sse.ts';
import { checkMessagesRequest } from './check/anthropic-messages.ts';
import { checkGeminiRequest } from './check/gemini.ts';
import { checkChatRequest } from './check/openai-chat.ts';
import { checkResponsesRequest } from './check/openai-responses.ts';
import type { Json, JsonObject } from './json.ts';

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
