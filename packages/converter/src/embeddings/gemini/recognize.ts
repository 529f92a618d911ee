/** Where Gemini's clients ask for embeddings. */
import type { Probe } from '../../format.ts';
import { modelMethodOf } from '../../formats/gemini/recognize.ts';
import type { EmbeddingCall } from '../contract.ts';

export function recognize(probe: Pick<Probe, 'path'>): EmbeddingCall | undefined {
  const { model, method } = modelMethodOf(probe.path) ?? {};
  if (method === 'embedContent') return { model, isList: false };
  return method === 'batchEmbedContents' ? { model, isList: true } : undefined;
}
