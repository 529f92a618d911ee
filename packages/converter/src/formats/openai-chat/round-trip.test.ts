import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { explode } from '../../ir/collect.ts';
import type { Part, Seal, ToolCallPart } from '../../ir/part.ts';
import type { ChatRequest, Tool, Turn } from '../../ir/request.ts';
import type { ChatResponse } from '../../ir/response.ts';
import type { StreamPart } from '../../ir/stream.ts';
import { isObject, parseJson } from '../../json.ts';
import { withoutPaths } from '../../testing/without-paths.ts';
import { openaiChat } from './index.ts';
import {
  answerContext,
  chatRequest,
  chunksOf,
  collected,
  createLedger,
  decoded,
  decodedStream,
  plain,
  written,
} from './testing/exchange.ts';

const runs = { numRuns: 200 };
const word = fc
  .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
  .filter((text) => text.trim() !== '');
const name = fc.constantFrom('alpha', 'beta', 'gamma-delta');
const data = fc.base64String({ minLength: 4, maxLength: 12 });
const cache = fc.option(fc.constantFrom({}, { ttl: 'long' } as const), { nil: undefined });
const input = fc
  .dictionary(word, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
  .map((value) => JSON.stringify(value));

const image: fc.Arbitrary<Part> = fc.record({
  type: fc.constant('media'),
  media: fc.constant('image'),
  mimeType: fc.constant('image/x-icon'),
  source: fc.record({ type: fc.constant('base64'), data }),
  detail: fc.constantFrom('low', 'high', 'auto', 'original', undefined),
  cache,
});

/** A round: what the user says, and an assistant whose calls are answered. */
const round = fc.record({
  said: word,
  picture: fc.option(image, { nil: undefined }),
  author: fc.option(fc.constantFrom('Ada', 'Bob'), { nil: undefined }),
  thought: fc.option(word, { nil: undefined }),
  answer: word,
  calls: fc.array(fc.record({ name, input, result: word }), { maxLength: 3 }),
});

type Round = typeof round extends fc.Arbitrary<infer T> ? T : never;

function turnsOf(rounds: readonly Round[]): readonly Turn[] {
  return rounds.flatMap(({ said, picture, author, thought, answer, calls }, at) => {
    const text: Part = { type: 'text', text: said };
    const madeCalls = calls.map(
      (call, ordinal): ToolCallPart => ({
        type: 'tool-call',
        id: `call_${at}_${ordinal}`,
        name: call.name,
        kind: 'function',
        input: call.input,
      }),
    );
    const user: Turn = {
      role: 'user',
      parts: picture === undefined ? [text] : [text, picture],
      name: author,
    };
    const assistant: Turn = {
      role: 'assistant',
      parts: [
        ...(thought === undefined ? [] : [{ type: 'reasoning' as const, text: thought }]),
        { type: 'text', text: answer },
        ...madeCalls,
      ],
    };
    const results: Turn = {
      role: 'user',
      parts: calls.map(({ result }, ordinal) => ({
        type: 'tool-result',
        callId: `call_${at}_${ordinal}`,
        isError: false,
        content: [{ type: 'text', text: result }],
      })),
    };
    return calls.length === 0 ? [user, assistant] : [user, assistant, results];
  });
}

const schema = fc.constant({ type: 'object', properties: { at: { type: 'string' } } });
const tools: fc.Arbitrary<readonly Tool[]> = fc.uniqueArray(
  fc.oneof(
    fc.record({
      type: fc.constant('function'),
      name,
      description: fc.option(word, { nil: undefined }),
      schema,
      strict: fc.option(fc.boolean(), { nil: undefined }),
    }),
    fc.record({
      type: fc.constant('custom'),
      name: fc.constantFrom('run', 'walk'),
      grammar: fc.option(fc.constant({ syntax: 'lark', definition: 'start: "x"' }), {
        nil: undefined,
      }),
    }),
  ),
  { selector: (tool) => tool.name, maxLength: 4 },
);

const optional = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(values, { nil: undefined });

const settings = fc.record({
  stream: fc.boolean(),
  output: fc.constantFrom(
    undefined,
    { type: 'json' } as const,
    {
      type: 'schema',
      name: 'N',
      schema: { type: 'object' },
      strict: true,
    } as const,
  ),
  reasoning: fc.constantFrom(
    undefined,
    { mode: 'off' } as const,
    {
      mode: 'on',
      effort: 'high',
    } as const,
  ),
  outputTokensMax: optional(fc.integer({ min: 1, max: 9999 })),
  candidates: optional(fc.integer({ min: 2, max: 5 })),
  logprobs: optional(fc.record({ top: fc.integer({ min: 0, max: 20 }) })),
  verbosity: fc.constantFrom(undefined, 'low' as const),
  user: optional(fc.constant('user-1')),
  cacheKey: optional(fc.constant('key-1')),
  serviceTier: fc.constantFrom(undefined, 'flex' as const),
  sampling: fc.record({
    temperature: optional(fc.integer({ min: 0, max: 2 })),
    topP: optional(fc.constant(0.5)),
    presencePenalty: optional(fc.constant(1)),
    frequencyPenalty: optional(fc.constant(-1)),
    seed: optional(fc.integer({ min: 0 })),
    stop: optional(fc.array(word, { minLength: 1, maxLength: 4 })),
    logitBias: optional(fc.constant({ 17: -100 })),
  }),
});

test('what this format can say of a request comes back as it was, without a loss', () => {
  fc.assert(
    fc.property(
      fc.record({
        rounds: fc.array(round, { minLength: 1, maxLength: 3 }),
        instruction: fc.option(word, { nil: undefined }),
        tools,
        settings,
        parallel: fc.boolean(),
      }),
      ({ rounds, instruction, tools, settings, parallel }) => {
        const system =
          instruction === undefined ? [] : [{ text: instruction, role: 'system' as const }];
        const toolChoice = tools.length === 0 ? undefined : { mode: 'auto' as const, parallel };
        const turns = turnsOf(rounds);
        const request = chatRequest({ ...settings, system, turns, tools, toolChoice });
        const ledger = createLedger();
        const body = plain(openaiChat.upstream.encodeRequest(request, ledger.report));
        const back = withoutPaths(openaiChat.client.decodeRequest(body, {}, ledger.report));
        const due: ChatRequest = plain({ ...request, streamUsage: request.stream });
        assert.deepEqual(plain(back), due);
        assert.deepEqual(ledger.losses, []);
      },
    ),
    runs,
  );
});

const seal: fc.Arbitrary<Seal> = fc.record({
  format: fc.constant('anthropic-messages'),
  model: fc.constant('claude-opus-5'),
  kind: fc.constant('signature'),
  data,
});
const callSeal: fc.Arbitrary<Seal> = seal.map((value) => ({ ...value, format: 'gemini' }));

const answer = fc
  .record({
    thoughts: fc.array(fc.record({ text: word, seal: optional(seal) }), { maxLength: 3 }),
    text: word,
    textSeal: optional(callSeal),
    calls: fc.array(fc.record({ name, input, seal: optional(callSeal) }), { maxLength: 3 }),
  })
  .map(({ thoughts, text, textSeal, calls }): readonly Part[] => [
    ...thoughts.map((thought) => ({ type: 'reasoning' as const, ...thought })),
    { type: 'text', text, seal: textSeal },
    ...calls.map((call, at) => ({
      type: 'tool-call' as const,
      id: `call_${at}`,
      kind: 'function' as const,
      ...call,
    })),
  ]);

function responseOf(parts: readonly Part[]): ChatResponse {
  const hasCalls = parts.some(({ type }) => type === 'tool-call');
  const finish = { reason: hasCalls ? 'tool-calls' : 'stop' } as const;
  const usage = { fresh: 5, text: 6 };
  return { id: 'msg_1', model: 'claude-opus-5', candidates: [{ parts, finish }], usage };
}

/** Neighbours without a seal between them are one: where one ends is said by seals alone. */
function joined(parts: readonly Part[]): readonly Part[] {
  return parts.reduce<readonly Part[]>((done, part) => {
    const last = done.at(-1);
    if (part.type !== 'reasoning' || last?.type !== 'reasoning') return [...done, part];
    if (part.seal !== undefined || last.seal !== undefined) return [...done, part];
    return [...done.slice(0, -1), { ...last, text: last.text + part.text }];
  }, []);
}

test('an answer that the client sends back, whole or streamed, is what the model said', () => {
  fc.assert(
    fc.property(answer, (parts) => {
      const response = responseOf(parts);
      const body = plain(openaiChat.client.encodeResponse(response, answerContext()));
      const choices = Array.isArray(body['choices']) ? body['choices'] : [];
      const messages = [{ role: 'user', content: 'Hi' }, choices[0].message];
      assert.deepEqual(historyOf(messages), plain(joined(parts)));
      const events: StreamPart[] = [];
      explode(response, (event) => void events.push(event));
      const streamed = [{ role: 'user', content: 'Hi' }, accumulated(written(events))];
      assert.deepEqual(historyOf(streamed), plain(joined(parts)));
    }),
    runs,
  );
});

function historyOf(messages: readonly object[]): readonly Part[] {
  const body = parseJson(JSON.stringify({ model: 'gpt-5', messages }));
  assert.ok(isObject(body));
  const { turns } = decoded(body);
  return joined(turns[1]?.parts ?? []);
}

/** As a client that knows `reasoning_details` puts a message together. */
function accumulated(text: string): object {
  const message = { role: 'assistant', content: '', reasoning_content: '' };
  const details: unknown[] = [];
  const calls: { function: { arguments: string } }[] = [];
  for (const { choices } of chunksOf(text)) {
    const delta = Array.isArray(choices) ? (choices[0]?.delta ?? {}) : {};
    message.content += delta.content ?? '';
    message.reasoning_content += delta.reasoning_content ?? '';
    details.push(...(delta.reasoning_details ?? []));
    for (const call of delta.tool_calls ?? []) {
      const known = calls[call.index];
      if (known === undefined) calls[call.index] = call;
      else known.function.arguments += call.function.arguments;
    }
  }
  return { ...message, reasoning_details: details, tool_calls: calls };
}

test('a stream that was written is read as the answer that it holds', () => {
  fc.assert(
    fc.property(answer, (parts) => {
      const bare = parts.map((part) => ('seal' in part ? { ...part, seal: undefined } : part));
      const response = plain(responseOf(joined(bare)));
      const events: StreamPart[] = [];
      explode(response, (event) => void events.push(event));
      const chunks = chunksOf(written(events));
      const read = collected(decodedStream([...chunks, '[DONE]']).parts);
      const raw = response.candidates[0]?.finish.reason === 'stop' ? 'stop' : 'tool_calls';
      assert.deepEqual(read, {
        ...response,
        id: 'chatcmpl-msg_1',
        model: 'gpt-5',
        candidates: response.candidates.map(({ parts, finish }) => ({
          parts,
          finish: { ...finish, raw },
        })),
      });
    }),
    runs,
  );
});
