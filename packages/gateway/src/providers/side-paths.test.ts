/** Lists of models, token counting and embeddings are asked for where the vendor's own library does. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI, { AzureOpenAI } from 'openai';
import type { Provider } from '../model/provider.ts';
import { anthropic } from './anthropic.ts';
import { azureOpenai } from './azure-openai.ts';
import { gemini } from './gemini.ts';
import { openai } from './openai.ts';
import { openaiCompatible } from './openai-compatible.ts';

type Fetch = (url: string | URL | Request) => Promise<Response>;

async function addressOf(ask: (fetch: Fetch) => Promise<unknown>): Promise<string> {
  const asked: string[] = [];
  await ask(async (url) => {
    asked.push(url instanceof Request ? url.url : String(url));
    return Response.json({ data: [], models: [] });
  }).catch(() => undefined);
  return asked[0] ?? '';
}

async function addressOfGoogle(ask: (client: GoogleGenAI) => Promise<unknown>): Promise<string> {
  return addressOf(async (fetch) => {
    const global = mock.method(globalThis, 'fetch', fetch);
    await ask(new GoogleGenAI({ apiKey: 'k', apiVersion: 'v1beta' })).finally(() =>
      global.mock.restore(),
    );
  });
}

function listAt(provider: Provider, baseUrl = provider.baseUrl ?? ''): string {
  const { origin, pathname } = new URL(baseUrl);
  return origin + provider.modelsPath?.(pathname.replace(/\/+$/, ''));
}

test('lists of models', async () => {
  for (const baseURL of [openai.baseUrl ?? '', 'https://proxy.test/team/v1/']) {
    const theirs = await addressOf(async (fetch) =>
      new OpenAI({ apiKey: 'k', baseURL, fetch }).models.list(),
    );
    assert.equal(listAt(openai, baseURL), theirs);
    assert.equal(listAt(openaiCompatible, baseURL), theirs);
  }
  for (const baseURL of [anthropic.baseUrl ?? '', 'https://proxy.test/claude']) {
    const theirs = await addressOf(async (fetch) =>
      new Anthropic({ apiKey: 'k', baseURL, fetch }).models.list({ limit: 1_000 }),
    );
    assert.equal(listAt(anthropic, baseURL), theirs);
  }
  const google = await addressOfGoogle(({ models }) =>
    models.list({ config: { pageSize: 1_000 } }),
  );
  assert.equal(listAt(gemini), google);
  assert.equal(
    listAt(anthropic, 'https://proxy.test/v1'),
    'https://proxy.test/v1/models?limit=1000',
  );
  assert.equal(
    listAt(gemini, 'https://proxy.test/v1'),
    'https://proxy.test/v1/models?pageSize=1000',
  );
  // It lists models that could be deployed, not those that are.
  assert.equal(azureOpenai.modelsPath, undefined);
});

test('token counting', async () => {
  const claudes = await addressOf(async (fetch) =>
    new Anthropic({ apiKey: 'k', fetch }).messages.countTokens({ model: 'm', messages: [] }),
  );
  assert.equal(new URL(claudes).pathname, anthropic.countPath?.('/v1/messages'));
  const googles = await addressOfGoogle(({ models }) =>
    models.countTokens({ model: 'gemini-2.5-pro', contents: 'hi' }),
  );
  assert.equal(
    new URL(googles).pathname,
    gemini.countPath?.('/v1beta/models/gemini-2.5-pro:generateContent'),
  );
  assert.equal(openai.countPath?.('/v1/responses'), '/v1/responses/input_tokens');
  assert.equal(openai.countPath?.('/v1/chat/completions'), undefined);
});

test('what passes through goes where each API has it', () => {
  const rows: readonly (readonly [
    Provider,
    string,
    string,
    string | undefined,
    string | undefined,
  ])[] = [
    [openai, '/v1', '/files', undefined, '/v1/files'],
    [openai, '/v1', '/rerank', undefined, undefined],
    [openaiCompatible, '/v2', '/rerank', undefined, '/v2/rerank'],
    [anthropic, '', '/files/f1', undefined, '/v1/files/f1'],
    [anthropic, '/claude/v1', '/files', undefined, '/claude/v1/files'],
    [gemini, '', '/upload/files', undefined, '/upload/v1beta/files'],
    [gemini, '/x/v1alpha', '/upload/files', undefined, '/x/upload/v1alpha/files'],
    [gemini, '/v1', '/files/f1', undefined, '/v1/files/f1'],
    [azureOpenai, '/openai/v1', '/audio/speech', undefined, '/openai/v1/audio/speech'],
    [azureOpenai, '', '/batches', '2024-10-21', '/openai/batches?api-version=2024-10-21'],
    [
      azureOpenai,
      '',
      '/audio/speech',
      '2024-10-21',
      '/openai/deployments/a%2Fb/audio/speech?api-version=2024-10-21',
    ],
    [azureOpenai, '', '/moderations', undefined, undefined],
  ];
  for (const [{ surfacePath }, basePath, path, apiVersion, expected] of rows)
    assert.equal(surfacePath?.({ path, basePath, apiVersion, model: 'a/b' }), expected, path);
});

test('embeddings', async () => {
  const one = { model: 'm', apiVersion: undefined, isList: false };
  const path = (provider: Provider, base: string, more: object = {}): string =>
    new URL(base).origin +
    provider.embeddingsPath?.({ ...one, basePath: new URL(base).pathname, ...more });
  const ask = { model: 'm', input: 'a' };
  const base = 'https://proxy.test/team/v1';
  const theirs = await addressOf(async (fetch) =>
    new OpenAI({ apiKey: 'k', baseURL: base, fetch }).embeddings.create(ask),
  );
  assert.equal(path(openai, base), theirs);
  assert.equal(path(openaiCompatible, base), theirs);
  const endpoint = 'https://mine.openai.azure.com';
  const apiVersion = '2024-10-21';
  const azures = await addressOf(async (fetch) =>
    new AzureOpenAI({ apiKey: 'k', endpoint, apiVersion, fetch }).embeddings.create(ask),
  );
  assert.equal(path(azureOpenai, `${endpoint}/openai`, { apiVersion }), azures);
  assert.equal(path(azureOpenai, `${endpoint}/openai/v1`), `${endpoint}/openai/v1/embeddings`);
  const googles = await addressOfGoogle(({ models }) =>
    models.embedContent({ model: 'm', contents: 'a' }),
  );
  const address = 'https://generativelanguage.googleapis.com/v1beta';
  assert.equal(path(gemini, address, { isList: true }), googles);
  assert.equal(path(gemini, address), googles.replace('batchEmbedContents', 'embedContent'));
  assert.equal(anthropic.embeddingsPath, undefined);
});
