/** The neutral form into a request for OpenAI, or for whoever imitates it. */
import type { JsonObject, JsonValue } from '../../json.ts';
import type { Report } from '../../loss.ts';
import type { EmbeddingInput, EmbeddingRequest } from '../neutral.ts';

export function encodeRequest(request: EmbeddingRequest, report: Report): JsonObject {
  const { model, inputs, isList, dimensions, user } = request;
  const [first] = inputs;
  return {
    model,
    input: isList ? inputs.map((input) => inputFor(input, report)) : inputFor(first, report),
    encoding_format: 'float',
    ...(dimensions !== undefined && { dimensions }),
    ...(user !== undefined && { user }),
  };
}

function inputFor({ path, content, task, title }: EmbeddingInput, report: Report): JsonValue {
  for (const [feature, lost] of [
    ['task-type', task],
    ['title', title],
  ] as const) {
    if (lost === undefined) continue;
    const detail = 'OpenAI makes one vector of a text, whatever it is for';
    const what = { feature, path: lost.path, action: 'dropped', reason: 'unsupported' } as const;
    report({ ...what, effect: 'answer', detail });
  }
  if (content.type === 'tokens') return content.tokens;
  if (content.texts.length > 1) {
    const detail = 'its parts are embedded as one text, a line each';
    const what = { feature: 'text-parts', path, action: 'weakened', reason: 'emulated' } as const;
    report({ ...what, effect: 'answer', detail });
  }
  return content.texts.join('\n');
}
