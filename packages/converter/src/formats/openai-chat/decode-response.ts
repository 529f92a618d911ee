/** A whole answer into the neutral form, by way of the stream's decoder so that both agree. */

import { compact } from '../../compact.ts';
import { ConversionError, invalidUpstream } from '../../errors.ts';
import { createCollector } from '../../ir/collect.ts';
import type { ChatResponse, Usage } from '../../ir/response.ts';
import { isObject, type JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { numberIn, objectIn, objectsIn, textIn } from '../../openai/lenient.ts';
import { createChoiceDecoder } from './decode-choice.ts';
import { errorInBody } from './errors.ts';
import { usageFromWire } from './mappings.ts';

export function decodeResponse(body: JsonObject, report: Report): ChatResponse {
  const choices = objectsIn(body, 'choices');
  const failure = errorInBody(body) ?? choices.map(errorInChoice).find(isObject);
  if (failure !== undefined) throw new ConversionError(failure);
  if (choices.length === 0) throw invalidUpstream('the upstream sent an answer without choices');
  const id = textIn(body, 'id') ?? '';
  const { push, response } = createCollector();
  push({ type: 'message-start', id, model: textIn(body, 'model') ?? '' });
  const ordered = choices.toSorted((one, other) => indexOf(one) - indexOf(other));
  for (const [candidate, choice] of ordered.entries()) {
    const decoder = createChoiceDecoder({ candidate, report, answerId: () => id });
    decoder.push(choice, push);
    decoder.close(push);
    push({ type: 'finish', candidate, finish: decoder.finish() });
  }
  push(compact({ type: 'message-end' as const, usage: readUsage(body) }));
  return response();
}

function indexOf(choice: JsonObject): number {
  return numberIn(choice, 'index') ?? 0;
}

/** Groq puts it beside its own data in streams. */
export function readUsage(body: JsonObject): Usage | undefined {
  return usageFromWire(body['usage']) ?? usageFromWire(objectIn(body, 'x_groq')?.['usage']);
}

/** OpenRouter reports a provider's failure inside the choice. */
export function errorInChoice(choice: JsonObject): ReturnType<typeof errorInBody> {
  const error = errorInBody({ error: choice['error'] ?? null, choices: [] });
  if (error !== undefined || choice['finish_reason'] !== 'error') return error;
  return { kind: 'server', status: 502, message: 'the upstream ended its answer with an error' };
}
