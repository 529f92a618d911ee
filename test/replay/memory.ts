/** What clients of each format keep of an answer for their next request, and the seals that stand in either. */

import type { FormatId } from '../../packages/conformance/src/judge/meaning.ts';
import { type Json, type JsonObject, objectOf, objectsOf, textOf } from './json.ts';

interface Memory {
  /** The next request of a client that appends the answer as it came and answers its calls. */
  nextBody(first: JsonObject, answer: JsonObject): JsonObject;
  /** Opaque data of an answer that must come back, in order, with the text that it vouches for. */
  sealsTold(answer: JsonObject): readonly string[];
  /** The same of a request's history. */
  sealsAsked(body: JsonObject): readonly string[];
}

export const memories: { readonly [id in FormatId]: Memory } = {
  'openai-chat': { nextBody: nextChat, sealsTold: () => [], sealsAsked: () => [] },
  'openai-responses': {
    nextBody: nextResponses,
    sealsTold: ({ output }) => itemSeals(objectsOf(output)),
    sealsAsked: ({ input }) => itemSeals(objectsOf(input)),
  },
  'anthropic-messages': {
    nextBody: nextMessages,
    sealsTold: blockSeals,
    sealsAsked: ({ messages }) => blockSeals(turnOf(messages, 'assistant')),
  },
  gemini: {
    nextBody: nextGemini,
    sealsTold: ({ candidates }) => partSeals(objectOf(objectsOf(candidates)[0]?.['content'])),
    sealsAsked: ({ contents }) => partSeals(turnOf(contents, 'model')),
  },
};

function turnOf(turns: Json | undefined, role: string): JsonObject {
  return objectsOf(turns).find((turn) => turn['role'] === role) ?? {};
}

function nextGemini(first: JsonObject, answer: JsonObject): JsonObject {
  const content = objectOf(objectsOf(answer['candidates'])[0]?.['content']);
  const results = objectsOf(content['parts'])
    .map((part) => part['functionCall'])
    .filter((call) => call !== undefined)
    .map((call) => {
      const { id, name } = objectOf(call);
      const named = id === undefined ? { name } : { id, name };
      return { functionResponse: { ...named, response: { output: 'ok' } } };
    });
  const parts: Json = results.length > 0 ? (results as Json) : [{ text: 'Go on' }];
  return {
    ...first,
    contents: [...objectsOf(first['contents']), content, { role: 'user', parts }],
  };
}

function nextMessages(first: JsonObject, answer: JsonObject): JsonObject {
  const content = objectsOf(answer['content']);
  const results = content
    .filter(({ type }) => type === 'tool_use')
    .map(({ id }) => ({ type: 'tool_result', tool_use_id: id ?? null, content: 'ok' }));
  const reply = results.length > 0 ? results : 'Go on';
  const messages = objectsOf(first['messages']);
  return {
    ...first,
    messages: [...messages, { role: 'assistant', content }, { role: 'user', content: reply }],
  };
}

function nextChat(first: JsonObject, answer: JsonObject): JsonObject {
  const message = objectOf(objectsOf(answer['choices'])[0]?.['message']);
  const results = objectsOf(message['tool_calls']).map(({ id }) => {
    return { role: 'tool', tool_call_id: id ?? null, content: 'ok' };
  });
  const reply = results.length > 0 ? results : [{ role: 'user', content: 'Go on' }];
  return { ...first, messages: [...objectsOf(first['messages']), message, ...reply] };
}

const callTypes = ['function_call', 'custom_tool_call'];

function nextResponses(first: JsonObject, answer: JsonObject): JsonObject {
  const output = objectsOf(answer['output']);
  const results = output
    .filter(({ type }) => callTypes.includes(textOf(type)))
    .map(({ type, call_id: id }) => {
      return { type: `${textOf(type)}_output`, call_id: id ?? null, output: 'ok' };
    });
  const reply = results.length > 0 ? results : [{ role: 'user', content: 'Go on' }];
  return { ...first, input: [...objectsOf(first['input']), ...output, ...reply] };
}

/** Signatures of the provider's own tools stay with their parts, which no other client sees. */
function partSeals(turn: JsonObject): readonly string[] {
  return objectsOf(turn['parts']).flatMap((part) => {
    const seen = part['text'] !== undefined || part['functionCall'] !== undefined;
    const { thoughtSignature: signature } = part;
    return seen && typeof signature === 'string' ? [signature] : [];
  });
}

function blockSeals(turn: JsonObject): readonly string[] {
  return objectsOf(turn['content']).flatMap((block) => {
    if (block['type'] === 'redacted_thinking') return [textOf(block['data'])];
    if (block['type'] !== 'thinking') return [];
    return [`${textOf(block['signature'])} ${textOf(block['thinking'])}`];
  });
}

/**
 * Reasoning goes back only with what it led to: where that was a tool of the provider's own, which
 * no other client sees, the reasoning stays out with it.
 */
function itemSeals(items: readonly JsonObject[]): readonly string[] {
  return items.flatMap((item, index) => {
    // The model wants to hear again what was but a word on the way.
    if (item['phase'] === 'commentary') return [`commentary ${contentText(item['content'])}`];
    const encrypted = textOf(item['encrypted_content']);
    const next = items[index + 1];
    const led = next?.['role'] === 'assistant' || callTypes.includes(textOf(next?.['type']));
    if (item['type'] !== 'reasoning' || encrypted === '' || !led) return [];
    const pieces = [...objectsOf(item['summary']), ...objectsOf(item['content'])];
    const told = pieces.map((piece) => `${textOf(piece['type'])}: ${textOf(piece['text'])}`);
    return [[textOf(item['id']), encrypted, ...told].join(' ')];
  });
}

function contentText(content: Json | undefined): string {
  return typeof content === 'string'
    ? content
    : objectsOf(content)
        .map((part) => textOf(part['text']))
        .join('');
}
