/** A whole answer into the neutral form, by way of the stream's decoders so that both agree. */

import { compact } from '../../compact.ts';
import { ConversionError, invalidUpstream } from '../../errors.ts';
import { createCollector } from '../../ir/collect.ts';
import type { ChatResponse, Usage } from '../../ir/response.ts';
import type { JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { textIn } from '../../openai/lenient.ts';
import { errorInResponse } from './errors.ts';
import { finishFromWire, usageFromWire } from './mappings.ts';
import { createOutputDecoder, itemsOf } from './output-items.ts';
import { CANDIDATE } from './output-part.ts';

export function decodeResponse(body: JsonObject, report: Report): ChatResponse {
  const failure = errorInResponse(body);
  if (failure !== undefined) throw new ConversionError(failure);
  const { status } = body;
  if (!Array.isArray(body['output']) || status === 'queued' || status === 'in_progress') {
    throw invalidUpstream('the upstream sent an answer that is not complete');
  }
  const id = textIn(body, 'id') ?? '';
  const { push, response } = createCollector();
  push({ type: 'message-start', id, model: textIn(body, 'model') ?? '' });
  const decoder = createOutputDecoder({ report, answerId: () => id });
  decoder.complete(itemsOf(body), push);
  const finish = finishFromWire(body, decoder.hasToolCalls());
  push({ type: 'finish', candidate: CANDIDATE, finish });
  push(compact({ type: 'message-end' as const, usage: readUsage(body) }));
  return response();
}

export function readUsage(body: JsonObject): Usage | undefined {
  return usageFromWire(body['usage']);
}
