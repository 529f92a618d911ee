/** Anthropic's Messages API, to clients and to upstreams. */
import type { Format } from '../../format.ts';
import { conversation } from './conversation.ts';
import { checkShape, decodeRequest } from './decode-request.ts';
import { decodeResponse } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { encodeStream, keepAlive } from './encode-stream.ts';
import { decodeError, encodeError, streamError } from './errors.ts';
import { fieldNames } from './field-names.ts';
import { decodeUsage } from './mappings.ts';
import { needsBytes } from './media.ts';
import { outputTokensMax, user } from './metering.ts';
import { observeStream } from './observe-stream.ts';
import { recognize } from './recognize.ts';
import { withoutForeignSeals } from './seals.ts';

export const anthropicMessages: Format = {
  id: 'anthropic-messages',
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
    readUsage: (body) => decodeUsage(body['usage']),
    withoutForeignSeals,
  },
};
