/** Which HTTP status a client must see for an upstream's error. */

import type { FormatId } from '../../packages/conformance/src/judge/meaning.ts';
import type { ErrorCase } from './load.ts';

const quotaStatuses: { readonly [id in FormatId]: readonly number[] } = {
  'openai-chat': [429],
  'openai-responses': [429],
  'anthropic-messages': [402],
  gemini: [429, 403],
};

/** Several where more than one is fair. */
export function statusesFor({ status, text }: ErrorCase, to: FormatId): readonly number[] {
  // An error in an answer of 200: what it means stands in its body alone.
  if (status < 400) return [400, 500, 502];
  if (status === 503 || status === 529) return [to === 'anthropic-messages' ? 529 : 503];
  // An exhausted account is 429 at OpenAI, 402 at Anthropic, and one of two things at Google.
  if (text.includes('insufficient_quota')) return quotaStatuses[to];
  // OpenAI's Responses API calls a model that it does not have a bad request.
  if (status === 400 && text.includes('"model_not_found"')) return [400, 404];
  // Google calls a bad key an invalid argument.
  if (status === 400 && text.includes('API_KEY_INVALID')) return [400, 401];
  return [status];
}
