import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readEnvelope } from '../../envelope.ts';
import type { AnswerContext } from '../../format.ts';
import type { Part, Seal } from '../../ir/part.ts';
import type { Finish } from '../../ir/response.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { openaiChat } from './index.ts';
import { answerContext, createLedger, features, plain } from './testing/exchange.ts';

const seal: Seal = { format: 'anthropic-messages', kind: 'signature', data: 'c2ln' };
const call: Part = {
  type: 'tool-call',
  id: 'a',
  name: 'look',
  kind: 'function',
  input: '{"at":1}',
};

interface Said {
  readonly finish?: Finish;
  readonly context?: AnswerContext;
}

function choiceOf(parts: readonly Part[], said: Said = {}): JsonObject {
  const { finish = { reason: 'stop' }, context = answerContext() } = said;
  const response = { id: 'msg_1', model: 'claude', candidates: [{ parts, finish }] };
  const { choices } = plain(openaiChat.client.encodeResponse(response, context));
  const [choice] = Array.isArray(choices) ? choices : [];
  assert.ok(isObject(choice));
  return choice;
}

function messageOf(parts: readonly Part[], said: Said = {}): JsonObject {
  const { message } = choiceOf(parts, said);
  assert.ok(isObject(message));
  return message;
}

test('the whole of an answer is written, under the model that was asked for', () => {
  const response = {
    id: 'msg_1',
    model: 'claude',
    candidates: [{ parts: [{ type: 'text', text: 'Hi' }], finish: { reason: 'stop' } }],
    usage: { fresh: 1, cacheRead: 2, cacheWrite: 3, text: 4, reasoning: 5 },
  } as const;
  assert.deepEqual(plain(openaiChat.client.encodeResponse(response, answerContext())), {
    id: 'chatcmpl-msg_1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'gpt-5',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hi', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: 6,
      completion_tokens: 9,
      total_tokens: 15,
      prompt_tokens_details: { cached_tokens: 2, cache_write_tokens: 3 },
      completion_tokens_details: { reasoning_tokens: 5 },
    },
  });
});

test('an id is kept, or made when there is none', () => {
  const idOf = (id: string): unknown =>
    openaiChat.client.encodeResponse({ id, model: '', candidates: [] }, answerContext())['id'];
  assert.equal(idOf('chatcmpl-7'), 'chatcmpl-7');
  assert.equal(idOf(''), 'chatcmpl-fresh');
});

describe('a message', () => {
  test('with calls alone has null for its content', () => {
    const { message, finish_reason } = choiceOf([call], { finish: { reason: 'tool-calls' } });
    assert.deepEqual(message, {
      role: 'assistant',
      content: null,
      refusal: null,
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'look', arguments: '{"at":1}' } },
      ],
    });
    assert.equal(finish_reason, 'tool_calls');
  });

  test('of which nothing is left has empty content', () => {
    const finish = { reason: 'length' } as const;
    assert.equal(messageOf([{ type: 'reasoning', text: 'hm' }], { finish })['content'], '');
  });

  test('bifrost#3767: calls without input have an empty object', () => {
    const { tool_calls } = messageOf([{ ...call, input: '' }]);
    assert.match(JSON.stringify(tool_calls), /"arguments":"\{\}"/);
  });

  test('holds free text of custom tools as it is', () => {
    const { tool_calls } = messageOf([{ ...call, kind: 'custom', input: 'ls' }]);
    assert.deepEqual(tool_calls, [
      { id: 'a', type: 'custom', custom: { name: 'look', input: 'ls' } },
    ]);
  });

  test('says why it was refused', () => {
    const explained = { reason: 'content-filter', message: 'Not that' } as const;
    const { message, finish_reason } = choiceOf([], { finish: explained });
    assert.deepEqual(message, { role: 'assistant', content: null, refusal: 'Not that' });
    assert.equal(finish_reason, 'content_filter');
    const own = messageOf([{ type: 'refusal', text: 'No' }], { finish: explained });
    assert.equal(own['refusal'], 'No');
  });

  test('says what became of a malformed call', () => {
    const finish = { reason: 'malformed-tool-call', message: 'Bad call' } as const;
    const { message, finish_reason } = choiceOf([], { finish });
    assert.deepEqual(message, { role: 'assistant', content: 'Bad call', refusal: null });
    assert.equal(finish_reason, 'stop');
  });

  test('cites in characters of the whole text', () => {
    const { annotations } = messageOf([
      { type: 'text', text: '😀 ' },
      { type: 'text', text: '😀 so', citations: [{ url: 'https://a.org', start: 3, end: 5 }] },
      { type: 'text', text: '!', citations: [{ url: 'https://b.org', title: 'B' }] },
    ]);
    const citation = (
      url: string,
      title: string,
      range: readonly [number, number],
    ): JsonObject => ({
      type: 'url_citation',
      url_citation: { url, title, start_index: range[0], end_index: range[1] },
    });
    assert.deepEqual(annotations, [
      citation('https://a.org', '', [4, 6]),
      citation('https://b.org', 'B', [6, 7]),
    ]);
  });

  test('holds pictures, and reports what it cannot hold', () => {
    const ledger = createLedger();
    const source = { type: 'base64', data: 'AAAA' } as const;
    const message = messageOf(
      [
        { type: 'media', media: 'image', mimeType: 'image/png', source },
        { type: 'media', media: 'audio', mimeType: 'audio/wav', source },
      ],
      { context: answerContext({}, ledger.report) },
    );
    const image_url = { url: 'data:image/png;base64,AAAA' };
    assert.deepEqual(message['images'], [{ type: 'image_url', image_url }]);
    assert.deepEqual(features(ledger), ['audio-output']);
  });

  test('gives the probabilities of its tokens', () => {
    const logprobs = [
      { token: 'Hi', logprob: -1, top: [{ token: 'Hi', logprob: -1, bytes: [1] }] },
    ];
    assert.deepEqual(choiceOf([{ type: 'text', text: 'Hi', logprobs }])['logprobs'], {
      content: [
        {
          token: 'Hi',
          logprob: -1,
          bytes: null,
          top_logprobs: [{ token: 'Hi', logprob: -1, bytes: [1] }],
        },
      ],
      refusal: null,
    });
  });
});

