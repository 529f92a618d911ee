import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import type { StreamPart } from '../../ir/stream.ts';
import { openaiChat } from './index.ts';
import { answerContext, written } from './testing/exchange.ts';

const seal = { format: 'anthropic-messages', kind: 'signature', data: 'c2ln' } as const;
const answer: readonly StreamPart[] = [
  { type: 'message-start', id: 'msg_1', model: 'claude' },
  { type: 'reasoning-start', candidate: 0, index: 0 },
  { type: 'reasoning-delta', candidate: 0, index: 0, text: 'hm' },
  { type: 'reasoning-end', candidate: 0, index: 0, seal },
  { type: 'ping' },
  { type: 'text-start', candidate: 0, index: 1 },
  { type: 'text-delta', candidate: 0, index: 1, text: 'Let me ' },
  { type: 'text-delta', candidate: 0, index: 1, text: 'see. 😀' },
  { type: 'text-end', candidate: 0, index: 1 },
  { type: 'tool-call-start', candidate: 0, index: 2, id: 'a', name: 'look', kind: 'function' },
  { type: 'tool-call-delta', candidate: 0, index: 2, input: '{"at":' },
  { type: 'tool-call-delta', candidate: 0, index: 2, input: '"sky"}' },
  { type: 'tool-call-end', candidate: 0, index: 2 },
  { type: 'tool-call-start', candidate: 0, index: 3, id: 'b', name: 'hear', kind: 'function' },
  { type: 'tool-call-end', candidate: 0, index: 3 },
  { type: 'finish', candidate: 0, finish: { reason: 'tool-calls' } },
  { type: 'message-end', usage: { fresh: 5, text: 9, reasoning: 2 } },
];

/** OpenAI's own library, which gets its answers from us. */
function clientFor(text: string, status = 200): OpenAI {
  const type = status === 200 ? 'text/event-stream' : 'application/json';
  return new OpenAI({
    apiKey: 'none',
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(text, { status, headers: { 'content-type': type } })),
  });
}

const ask = {
  model: 'gpt-5',
  messages: [{ role: 'user', content: 'Hi' }],
  stream_options: { include_usage: true },
  tools: ['look', 'hear'].map((name) => ({
    type: 'function' as const,
    function: { name, strict: true, parameters: { type: 'object', properties: {} } },
  })),
} satisfies Parameters<OpenAI['chat']['completions']['stream']>[0];

test('OpenAI’s library puts a stream together', async () => {
  const stream = clientFor(written(answer)).chat.completions.stream(ask);
  const completion = await stream.finalChatCompletion();
  const [choice] = completion.choices;
  assert.equal(choice?.message.content, 'Let me see. 😀');
  assert.equal(choice?.finish_reason, 'tool_calls');
  const calls = choice?.message.tool_calls?.map((call) =>
    call.type === 'function' ? [call.id, call.function.name, call.function.arguments] : [],
  );
  assert.deepEqual(calls, [
    ['a', 'look', '{"at":"sky"}'],
    ['b', 'hear', '{}'],
  ]);
  assert.equal(completion.usage?.total_tokens, 16);
});

test('OpenAI’s library throws when a stream fails midway', async () => {
  const error = { kind: 'overloaded', status: 529, message: 'busy' } as const;
  const text = written([...answer.slice(0, 8), { type: 'stream-error', error }]);
  const stream = clientFor(text).chat.completions.stream(ask);
  await assert.rejects(stream.finalChatCompletion(), /busy/);
  const raw = await clientFor(text).chat.completions.create({ ...ask, stream: true });
  await assert.rejects(async () => {
    for await (const chunk of raw) assert.ok(chunk.choices);
  }, /busy/);
});

test('OpenAI’s library reads errors by their status', async () => {
  const { status, body } = openaiChat.client.encodeError({
    kind: 'rate-limited',
    status: 429,
    message: 'slow down',
  });
  const call = clientFor(JSON.stringify(body), status).chat.completions.create(ask);
  await assert.rejects(call, (cause) => {
    assert.ok(cause instanceof OpenAI.RateLimitError);
    assert.equal(cause.code, 'rate_limit_exceeded');
    return true;
  });
});

test('OpenAI’s library reads the deprecated call of a stream', async () => {
  const context = answerContext({ clientNotes: { legacyFunctions: true } });
  const raw = await clientFor(written(answer, context)).chat.completions.create({
    ...ask,
    stream: true,
  });
  let input = '';
  let finish: string | null | undefined;
  for await (const { choices } of raw) {
    input += choices[0]?.delta.function_call?.arguments ?? '';
    finish = choices[0]?.finish_reason ?? finish;
  }
  assert.equal(input, '{"at":"sky"}');
  assert.equal(finish, 'function_call');
});
