/** An answer that somebody keeps is told under the id that it is kept by. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeResponse } from './encode-response.ts';
import { encodeStream } from './encode-stream.ts';
import { answerContext } from './testing/client.ts';

const response = {
  id: 'msg_1',
  model: 'x',
  candidates: [{ parts: [{ type: 'text', text: 'hello' }], finish: { reason: 'stop' } }],
} as const;

const kept = { id: 'resp_kept', previousId: 'resp_before' };

test('a kept answer has the id of its keeper, and says that it is stored and what it goes on from', () => {
  const whole = encodeResponse(response, { ...answerContext(), kept });
  assert.deepEqual(
    [whole['id'], whole['store'], whole['previous_response_id']],
    ['resp_kept', true, 'resp_before'],
  );
});

test('an answer that nobody keeps has the id of its upstream, and says that it is not stored', () => {
  const whole = encodeResponse(response, answerContext());
  assert.deepEqual(
    [whole['id'], whole['store'], whole['previous_response_id']],
    ['resp_msg_1', false, null],
  );
});

test('a stream tells its id in every event that has one', () => {
  const encoder = encodeStream({ ...answerContext(), kept });
  const texts: string[] = [];
  const write = (text: string): unknown => texts.push(text);
  encoder.push({ type: 'message-start', id: 'msg_1', model: 'x' }, write);
  encoder.push({ type: 'message-end' }, write);
  const told = texts.join('').match(/"response":\{"id":"[^"]*"/g) ?? [];
  assert.ok(told.length >= 3);
  assert.deepEqual(new Set(told), new Set(['"response":{"id":"resp_kept"']));
});
