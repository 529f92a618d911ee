/** What a provider signed comes back to it unchanged, through clients of every other format. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Format } from './format.ts';
import { isObject, type JsonObject, type JsonValue, parseJson } from './json.ts';
import { allFixtures, ask, type Fixture, othersThan, readObject } from './testing/fixtures.ts';
import { bytesOf, translateChunks } from './testing/streams.ts';

type Message = Record<string, JsonValue | undefined>;

/** How a client of each format keeps an answer and goes on. */
interface Client {
  readAnswer(answer: JsonObject): JsonObject;
  readStream(text: string): JsonObject;
  /** The request of the case with the answer, results of all its calls, and one more question. */
  goOn(request: JsonObject, answer: JsonObject): JsonObject;
}

const chat: Client = {
  readAnswer: ({ choices }) => first(choices)['message'] as JsonObject,
  readStream(text) {
    const message: Message = { role: 'assistant', content: '' };
    for (const chunk of eventsOf(text)) {
      const { delta } = first(chunk['choices']) as { delta?: JsonObject };
      for (const [key, value] of Object.entries(delta ?? {})) {
        if (key === 'role') continue;
        if (key === 'tool_calls') addCalls(message, objects(value));
        else if (Array.isArray(value)) message[key] = [...objects(message[key]), ...objects(value)];
        else if (typeof value === 'string') message[key] = textOf(message[key]) + value;
      }
    }
    return message;
  },
  goOn(request, answer) {
    const results = objects(answer['tool_calls']).map(({ id }) => ({
      role: 'tool',
      tool_call_id: id,
      content: 'done',
    }));
    const messages = [...objects(request['messages']), answer, ...results];
    return { ...request, messages: [...messages, { role: 'user', content: 'Go on.' }] };
  },
};

function addCalls(message: Message, deltas: readonly JsonObject[]): void {
  const calls = [...objects(message['tool_calls'])];
  for (const { index, ...delta } of deltas) {
    const at = Number(index);
    const call = calls[at];
    const piece = delta['function'] as Message;
    const known = (call?.['function'] ?? {}) as Message;
    const args = textOf(known['arguments']) + textOf(piece['arguments']);
    calls[at] = { ...call, ...delta, function: { ...known, ...piece, arguments: args } };
  }
  message['tool_calls'] = calls;
}

const messages: Client = {
  readAnswer: ({ content }) => ({ role: 'assistant', content }),
  readStream(text) {
    const blocks: Message[] = [];
    for (const event of eventsOf(text)) {
      if (event['type'] === 'content_block_start') {
        blocks.push({ ...(event['content_block'] as JsonObject) });
      }
      const block = blocks.at(-1) ?? {};
      const delta = (event['delta'] ?? {}) as Message;
      if (delta['type'] === 'signature_delta') block['signature'] = delta['signature'];
      for (const key of ['text', 'thinking', 'partial_json']) {
        if (typeof delta[key] === 'string') block[key] = textOf(block[key]) + delta[key];
      }
    }
    const content = blocks.map(({ partial_json: json, ...block }) =>
      json === undefined ? block : { ...block, input: parseJson(textOf(json)) },
    );
    return { role: 'assistant', content };
  },
  goOn(request, answer) {
    const results = objects(answer['content'])
      .filter(({ type }) => type === 'tool_use')
      .map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: 'done' }));
    const next = { role: 'user', content: [...results, { type: 'text', text: 'Go on.' }] };
    return { ...request, messages: [...objects(request['messages']), answer, next] };
  },
};

/** Keeps what Gemini CLI keeps: everything but thoughts. */
const geminiClient: Client = {
  readAnswer: ({ candidates }) =>
    spoken(objects((first(candidates)['content'] as Message)['parts'])),
  readStream: (text) =>
    spoken(
      eventsOf(text).flatMap(({ candidates }) =>
        objects((first(candidates)['content'] as Message)['parts']),
      ),
    ),
  goOn(request, answer) {
    const results = objects(answer['parts']).flatMap(({ functionCall: call }) =>
      isObject(call)
        ? [
            {
              functionResponse: {
                id: call['id'],
                name: call['name'],
                response: { output: 'done' },
              },
            },
          ]
        : [],
    );
    const next = { role: 'user', parts: [...results, { text: 'Go on.' }] };
    return { ...request, contents: [...objects(request['contents']), answer, next] };
  },
};

