import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Recognition } from '../../format.ts';
import type { JsonObject } from '../../json.ts';
import { openaiChat } from './index.ts';

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
}

function recognize({ method = 'POST', path = '/', headers = {}, body }: Asked): Recognition {
  return openaiChat.client.recognize({
    method,
    path,
    query: new URLSearchParams(),
    header: (name) => headers[name],
    body,
  });
}

describe('the path', () => {
  for (const path of [
    '/v1/chat/completions',
    '/chat/completions',
    '/v1/v1/chat/completions',
    '/v1/chat/completions/',
    '/openai/v1/chat/completions',
  ]) {
    test(`${path} is ours`, () => assert.deepEqual(recognize({ path }).path(), {}));
  }

  test('of Azure names the model', () => {
    const path = '/openai/deployments/gpt-5/chat/completions';
    assert.deepEqual(recognize({ path }).path(), { model: 'gpt-5' });
  });

  test('of anything else is not', () => {
    assert.equal(recognize({ path: '/v1/chat/completions', method: 'GET' }).path(), undefined);
    for (const path of ['/v1/messages', '/v1/responses', '/x/v1/chat/completions']) {
      assert.equal(recognize({ path }).path(), undefined);
    }
  });
});

test('headers of OpenAI’s organisations are ours', () => {
  const headers = { 'openai-project': 'p' };
  assert.equal(recognize({ headers }).header(), 'openai-project');
  assert.equal(recognize({ headers: { 'anthropic-version': 'x' } }).header(), undefined);
});

describe('the body', () => {
  const marks = (body: JsonObject): readonly string[] => recognize({ body }).body();
  const user = { role: 'user', content: 'Hi' };

  test('that any format could have says nothing', () => {
    assert.deepEqual(marks({ model: 'a', max_tokens: 5, messages: [user], stream: true }), []);
    assert.deepEqual(marks({ contents: [], n: 1 }), []);
    assert.deepEqual(
      marks({ messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] }),
      [],
    );
  });

  test('is known by fields, tools, roles and parts', () => {
    const look = { type: 'function', function: { name: 'look' } };
    assert.deepEqual(marks({ messages: [user], stream_options: {} }), ['stream_options']);
    assert.deepEqual(marks({ messages: [user], tools: [look] }), ['tools[].function']);
    assert.deepEqual(marks({ messages: [{ role: 'system', content: 'Be' }, user] }), [
      'messages[0].role=system',
    ]);
    const last = { role: 'tool', tool_call_id: 'a', content: '' };
    const called = { role: 'assistant', tool_calls: [] };
    const messages = [...Array.from({ length: 20 }, () => user), called, last];
    assert.deepEqual(marks({ messages }), ['messages[].tool_calls', 'messages[].role=tool']);
    const image = { type: 'image_url', image_url: { url: '' } };
    assert.deepEqual(marks({ messages: [{ role: 'user', content: [image, image] }] }), [
      'content[].type=image_url',
    ]);
  });

  test('of Cursor with tools of Anthropic’s shape stays ours', () => {
    const tools = [{ name: 'look', input_schema: {} }];
    const messages = [{ role: 'system', content: 'Be' }, user];
    assert.deepEqual(marks({ messages, tools }), ['messages[0].role=system']);
  });
});
