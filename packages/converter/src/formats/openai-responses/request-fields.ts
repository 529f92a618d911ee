/** Fields of a request that have no home in the neutral form: what is said of each when it goes. */
import { invalidRequest, unsupported } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import type { Loss, Report } from '../../loss.ts';
import { filledIn, listOf, objectIn } from '../../openai/lenient.ts';
import { at } from '../../read.ts';
import { drop } from './losses.ts';

/** Read elsewhere, repeated in the answer, or about transport alone. */
const readFields: ReadonlySet<string> = new Set([
  'model',
  'input',
  'instructions',
  'stream',
  'stream_options',
  'store',
  'max_output_tokens',
  'temperature',
  'top_p',
  'top_k',
  'frequency_penalty',
  'presence_penalty',
  'top_logprobs',
  'include',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'reasoning',
  'text',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'service_tier',
  'previous_response_id',
  'conversation',
  'prompt',
  'background',
]);

type Known = Pick<Loss, 'feature' | 'effect'> & { readonly detail?: string };

const knownFields: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['metadata', { feature: 'metadata', effect: 'hint', detail: 'it is repeated in the answer' }],
  ['client_metadata', { feature: 'metadata', effect: 'hint' }],
  ['access_programs', { feature: 'access-programs', effect: 'hint' }],
  ['max_tool_calls', { feature: 'max-tool-calls', effect: 'hint' }],
  ['truncation', { feature: 'truncation', effect: 'hint', detail: 'what is too long is refused' }],
  ['context_management', { feature: 'context-management', effect: 'hint' }],
  ['image', { feature: 'image-context', effect: 'hint' }],
  ['moderation', { feature: 'moderation', effect: 'answer' }],
  ['prompt_cache_options', { feature: 'prompt-cache-options', effect: 'hint' }],
  ['prompt_cache_retention', { feature: 'prompt-cache-retention', effect: 'hint' }],
  ['provider', { feature: 'provider-preferences', effect: 'hint' }],
  ['models', { feature: 'fallback-models', effect: 'hint' }],
  ['route', { feature: 'fallback-models', effect: 'hint' }],
  ['trace', { feature: 'trace', effect: 'hint' }],
  ['session_id', { feature: 'session-id', effect: 'hint' }],
]);

export function reportOtherFields(body: JsonObject, report: Report): void {
  for (const [key, value] of Object.entries(body)) {
    if (readFields.has(key) || value === null || value === undefined) continue;
    // What asks for nothing is not lost.
    if (key === 'truncation' && value === 'disabled') continue;
    if (key === 'metadata' && Object.keys(objectIn(body, key) ?? {}).length === 0) continue;
    const known = knownFields.get(key);
    const reason = known === undefined ? 'unknown' : 'unsupported';
    drop({ path: key, report }, { feature: 'unknown-field', effect: 'answer', reason, ...known });
  }
  reportIncludes(body, report);
}

/** Encrypted reasoning comes with every answer; probabilities are a setting of their own. */
const readIncludes: ReadonlySet<string> = new Set([
  'reasoning.encrypted_content',
  'message.output_text.logprobs',
]);

function reportIncludes(body: JsonObject, report: Report): void {
  for (const [index, value] of listOf(body['include']).entries()) {
    if (typeof value === 'string' && readIncludes.has(value)) continue;
    const place = { path: at('include', index), report };
    drop(place, { feature: 'include', effect: 'hint', detail: 'only one provider tells it' });
  }
}

export function refuseChatBody(body: JsonObject): void {
  if (body['input'] !== undefined || body['messages'] === undefined) return;
  throw invalidRequest(
    'messages',
    'this body is a request of Chat Completions or of another API (it has "messages" and no "input"),' +
      ' which is not served on this path; set the client to the Responses API',
  );
}

const elsewhere = 'is kept at one provider, and another is to answer';

/** What would be answered without them is something else; it must not look as if it were not. */
export function refuseKeptState(body: JsonObject): void {
  if (filledIn(body, 'previous_response_id') !== undefined) {
    throw unsupported(
      'previous_response_id',
      `previous_response_id: the answer that it names ${elsewhere}; send the whole conversation as input`,
    );
  }
  const { conversation, prompt } = body;
  if (conversation !== undefined && conversation !== null) {
    throw unsupported(
      'conversation',
      `conversation: a conversation ${elsewhere}; send all of it as input`,
    );
  }
  if (prompt !== undefined && prompt !== null) {
    throw unsupported('prompt', `prompt: a template ${elsewhere}; send its text as instructions`);
  }
  if (body['background'] === true) {
    throw unsupported(
      'background',
      'background: answers are given at once and not fetched later; set it to false',
    );
  }
}
