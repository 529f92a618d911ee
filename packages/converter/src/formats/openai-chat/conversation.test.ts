/** What a conversation of this format keeps from request to request. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../json.ts';
import { OUTLINE_FIRST } from '../../outline.ts';
import { conversation } from './conversation.ts';

const system = { role: 'system', content: 'be brief' };
const user = { role: 'user', content: 'hello' };
const assistant = { role: 'assistant', content: 'yes?' };

describe('a conversation', () => {
  const table: readonly (readonly [string, JsonObject, ReturnType<typeof conversation>])[] = [
    [
      'starts with instructions and the first message of the user',
      { messages: [system, { ...system, role: 'developer' }, user] },
      {
        start: [system, { ...system, role: 'developer' }, user],
        isContinued: false,
        cacheKey: undefined,
      },
    ],
    [
      'starts the same when it goes on',
      { messages: [system, user, assistant, { role: 'user', content: 'more' }] },
      { start: [system, user], isContinued: true, cacheKey: undefined },
    ],
    [
      'may have instructions only',
      { messages: [system] },
      { start: [system], isContinued: false, cacheKey: undefined },
    ],
    [
      'starts the same in an outline, which lacks the middle of long lists',
      { messages: [...Array.from({ length: OUTLINE_FIRST + 2 }, () => system), user] },
      {
        start: Array.from({ length: OUTLINE_FIRST }, () => system),
        isContinued: false,
        cacheKey: undefined,
      },
    ],
    [
      'may be named by the client',
      { messages: [user], prompt_cache_key: 'k' },
      { start: [user], isContinued: false, cacheKey: 'k' },
    ],
    [
      'is nothing where there is nothing',
      { messages: 'hello', prompt_cache_key: 7 },
      { start: [], isContinued: false, cacheKey: undefined },
    ],
    [
      'may hold what is no message',
      { messages: [null, 'hello', user] },
      { start: [null, 'hello', user], isContinued: false, cacheKey: undefined },
    ],
  ];
  for (const [name, body, expected] of table) {
    it(name, () => {
      assert.deepEqual(conversation(body), expected);
    });
  }
});
