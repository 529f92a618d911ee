/** What the grammar of each format says of an answer as it was on the wire. */
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
import type { FormatId } from './meaning.ts';

interface Grammar {
  /** Each problem in one sentence; none: it is well-formed. */
  answer(body: JsonObject): readonly string[];
  stream(text: string): readonly string[];
  error(status: number, body: Json | undefined): readonly string[];
  /** What a stream has that ended well, and no other. */
  readonly goodEnd: RegExp;
}

export const grammars: { readonly [id in FormatId]: Grammar } = {
  'openai-chat': {
    answer: checkChatAnswer,
    stream: checkChatStream,
    error: checkChatError,
    goodEnd: /^data: \[DONE\]|"finish_reason": ?"/m,
  },
  'openai-responses': {
    answer: checkResponsesAnswer,
    stream: checkResponsesStream,
    error: checkResponsesError,
    goodEnd: /"type": ?"response\.(completed|incomplete)"/,
  },
  'anthropic-messages': {
    answer: checkMessagesAnswer,
    stream: checkMessagesStream,
    error: checkMessagesError,
    goodEnd: /"type": ?"message_stop"/,
  },
  gemini: {
    answer: checkGeminiAnswer,
    stream: checkGeminiStream,
    error: checkGeminiError,
    goodEnd: /"finishReason": ?"/,
  },
};
