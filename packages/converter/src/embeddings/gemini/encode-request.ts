/** The neutral form into a request for Google: `embedContent` for one input, `batchEmbedContents` for a list. */
import { unsupported } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import type { EmbeddingInput, EmbeddingRequest } from '../neutral.ts';

/** Names that say already what collection they are of. */
const COLLECTION = /^(models|tunedModels)\//;

export function encodeRequest(request: EmbeddingRequest, report: Report): JsonObject {
  const { inputs, isList, user } = request;
  if (user !== undefined) {
    const what = { feature: 'user', path: 'user', action: 'dropped' } as const;
    report({ ...what, reason: 'unsupported', effect: 'hint' });
  }
  const [first] = inputs;
  if (!isList) return entryFor(first, request);
  return { requests: inputs.map((input) => entryFor(input, request)) };
}

function entryFor(
  { path, content, task, title }: EmbeddingInput,
  { model, dimensions }: EmbeddingRequest,
): JsonObject {
  if (content.type === 'tokens') {
    const told = `${path}: tokens cannot be turned back into text for another provider; send the text itself`;
    throw unsupported(path, told);
  }
  return {
    model: COLLECTION.test(model) ? model : `models/${model}`,
    content: { parts: content.texts.map((text) => ({ text })) },
    ...(task !== undefined && { taskType: task.text }),
    ...(title !== undefined && { title: title.text }),
    ...(dimensions !== undefined && { outputDimensionality: dimensions }),
  };
}
