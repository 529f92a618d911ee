/** Embeddings of Google's Gemini API. */
import { gemini } from '../../formats/gemini/index.ts';
import type { EmbeddingFormat } from '../contract.ts';
import { checkShape, decodeRequest } from './decode-request.ts';
import { decodeResponse, readUsage } from './decode-response.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { recognize } from './recognize.ts';

/** Google refuses more, though its reference does not say so. */
const INPUTS_MAX = 100;

export const geminiEmbeddings: EmbeddingFormat = {
  format: gemini,
  client: {
    recognize,
    checkShape,
    inputTokens: () => undefined,
    decodeRequest,
    encodeResponse,
  },
  upstream: {
    inputsMax: INPUTS_MAX,
    encodeRequest,
    decodeResponse,
    usageField: 'usageMetadata',
    readUsage,
  },
};
