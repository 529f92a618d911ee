/** One member is found in JSON text, and only a member. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lastObjectMember } from './scan.ts';

describe('lastObjectMember', () => {
  it('finds the last object of that name', () => {
    const text = '{"usage":{"a":1},"b":[{"usage" : {"a":2,"s":"}{","n":{"x":[1]}}}],"c":1}';
    assert.deepEqual(lastObjectMember(text, 'usage'), { a: 2, s: '}{', n: { x: [1] } });
  });

  it('takes neither values nor escaped text nor other types for it', () => {
    const text = JSON.stringify({ a: 'usage', b: '"usage":{"x":1}', usage: null });
    assert.equal(lastObjectMember(text, 'usage'), undefined);
    assert.deepEqual(lastObjectMember(`{"usage":{"x":1},"y":"usage"}`, 'usage'), { x: 1 });
  });

  it('finds nothing in nothing, and survives cut text', () => {
    assert.equal(lastObjectMember('', 'usage'), undefined);
    assert.equal(lastObjectMember('{"usage":{"x":', 'usage'), undefined);
  });
});
