/** What a conversation of this format keeps from request to request. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../json.ts';
import { conversation } from './conversation.ts';

const user = { role: 'user', content: 'hello' };
const assistant = { role: 'assistant', content: 'yes?' };

describe('a conversation', () => {
  const table: readonly (readonly [string, JsonObject, ReturnType<typeof conversation>])[] = [
    [
      'starts with the system prompt and the first message',
      { system: 'be brief', messages: [user] },
      { start: ['be brief', user], isContinued: false },
    ],
    [
      'starts the same when it goes on',
      { system: 'be brief', messages: [user, assistant, { role: 'user', content: 'more' }] },
      { start: ['be brief', user], isContinued: true },
    ],
    ['needs no system prompt', { messages: [user] }, { start: [null, user], isContinued: false }],
    [
      'is nothing where there is nothing',
      { messages: {} },
      { start: [null, null], isContinued: false },
    ],
  ];
  for (const [name, body, expected] of table) {
    it(name, () => {
      assert.deepEqual(conversation(body), expected);
    });
  }
});
