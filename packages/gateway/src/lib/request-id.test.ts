/** Which ids of clients are taken over. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { requestIdOf } from './request-id.ts';

const idOf = (given: string | undefined): string => requestIdOf(given, (prefix) => `${prefix}new`);

it('a request id is the one that the client gave', () => {
  for (const id of ['a', '4bf92f35-77b3', 'req:1.2_3', 'task-sk-1', 'x'.repeat(128)])
    assert.equal(idOf(id), id);
});

it('a request id is another where that one may not be written everywhere', () => {
  for (const id of [undefined, '', 'a b', 'a\n', 'ä', '"', 'x'.repeat(129)])
    assert.equal(idOf(id), 'req_new');
});

it('a request id is another where that one begins as a key does', () => {
  for (const id of ['dgm_abc', 'sk-proj-abc', 'sk-ant-abc', 'AIzaSyAbc'])
    assert.equal(idOf(id), 'req_new');
});
