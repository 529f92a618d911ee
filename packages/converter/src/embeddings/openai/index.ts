/** Embeddings of OpenAI, and of everyone who speaks its format. */
import { openaiChat } from '../../formats/openai-chat/index.ts';
import type { EmbeddingFormat } from '../contract.ts';
import { checkShape, decodeRequest, inputTokens } from './decode-request.ts';
import { decodeResponse, readUsage } from './decode-response.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { INPUTS_MAX } from './limits.ts';
import { recognize } from './recognize.ts';

export const openaiEmbeddings: EmbeddingFormat = {
  format: openaiChat,
  client: { recognize, checkShape, inputTokens, decodeRequest, encodeResponse },
  upstream: {
    inputsMax: INPUTS_MAX,
    encodeRequest,
    decodeResponse,
    usageField: 'usage',
    readUsage,
  },
};
