/** What one translator is told of an exchange reaches both forms of its answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openaiChat, openaiResponses } from './formats/index.ts';
import { createTranslator } from './translate.ts';

test('items of a kept answer have the ids that its keeper gives them, whole and streamed', () => {
  const environment = { newId: (prefix: string) => `${prefix}fresh`, nowSeconds: () => 1 };
  const translator = createTranslator({
    client: openaiResponses,
    upstream: openaiChat,
    body: { model: 'a', input: 'Hi' },
    environment,
    kept: { id: 'resp_kept', newItemId: (prefix) => `${prefix}kept` },
  });
  const whole = translator.response({
    id: 'a',
    model: 'a',
    choices: [
      { index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' },
    ],
  });
  const stream = translator.stream(() => {});
  const chunk = { id: 'a', model: 'a', choices: [{ index: 0, delta: { content: 'Hello' } }] };
  const streamed = stream.push(Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`)) + stream.end();
  for (const text of [JSON.stringify(whole.value), streamed]) {
    assert.match(text, /"id":"msg_kept"/);
    assert.doesNotMatch(text, /fresh/);
  }
});