describe('seals', () => {
  test('of reasoning say how much of the text is theirs', () => {
    const { reasoning_content, reasoning_details } = messageOf([
      { type: 'reasoning', text: 'one' },
      { type: 'reasoning', text: 'three', seal },
      { type: 'reasoning', text: '', seal: { ...seal, kind: 'redacted' } },
      { type: 'reasoning', text: 'two' },
      { type: 'text', text: 'Hi', seal: { ...seal, format: 'gemini' } },
    ]);
    assert.equal(reasoning_content, 'onethreetwo');
    const details = Array.isArray(reasoning_details) ? reasoning_details : [];
    const read = details.map(({ type, index, signature, data }) => {
      const envelope = readEnvelope(String(signature ?? data));
      return [type, index, envelope?.binding, envelope?.seal?.format, envelope?.textLength];
    });
    assert.deepEqual(read, [
      ['reasoning.text', 0, 'self', undefined, 3],
      ['reasoning.text', 1, 'self', 'anthropic-messages', 5],
      ['reasoning.encrypted', 2, 'self', 'anthropic-messages', 0],
      ['reasoning.encrypted', 3, 'previous', 'gemini', undefined],
      ['reasoning.text', 4, 'self', undefined, 3],
    ]);
    const [, sealed] = details;
    assert.equal(readEnvelope(String(sealed.signature))?.seal?.model, 'claude-opus-5');
  });

  test('are not spoken of where there are none', () => {
    assert.equal(messageOf([{ type: 'reasoning', text: 'hm' }])['reasoning_details'], undefined);
  });

  test('of calls stand where Google puts them', () => {
    const { tool_calls } = messageOf([{ ...call, seal }]);
    const [, value = ''] = /"thought_signature":"([^"]+)"/.exec(JSON.stringify(tool_calls)) ?? [];
    assert.deepEqual(plain(readEnvelope(value)), {
      binding: 'self',
      seal: { ...seal, model: 'claude-opus-5' },
    });
  });
});

test('a client that spoke of functions gets its one function call', () => {
  const ledger = createLedger();
  const context = answerContext({ clientNotes: { legacyFunctions: true } }, ledger.report);
  const finish = { reason: 'tool-calls' } as const;
  const choice = choiceOf([call, { ...call, id: 'b' }], { finish, context });
  assert.deepEqual(choice['message'], {
    role: 'assistant',
    content: null,
    refusal: null,
    function_call: { name: 'look', arguments: '{"at":1}' },
  });
  assert.equal(choice['finish_reason'], 'function_call');
  assert.deepEqual(features(ledger), ['parallel-tool-calls']);
});
