/** Puts a streamed answer together into the message that a client keeps in its history. */

import type { FormatId } from '../../packages/conformance/src/judge/meaning.ts';
import { parseSse } from '../../packages/conformance/src/judge/sse.ts';
import {
  type Json,
  type JsonObject,
  listOf,
  numberOf,
  objectOf,
  objectsOf,
  textOf,
  tryParse,
} from './json.ts';

type Draft = { [key: string]: Json };

/** The answer as one whole of its format, with the first candidate alone. */
export function assemble(format: FormatId, sse: string): JsonObject {
  return assemblers[format](parseSse(sse).map(({ data }) => objectOf(tryParse(data))));
}

const assemblers: { readonly [id in FormatId]: (events: readonly JsonObject[]) => JsonObject } = {
  'openai-chat': assembleChat,
  'openai-responses': assembleResponses,
  'anthropic-messages': assembleMessages,
  gemini: assembleGemini,
};

/** Clients keep the items as they were when they were done. */
function assembleResponses(events: readonly JsonObject[]): JsonObject {
  const done = events.filter(({ type }) => type === 'response.output_item.done');
  return { output: done.map(({ item }) => objectOf(item)) };
}

/** Gemini clients keep the parts as they came. */
function assembleGemini(events: readonly JsonObject[]): JsonObject {
  const parts = events.flatMap((event) => {
    const [first] = objectsOf(event['candidates']);
    return objectsOf(objectOf(first?.['content'])['parts']);
  });
  return { candidates: [{ content: { role: 'model', parts } }] };
}

function assembleMessages(events: readonly JsonObject[]): JsonObject {
  const content: Draft[] = [];
  let input = '';
  for (const event of events) {
    const block = content.at(-1);
    if (event['type'] === 'content_block_start') {
      content.push({ ...objectOf(event['content_block']) });
      input = '';
    }
    if (event['type'] === 'content_block_delta' && block !== undefined) {
      const delta = objectOf(event['delta']);
      input += textOf(delta['partial_json']);
      extend(block, delta, ['text', 'thinking', 'signature']);
    }
    if (event['type'] === 'content_block_stop' && block !== undefined && input !== '') {
      block['input'] = tryParse(input) ?? {};
      input = '';
    }
  }
  return { content };
}

function extend(draft: Draft, delta: JsonObject, keys: readonly string[]): void {
  for (const key of keys) {
    const piece = textOf(delta[key]);
    if (piece !== '') draft[key] = textOf(draft[key]) + piece;
  }
}

function assembleChat(events: readonly JsonObject[]): JsonObject {
  const message: Draft = { role: 'assistant', content: null };
  const calls: Draft[] = [];
  const details: Json[] = [];
  const choices = events.flatMap((event) => objectsOf(event['choices']));
  for (const choice of choices.filter(({ index }) => index === 0)) {
    const delta = objectOf(choice['delta']);
    extend(message, delta, ['content', 'reasoning_content', 'refusal']);
    details.push(...listOf(delta['reasoning_details']));
    for (const call of objectsOf(delta['tool_calls'])) addCall(calls, call);
  }
  if (calls.length > 0) message['tool_calls'] = calls;
  if (details.length > 0) message['reasoning_details'] = details;
  return { choices: [{ message }] };
}

function addCall(calls: Draft[], delta: JsonObject): void {
  const { index, ...wire } = delta;
  const at = numberOf(index) ?? calls.length;
  const known = calls[at];
  if (known === undefined) {
    calls[at] = { ...wire };
    return;
  }
  const called = objectOf(known['function']);
  const more = textOf(objectOf(delta['function'])['arguments']);
  known['function'] = { ...called, arguments: textOf(called['arguments']) + more };
}
