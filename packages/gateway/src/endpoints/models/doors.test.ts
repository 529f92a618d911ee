import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawRequest } from '../../model/http.ts';
import { listDoorOf } from './doors.ts';

function asked(target: string, headers: Readonly<Record<string, string>> = {}): RawRequest {
  const { pathname, searchParams } = new URL(target, 'http://gateway.test');
  return {
    method: 'GET',
    path: pathname,
    query: searchParams,
    header: (name) => headers[name],
    headerNames: () => Object.keys(headers),
    readBody: async () => new Uint8Array(),
  };
}

type Row = readonly [string, Readonly<Record<string, string>>, string, string | undefined];

const claude = { 'anthropic-version': '2023-06-01', authorization: 'Bearer k' };

const rows: readonly Row[] = [
  ['/v1/models', {}, 'openai-chat', undefined],
  ['/models', { authorization: 'Bearer k' }, 'openai-chat', undefined],
  ['/v1/models/', {}, 'openai-chat', undefined],
  ['/v1/v1/models', {}, 'openai-chat', undefined],
  ['/v1/models?limit=2', claude, 'anthropic-messages', undefined],
  ['/models/claude-x', claude, 'anthropic-messages', 'claude-x'],
  ['/v1/models', { 'x-api-key': 'k' }, 'anthropic-messages', undefined],
  ['/v1/models', { 'x-goog-api-key': 'k' }, 'gemini', undefined],
  ['/v1/models?key=k', {}, 'gemini', undefined],
  ['/v1beta/models', { 'anthropic-version': 'x' }, 'gemini', undefined],
  ['/v1alpha/models/gemini-x', {}, 'gemini', 'gemini-x'],
  ['/v1beta/v1beta/models/models%2Fgemini-x', {}, 'gemini', 'gemini-x'],
  ['/v1beta/openai/models/gemini-x', { 'x-goog-api-key': 'k' }, 'openai-chat', 'gemini-x'],
  ['/openai/v1/models', {}, 'openai-chat', undefined],
  ['/v1/models/meta-llama/Llama-3', {}, 'openai-chat', 'meta-llama/Llama-3'],
  ['/v1/models/llama3.1%3A8b', {}, 'openai-chat', 'llama3.1:8b'],
  ['/v1/models/ft:gpt-4o:org::1', {}, 'openai-chat', 'ft:gpt-4o:org::1'],
  ['/v1/models/%zz', {}, 'openai-chat', '%zz'],
];

test('a list is in the dialect that its path tells, else the headers', () => {
  for (const [target, headers, format, id] of rows) {
    const door = listDoorOf(asked(target, headers));
    assert.deepEqual([door?.format.id, door?.id], [format, id], target);
  }
});

test('other paths are for no list', () => {
  for (const path of [
    '/v1/chat/completions',
    '/v1beta/models/gemini-x:generateContent',
    '/v1/models/gemini-x:countTokens',
    '/v1/modelsx',
    '/v2/models',
    '/x/models',
    '/',
  ])
    assert.equal(listDoorOf(asked(path)), undefined, path);
});
