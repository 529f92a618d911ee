/** Every format of embeddings that this library speaks. */
import type { Probe } from '../format.ts';
import type { EmbeddingCall, EmbeddingFormat } from './contract.ts';
import { geminiEmbeddings } from './gemini/index.ts';
import { openaiEmbeddings } from './openai/index.ts';

export const embeddingFormats: readonly EmbeddingFormat[] = [openaiEmbeddings, geminiEmbeddings];

export { geminiEmbeddings, openaiEmbeddings };

/** Undefined: the path is none where embeddings are asked for. */
export function recognizeEmbedding(
  probe: Pick<Probe, 'path'>,
): { readonly format: EmbeddingFormat; readonly call: EmbeddingCall } | undefined {
  for (const format of embeddingFormats) {
    const call = format.client.recognize(probe);
    if (call !== undefined) return { format, call };
  }
  return undefined;
}
