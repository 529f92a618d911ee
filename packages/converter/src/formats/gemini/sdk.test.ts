import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Chat, GoogleGenAI } from '@google/genai';
import { explode } from '../../ir/collect.ts';
import type { Part, Seal } from '../../ir/part.ts';
import type { ChatResponse } from '../../ir/response.ts';
import type { StreamPart } from '../../ir/stream.ts';
import { withoutPaths } from '../../testing/without-paths.ts';
import { gemini } from './index.ts';
import { answerContext, decoded, plain, written } from './testing/exchange.ts';

const place = { candidate: 0, index: 0 } as const;
const answer: readonly StreamPart[] = [
  { type: 'message-start', id: 'msg_1', model: 'claude-opus-5' },
  { type: 'reasoning-start', ...place },
  { type: 'reasoning-delta', ...place, text: 'hm' },
  {
    type: 'reasoning-end',
    ...place,
    seal: { format: 'anthropic-messages', kind: 'signature', data: 'c2ln' },
  },
  { type: 'text-start', candidate: 0, index: 1 },
  { type: 'text-delta', candidate: 0, index: 1, text: 'Let me ' },
  { type: 'text-delta', candidate: 0, index: 1, text: 'see. 😀' },
  { type: 'text-end', candidate: 0, index: 1 },
  {
    type: 'tool-call-start',
    candidate: 0,
    index: 2,
    id: 'toolu_1',
    name: 'look',
    kind: 'function',
  },
  { type: 'tool-call-delta', candidate: 0, index: 2, input: '{"at":' },
  { type: 'tool-call-delta', candidate: 0, index: 2, input: '"sky"}' },
  { type: 'tool-call-end', candidate: 0, index: 2 },
  { type: 'finish', candidate: 0, finish: { reason: 'tool-calls', raw: 'tool_use' } },
  { type: 'message-end', usage: { fresh: 5, text: 9, reasoning: 2 } },
];

/** A chat of Google's own library that gets its answers from us. */
function chatWith(writes: readonly string[], type = 'text/event-stream'): Chat {
  const encoder = new TextEncoder();
  const body = (): ReadableStream =>
    new ReadableStream({
      start(controller) {
        for (const text of writes) controller.enqueue(encoder.encode(text));
        controller.close();
      },
    });
  const headers = { 'content-type': type };
  const fetch = (): Promise<Response> => Promise.resolve(new Response(body(), { headers }));
  const client = new GoogleGenAI({ apiKey: 'none', httpOptions: { fetch } });
  return client.chats.create({ model: 'gemini-3-flash' });
}

test('Google’s library reads a stream to its end and keeps all of it for the next turn', async () => {
  const chat = chatWith(written(answer, answerContext()));
  let text = '';
  let last: unknown;
  for await (const chunk of await chat.sendMessageStream({ message: 'Hi' })) {
    for (const part of chunk.candidates?.[0]?.content?.parts ?? []) text += part.text ?? '';
    last = [
      chunk.candidates?.[0]?.finishReason,
      chunk.usageMetadata?.totalTokenCount,
      chunk.responseId,
    ];
  }
  assert.equal(text, 'Let me see. 😀');
  assert.deepEqual(last, ['STOP', 16, 'msg_1']);

  const { turns } = decoded({ contents: plain(chat.getHistory(true)) as never });
  assert.deepEqual(turns, [
    { role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
    {
      role: 'assistant',
      parts: [
        {
          type: 'reasoning',
          text: 'hm',
          seal: {
            format: 'anthropic-messages',
            model: 'claude-opus-5',
            kind: 'signature',
            data: 'c2ln',
          },
        },
        { type: 'text', text: 'Let me see. 😀' },
        { type: 'tool-call', id: 'toolu_1', name: 'look', kind: 'function', input: '{"at":"sky"}' },
      ],
    },
  ]);
});

test('two signed thoughts in a row come back in order from what Google’s library keeps', async () => {
  const seal = (data: string): Seal => ({ format: 'anthropic-messages', kind: 'signature', data });
  const first: Part = { type: 'reasoning', text: 'One.', seal: seal('b25l') };
  const second: Part = { type: 'reasoning', text: 'Two.', seal: seal('dHdv') };
  const parts: readonly Part[] = [first, second, { type: 'text', text: 'Hi' }];
  const whole: ChatResponse = {
    id: 'msg_1',
    model: 'claude-opus-5',
    candidates: [{ parts, finish: { reason: 'stop' } }],
  };
  const streamed: StreamPart[] = [];
  explode(whole, (part) => streamed.push(part));
  const bound = parts.map((part) =>
    part.type === 'reasoning' ? { ...part, seal: { ...part.seal, model: 'claude-opus-5' } } : part,
  );
  for (const visible of [true, false]) {
    const context = answerContext({ reasoning: { mode: 'on', visible } });
    const live = chatWith(written(streamed, context));
    for await (const chunk of await live.sendMessageStream({ message: 'Hi' })) assert.ok(chunk);
    const answer = JSON.stringify(gemini.client.encodeResponse(whole, context));
    const plainly = chatWith([answer], 'application/json');
    await plainly.sendMessage({ message: 'Hi' });
    for (const chat of [live, plainly]) {
      const { turns } = decoded({ contents: plain(chat.getHistory(true)) as never });
      assert.deepEqual(turns.at(-1), { role: 'assistant', parts: bound });
    }
  }
});

test('Google’s library raises an error that comes inside a stream', async () => {
  const failed: readonly StreamPart[] = [
    ...answer.slice(0, 7),
    { type: 'stream-error', error: { kind: 'overloaded', status: 529, message: 'busy' } },
  ];
  const chat = chatWith(written(failed, answerContext()));
  const read = async (): Promise<void> => {
    for await (const chunk of await chat.sendMessageStream({ message: 'Hi' })) assert.ok(chunk);
  };
  await assert.rejects(read(), { name: 'ApiError', status: 503 });
});

test('what Google’s library sends is recognised and read', async () => {
  let seen: unknown;
  const fetch = async (
    input: unknown,
    init?: { method?: string; body?: unknown },
  ): Promise<Response> => {
    const url = new URL(String(input));
    const body = JSON.parse(String(init?.body));
    const recognition = gemini.client.recognize({
      method: init?.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      header: () => undefined,
      body,
    });
    const request = gemini.client.decodeRequest(body, recognition.path() ?? {}, () =>
      assert.fail('a loss'),
    );
    seen = plain({ ...withoutPaths(request), turns: request.turns.length });
    return new Response(JSON.stringify({ candidates: [] }));
  };
  const client = new GoogleGenAI({ apiKey: 'none', httpOptions: { fetch } });
  await client.models.generateContent({
    model: 'gemini-3-flash',
    contents: 'Hi',
    config: {
      systemInstruction: 'Be brief.',
      temperature: 0.5,
      tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: { type: 'object' } }] }],
      responseMimeType: 'application/json',
      thinkingConfig: { thinkingBudget: -1 },
    },
  });
  assert.deepEqual(seen, {
    model: 'gemini-3-flash',
    stream: false,
    streamUsage: true,
    system: [{ role: 'system', text: 'Be brief.' }],
    turns: 1,
    tools: [{ type: 'function', name: 'f', schema: { type: 'object' } }],
    sampling: { temperature: 0.5 },
    reasoning: { mode: 'auto' },
    output: { type: 'json' },
  });
});
