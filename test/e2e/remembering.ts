/** Providers that remember nothing, scripted to think and to call a tool; and a client that trusts in an id alone. */
import assert from 'node:assert/strict';
import type OpenAI from 'openai';
import { answers, json, type Script, sse } from './scripted-upstream.ts';

export interface Foreign {
  readonly provider: 'anthropic' | 'gemini' | 'openai-compatible';
  readonly model: string;
  calling(stream: boolean): Script;
  speaking(stream: boolean): Script;
  /** The last request of five turns, three of which called the tool. */
  checkWhole(body: Record<string, unknown>): void;
}

type Answered = OpenAI.Responses.Response;

const tool: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'look_up',
  description: 'looks a city up',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: false,
};

interface Turn {
  readonly stream: boolean;
  readonly input: string | OpenAI.Responses.ResponseInput;
  readonly previous_response_id?: string;
}

export async function oneTurn(openai: OpenAI, model: string, turn: Turn): Promise<Answered> {
  const { stream, ...said } = turn;
  const reasoning = { effort: 'low', summary: 'auto' } as const;
  const body = { model, tools: [tool], reasoning, ...said };
  return stream ? openai.responses.stream(body).finalResponse() : openai.responses.create(body);
}

interface Round {
  readonly stream: boolean;
  readonly last: Answered;
  readonly city: string;
}

/** Answers the call that the last answer ended with, and nothing more. */
export async function toolRound(
  openai: OpenAI,
  model: string,
  { stream, last, city }: Round,
): Promise<Answered> {
  const call = last.output.find((item) => item.type === 'function_call');
  assert.ok(call, 'a call was expected');
  return oneTurn(openai, model, {
    stream,
    previous_response_id: last.id,
    input: [{ type: 'function_call_output', call_id: call.call_id, output: `snow in ${city}` }],
  });
}

function events(list: readonly (object & { readonly type?: string })[], stream: boolean): Script {
  return (response) => {
    sse(response);
    for (const event of list) {
      const name = stream && event.type !== undefined ? `event: ${event.type}\n` : '';
      response.write(`${name}data: ${JSON.stringify(event)}\n\n`);
    }
    response.end();
  };
}

let calls = 0;

const thought = { type: 'thinking', thinking: 'hm', signature: 'c2lnbmVk' } as const;

const claude: Foreign = {
  provider: 'anthropic',
  model: 'claude-sonnet-4-5',
  calling: (stream) => (response, asked) => {
    calls += 1;
    const use = { type: 'tool_use', id: `toolu_${calls}`, name: 'look_up' } as const;
    const script = stream
      ? events(claudeEvents('tool_use', use), true)
      : json({
          ...answers.messages,
          stop_reason: 'tool_use',
          content: [thought, { ...use, input: { city: 'Oslo' } }],
        });
    return script(response, asked);
  },
  speaking: (stream) =>
    stream ? events(claudeEvents('end_turn', undefined), true) : json(answers.messages),
  checkWhole({ messages }) {
    const text = JSON.stringify(messages);
    assert.equal(text.match(/"signature":"c2lnbmVk"/g)?.length, 3);
    assert.equal(text.match(/"type":"tool_use"/g)?.length, 3);
    assert.deepEqual(snowIn(text), ['Bergen', 'Bodø', 'Oslo']);
  },
};

function claudeEvents(reason: string, use: object | undefined) {
  const start = { ...answers.messages, content: [], stop_reason: null };
  const block = (index: number, content_block: object, delta: object) => [
    { type: 'content_block_start', index, content_block },
    { type: 'content_block_delta', index, delta },
  ];
  const called = [
    ...block(
      0,
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'thinking_delta', thinking: 'hm' },
    ),
    {
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'signature_delta', signature: 'c2lnbmVk' },
    },
    { type: 'content_block_stop', index: 0 },
    ...block(
      1,
      { ...use, input: {} },
      { type: 'input_json_delta', partial_json: '{"city":"Oslo"}' },
    ),
    { type: 'content_block_stop', index: 1 },
  ];
  const spoken = [
    ...block(0, { type: 'text', text: '' }, { type: 'text_delta', text: 'hello' }),
    { type: 'content_block_stop', index: 0 },
  ];
  return [
    { type: 'message_start', message: start },
    ...(use === undefined ? spoken : called),
    {
      type: 'message_delta',
      delta: { stop_reason: reason, stop_sequence: null },
      usage: { output_tokens: 2 },
    },
    { type: 'message_stop' },
  ];
}

const geminiCall = {
  ...answers.gemini,
  candidates: [
    {
      content: {
        role: 'model',
        parts: [
          {
            functionCall: { name: 'look_up', args: { city: 'Oslo' } },
            thoughtSignature: 'c2lnbmVk',
          },
        ],
      },
      finishReason: 'STOP',
      index: 0,
    },
  ],
};

const geminiProvider: Foreign = {
  provider: 'gemini',
  model: 'gemini-3-pro-preview',
  calling: (stream) => (stream ? events([geminiCall], false) : json(geminiCall)),
  speaking: (stream) => (stream ? events([answers.gemini], false) : json(answers.gemini)),
  checkWhole({ contents }) {
    const text = JSON.stringify(contents);
    assert.equal(text.match(/"thoughtSignature":"c2lnbmVk"/g)?.length, 3);
    assert.equal(text.match(/"functionCall"/g)?.length, 3);
    assert.deepEqual(snowIn(text), ['Bergen', 'Bodø', 'Oslo']);
  },
};

function chatCall() {
  calls += 1;
  return {
    id: `call_${calls}`,
    type: 'function',
    function: { name: 'look_up', arguments: '{"city":"Oslo"}' },
  };
}

const chatProvider: Foreign = {
  provider: 'openai-compatible',
  model: 'some-model',
  calling: (stream) => (response, asked) => {
    const message = { role: 'assistant', content: null, tool_calls: [chatCall()] };
    const script = stream
      ? events(
          chatEvents(
            { ...message, tool_calls: [{ index: 0, ...message.tool_calls[0] }] },
            'tool_calls',
          ),
          false,
        )
      : json({ ...answers.chat, choices: [{ index: 0, message, finish_reason: 'tool_calls' }] });
    return script(response, asked);
  },
  speaking: (stream) =>
    stream
      ? events(chatEvents({ role: 'assistant', content: 'hello' }, 'stop'), false)
      : json(answers.chat),
  checkWhole({ messages }) {
    const text = JSON.stringify(messages);
    assert.equal(text.match(/"tool_calls"/g)?.length, 3);
    assert.deepEqual(snowIn(text), ['Bergen', 'Bodø', 'Oslo']);
  },
};

function chatEvents(delta: object, finish: string) {
  const chunk = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o' };
  return [
    { ...chunk, choices: [{ index: 0, delta, finish_reason: null }] },
    { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: finish }] },
  ];
}

function snowIn(text: string): readonly string[] {
  return Array.from(text.matchAll(/snow in ([^"\\]+)/g), ([, city = '']) => city);
}

export const foreignProviders: readonly Foreign[] = [claude, geminiProvider, chatProvider];