function spoken(parts: readonly JsonObject[]): JsonObject {
  return { role: 'model', parts: parts.filter(({ thought }) => thought !== true) };
}

/** Keeps all items. */
const responses: Client = {
  readAnswer: ({ output = [] }) => ({ output }),
  readStream(text) {
    const { response } = eventsOf(text).at(-1) ?? {};
    return { output: isObject(response) ? (response['output'] ?? []) : [] };
  },
  goOn(request, answer) {
    const items = objects(answer['output']);
    const results = items
      .filter(({ type }) => type === 'function_call')
      .map(({ call_id }) => ({ type: 'function_call_output', call_id, output: 'done' }));
    const next = { role: 'user', content: 'Go on.' };
    return { ...request, input: [...objects(request['input']), ...items, ...results, next] };
  },
};

const clients: Readonly<Record<string, Client>> = {
  'openai-chat': chat,
  'openai-responses': responses,
  'anthropic-messages': messages,
  gemini: geminiClient,
};

function clientOf({ id }: Format): Client {
  const client = clients[id];
  if (client === undefined) throw new Error(`no client of ${id}`);
  return client;
}

for (const fixture of sealed('response')) {
  describe(`${fixture.format.id}, ${fixture.name}`, () => {
    for (const client of othersThan(fixture.format)) {
      test(`seals come back from a client of ${client.id}`, () => {
        checkReturn(fixture, client, (answer) => clientOf(client).readAnswer(answer));
      });
    }
  });
}

for (const fixture of sealed('stream')) {
  describe(`${fixture.format.id}, ${fixture.name}, streamed`, () => {
    for (const client of othersThan(fixture.format)) {
      test(`seals come back from a client of ${client.id}`, () => {
        const { stream } = ask({
          client,
          upstream: fixture.format,
          name: 'reasoning',
          stream: true,
        });
        const text = translateChunks(
          stream(() => {}),
          [bytesOf(fixture.text)],
        );
        checkReturn(fixture, client, () => clientOf(client).readStream(text));
      });
    }
  });
}

function sealed(kind: 'response' | 'stream'): readonly Fixture[] {
  return allFixtures(kind).filter(
    ({ name, format }) => name.startsWith('reasoning') && format.id !== 'openai-chat',
  );
}

function checkReturn(
  fixture: Fixture,
  client: Format,
  read: (answer: JsonObject) => JsonObject,
): void {
  const { format, name } = fixture;
  const question = { client, upstream: format, name: 'reasoning' };
  const plain = allFixtures('response').find((one) => one.format === format && one.name === name);
  const due = readObject(plain?.text ?? '{}');
  const answer = read(ask(question).response(due).value);
  const request = allFixtures('request').find(
    (one) => one.format === client && one.name === 'reasoning',
  );
  // Through JSON, as a client would send it.
  const body = readObject(
    JSON.stringify(clientOf(client).goOn(readObject(request?.text ?? '{}'), answer)),
  );
  const { value } = ask({ ...question, body }).request;
  assert.deepEqual(sealsIn(lastAnswerOf(value)), sealsIn(due));
}

/** The last turn of the model in an upstream's request; of Responses all, since no other is sealed. */
function lastAnswerOf(body: JsonObject): JsonValue | undefined {
  if (body['input'] !== undefined) return body['input'];
  const turns = objects(body['messages'] ?? body['contents']);
  return turns.findLast(({ role }) => role === 'assistant' || role === 'model');
}

/** Everything sealed, in order, with what it seals. */
function sealsIn(value: JsonValue | undefined): readonly JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(sealsIn);
  if (!isObject(value)) return [];
  const { type, thinking, signature, data, thoughtSignature, functionCall, text } = value;
  const { id, summary } = value;
  if (type === 'thinking') return [{ thinking, signature }];
  if (type === 'redacted_thinking') return [{ data }];
  if (type === 'reasoning') return [{ id, summary, encrypted: value['encrypted_content'] }];
  if (thoughtSignature !== undefined) {
    return [
      { thoughtSignature, call: isObject(functionCall) ? functionCall['args'] : undefined, text },
    ];
  }
  return Object.values(value).flatMap(sealsIn);
}

function eventsOf(text: string): readonly JsonObject[] {
  return Array.from(text.matchAll(/^data: (\{.*)$/gm), ([, json = '']) => readObject(json));
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function first(value: JsonValue | undefined): JsonObject {
  return objects(value)[0] ?? {};
}
