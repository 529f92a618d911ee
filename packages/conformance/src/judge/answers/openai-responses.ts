/** Reads the meaning of Responses answers, those of servers that imitate them included. */
import {
  type Json,
  type JsonObject,
  numberOf,
  objectOf,
  objectsOf,
  textOf,
  tryParse,
} from '../json.ts';
import type { Answer, Call, Candidate, Failure, Finish, Usage } from '../meaning.ts';
import type { SseEvent } from '../sse.ts';
import { failureOf as openaiFailure } from './openai-chat.ts';
import { createItemAssembly } from './responses-items.ts';

export function readResponsesAnswer(body: JsonObject): Answer {
  const error = failureOf(body);
  if (error !== undefined) return { candidates: [], usage: undefined, error };
  return answerOf(body, objectsOf(body['output']));
}

/** What the last event repeats of the answer wins over what was streamed, as in the official SDK. */
export function readResponsesStream(events: readonly SseEvent[]): Answer {
  const items = createItemAssembly();
  let response: JsonObject = {};
  let error: Failure | undefined;
  for (const { event: name, data } of events) {
    if (data === '[DONE]') continue;
    const event = objectOf(tryParse(data));
    const type = textOf(event['type']) || (name ?? '');
    if (event['response'] !== undefined) response = objectOf(event['response']);
    if (type === 'error') error ??= eventFailure(event);
    if (type === 'response.failed') error ??= failureOf(response);
    items.push(type, event);
  }
  const told = objectsOf(response['output']);
  const output = told.length > 0 ? told : items.finish();
  const answer = answerOf(response, output);
  return { ...answer, candidates: events.length === 0 ? [] : answer.candidates, error };
}

function answerOf(response: JsonObject, output: readonly JsonObject[]): Answer {
  const candidate = candidateOf(response, output);
  return { candidates: [candidate], usage: usageOf(response['usage']), error: undefined };
}

function candidateOf(response: JsonObject, output: readonly JsonObject[]): Candidate {
  const messages = output.filter(({ type }) => type === 'message');
  const contents = messages.flatMap(({ content }) => objectsOf(content));
  const calls = output.flatMap(callsOf);
  const refusal = contents.map((part) => textOf(part['refusal'])).join('');
  const { finish, finishWord } = endOf(response, calls.length > 0);
  return {
    text: contents.map((part) => textOf(part['text'])).join(''),
    reasoning: output.map(reasoningOf).join(''),
    refusal,
    calls,
    codes: [],
    finish,
    finishWord,
    explanation: refusal,
    untold: output.map((item) => textOf(item['type'])).filter((type) => askedOfClient.has(type)),
  };
}

/** The pieces of one item are paragraphs of one thought. */
function reasoningOf(item: JsonObject): string {
  if (item['type'] !== 'reasoning') return '';
  return [...objectsOf(item['summary']), ...objectsOf(item['content'])]
    .map((piece) => textOf(piece['text']))
    .filter((text) => text !== '')
    .join('\n\n');
}

function callsOf(item: JsonObject): readonly Call[] {
  const name = textOf(item['name']);
  if (item['type'] === 'custom_tool_call') {
    return [{ name, kind: 'custom', arguments: { input: textOf(item['input']) } }];
  }
  if (item['type'] !== 'function_call') return [];
  const text = textOf(item['arguments']);
  const args = text.trim() === '' ? {} : (tryParse(text) ?? { unreadable: text });
  return [{ name, kind: 'function', arguments: args }];
}

/** Calls that the client itself must answer, of tools that only OpenAI's models know. */
const askedOfClient: ReadonlySet<string> = new Set([
  'shell_call',
  'local_shell_call',
  'apply_patch_call',
  'computer_call',
  'mcp_approval_request',
  'program',
]);

function endOf(
  response: JsonObject,
  called: boolean,
): { readonly finish: Finish; readonly finishWord: string } {
  const status = textOf(response['status']);
  if (status === 'incomplete') {
    const reason = textOf(objectOf(response['incomplete_details'])['reason']);
    return { finish: incomplete.get(reason) ?? 'other', finishWord: reason };
  }
  if (status !== 'completed') return { finish: 'missing', finishWord: status };
  return { finish: called ? 'tool-calls' : 'stop', finishWord: status };
}

const incomplete: ReadonlyMap<string, Finish> = new Map([
  ['max_output_tokens', 'length'],
  ['content_filter', 'content-filter'],
]);

function usageOf(value: Json | undefined): Usage | undefined {
  const wire = objectOf(value);
  const input = numberOf(wire['input_tokens']);
  if (input === undefined) return undefined;
  const details = objectOf(wire['input_tokens_details']);
  return {
    input,
    cacheRead: numberOf(details['cached_tokens']) ?? 0,
    cacheWrite: numberOf(details['cache_write_tokens']) ?? 0,
    output: numberOf(wire['output_tokens']) ?? 0,
    reasoning: numberOf(objectOf(wire['output_tokens_details'])['reasoning_tokens']) ?? 0,
  };
}

/** Flat as its types say, or nested as in recorded streams. */
function eventFailure(event: JsonObject): Failure | undefined {
  return openaiFailure(event) ?? openaiFailure({ error: event });
}

export function failureOf(body: Json | undefined): Failure | undefined {
  return openaiFailure(body);
}
