/** OpenAI Chat Completions, and everyone who speaks it. */
import type { Format } from '../../format.ts';
import { encodeError } from '../../openai/error-words.ts';
import { conversation } from './conversation.ts';
import { checkShape, decodeRequest } from './decode-request.ts';
import { decodeResponse, readUsage } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';
import { needsBytes } from './encode-content.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { encodeStream, keepAlive } from './encode-stream.ts';
import { decodeError, streamError } from './errors.ts';
import { fieldNames } from './field-names.ts';
import { withoutForeignSeals } from './foreign-seals.ts';
import { outputTokensMax, user } from './metering.ts';
import { observeStream } from './observe-stream.ts';
import { recognize } from './recognize.ts';

export const openaiChat: Format = {
  id: 'openai-chat',
  client: {
    fieldNames,
    recognize,
    checkShape,
    conversation,
    user,
    outputTokensMax,
    decodeRequest,
    encodeResponse,
    encodeStream,
    encodeError,
    streamError,
    keepAlive,
  },
  upstream: {
    needsBytes,
    encodeRequest,
    decodeResponse,
    decodeStream,
    decodeError,
    observeStream,
    usageField: 'usage',
    readUsage,
    withoutForeignSeals,
  },
};
