/** Which surface a path is, whose, and what is none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawRequest } from '../../model/http.ts';
import { createFinder } from './find.ts';

function asked(path: string, headers: Readonly<Record<string, string>> = {}): RawRequest {
  return {
    method: 'GET',
    path,
    query: new URLSearchParams(),
    header: (name) => headers[name],
    headerNames: () => Object.keys(headers),
    readBody: async () => new Uint8Array(),
  };
}

const find = createFinder();
const claude = { 'anthropic-version': '2023-06-01' };
const google = { 'x-goog-api-key': 'k' };

type Row = readonly [string, Readonly<Record<string, string>>, string, string];

const rows: readonly Row[] = [
  ['/v1/files', {}, 'openai-chat', '/files'],
  ['/files/', {}, 'openai-chat', '/files'],
  ['/v1/v1/files', {}, 'openai-chat', '/files'],
  ['/openai/v1/files', {}, 'openai-chat', '/files'],
  ['/v1beta/openai/files', google, 'openai-chat', '/files'],
  ['/v1/files', claude, 'anthropic-messages', '/files'],
  ['/v1/files', google, 'gemini', '/files'],
  ['/v1beta/files', claude, 'gemini', '/files'],
  ['/upload/v1beta/files', {}, 'gemini', '/upload/files'],
  ['/v1/files/file-1/content', {}, 'openai-chat', '/files/file-1/content'],
  ['/v1/batches', google, 'gemini', '/batches'],
  ['/v1/batches/batch_1/cancel', google, 'openai-chat', '/batches/batch_1/cancel'],
  ['/v1beta/batches/b1:cancel', {}, 'gemini', '/batches/b1:cancel'],
  ['/v1/messages/batches', {}, 'anthropic-messages', '/messages/batches'],
  ['/v1/responses/resp_1', {}, 'openai-responses', '/responses/resp_1'],
  ['/v1/responses/compact', {}, 'openai-responses', '/responses/compact'],
  ['/v2/rerank', {}, 'openai-chat', '/rerank'],
  [
    '/v1beta/models/gemini-2.5-flash:batchGenerateContent',
    {},
    'gemini',
    '/models/gemini-2.5-flash:batchGenerateContent',
  ],
];

test('the path tells what is asked for, and prefix and headers whose it is', () => {
  for (const [path, headers, format, behind] of rows) {
    const found = find(asked(path, headers));
    assert.deepEqual([found?.format.id, found?.path], [format, behind], path);
  }
});

test('a path that is written out is not taken for one with an id', () => {
  assert.equal(find(asked('/v1/responses/compact'))?.of('POST')?.name, 'openai-responses-compact');
  assert.equal(find(asked('/v1/responses/compact'))?.of('GET'), undefined);
  assert.equal(find(asked('/v1/responses/resp_1'))?.of('DELETE')?.name, 'openai-responses-stored');
});

test('generation, and what leaves its place, is none of it', () => {
  for (const path of [
    '/v1/chat/completions',
    '/v1/messages',
    '/v1/responses',
    '/v1/embeddings',
    '/v1beta/models/gemini-2.5-flash:generateContent',
    '/v1/files/..',
    '/v1/files/../batches',
    '/v1/files/%2e%2e/content',
    '/v1/files/.',
    '/v1/files/a/b',
    '/v1/files//content',
    '/v1/files/a%2Fb',
    '/v1/fine_tuning/jobs',
    '/',
    '*',
    'files',
  ])
    assert.equal(find(asked(path)), undefined, path);
});
