/** What a conversation of this format keeps from request to request. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../json.ts';
import { conversation } from './conversation.ts';

const system = { parts: [{ text: 'be brief' }] };
const user = { role: 'user', parts: [{ text: 'hello' }] };
const model = { role: 'model', parts: [{ text: 'yes?' }] };

describe('a conversation', () => {
  const table: readonly (readonly [string, JsonObject, ReturnType<typeof conversation>])[] = [
    [
      'starts with the instruction and the first content',
      { systemInstruction: system, contents: [user] },
      { start: [system, user], isContinued: false },
    ],
    [
      'knows both spellings of the instruction',
      { system_instruction: system, contents: [user] },
      { start: [system, user], isContinued: false },
    ],
    [
      'starts the same when it goes on',
      { systemInstruction: system, contents: [user, model, user] },
      { start: [system, user], isContinued: true },
    ],
    [
      'may be a single content',
      { contents: { parts: [{ text: 'hello' }] } },
      { start: [null, { parts: [{ text: 'hello' }] }], isContinued: false },
    ],
    ['is nothing where there is nothing', {}, { start: [null, null], isContinued: false }],
  ];
  for (const [name, body, expected] of table) {
    it(name, () => {
      assert.deepEqual(conversation(body), expected);
    });
  }
});
