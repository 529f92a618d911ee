/** What the data plane relies on, asked of every provider alike; then where each one's calls go. */
import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { openaiResponses } from 'ai-api-converter';
import fc from 'fast-check';
import OpenAI, { AzureOpenAI } from 'openai';
import { compilePatterns } from '../lib/patterns.ts';
import type { Provider, ProviderCall } from '../model/provider.ts';
import { providerIds } from '../model/settings.ts';
import { providers } from './index.ts';

const hostile = [
  'httpbin.org#',
  '@evil.example/',
  '../../admin',
  '..',
  '.',
  '..\\..\\admin',
  'a/../../b',
  'models/../../x',
  '%2e%2e/%2e%2e/x',
  'm?key=1&alt=media',
  'm;x=1',
  'm:countTokens?x=',
  '//evil.example/x',
  'a b\tc\r\nx-evil: 1',
  'm\0n',
  'модель-模型',
  '\ud800',
];

const basePaths = ['', '/proxy', '/a/b.c/v9'];

function providerOf(id: string): Provider {
  const found = providers.find((provider) => provider.id === id);
  assert.ok(found);
  return found;
}

function call(differences: Partial<ProviderCall> & Pick<ProviderCall, 'format'>): ProviderCall {
  return {
    basePath: '',
    model: 'some-model',
    stream: undefined,
    apiVersion: undefined,
    ...differences,
  };
}

function calls({ formats }: Provider, model: string): readonly ProviderCall[] {
  return basePaths.flatMap((basePath) =>
    ([undefined, 'sse', 'json-array'] as const).flatMap((stream) =>
      [undefined, '2024-10-21', 'preview'].flatMap((apiVersion) =>
        formats.map((format) => ({ format, basePath, model, stream, apiVersion })),
      ),
    ),
  );
}

test('the providers are those that the configuration knows', () => {
  assert.deepEqual(
    providers.map(({ id }) => id),
    providerIds,
  );
});

for (const provider of providers) {
  describe(`provider ${provider.id}`, () => {
    function assertContained(model: string): void {
      for (const asked of calls(provider, model)) {
        const paths = pathsOf(asked);
        const plain = pathsOf({ ...asked, model: 'some-model' });
        for (const [index, path] of paths.entries())
          assertSamePlace(asked, path, plain[index] ?? '');
      }
    }

    /** Of generation and of embeddings. */
    function pathsOf(asked: ProviderCall): readonly string[] {
      const lists = [false, true].map((isList) => provider.embeddingsPath?.({ ...asked, isList }));
      return [provider.path(asked), ...lists.filter((path) => path !== undefined)];
    }

    function assertSamePlace({ basePath }: ProviderCall, path: string, plainPath: string): void {
      assert.match(path, /^\/[!-~]*$/);
      const url = new URL(`https://upstream.test${path}`);
      const plain = new URL(`https://upstream.test${plainPath}`);
      assert.equal(url.host, 'upstream.test');
      assert.equal(url.hash, '');
      assert.equal(url.search, plain.search);
      // Nothing is left for anybody to resolve on the way.
      assert.equal(url.pathname + url.search, path);
      assert.ok(url.pathname.startsWith(`${basePath}/`), path);
      assert.equal(url.pathname.split('/').length, plain.pathname.split('/').length, path);
      assert.ok(!/(^|\/|%2F|%5C)\.{1,2}(\/|%2F|%5C|$)/i.test(url.pathname), path);
    }

    test('keeps a hostile model name in its place (Portkey#1597)', () => {
      for (const model of hostile) assertContained(model);
    });

    test('keeps any model name in its place', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary', minLength: 1 }), (model) => assertContained(model)),
        { numRuns: 200 },
      );
    });

    test('carries a credential in one header and nowhere else', () => {
      for (const secret of ['sk-secret', 'sk-ant-oat01-secret', 'ya29.secret', 'eyJhbGci.secret']) {
        for (const scheme of ['bearer', 'api-key'] as const) {
          const carried = Object.entries(provider.authorize({ scheme, secret }));
          assert.equal(carried.length, 1);
          for (const [name, value] of carried) {
            assert.match(name, /^[a-z-]+$/);
            assert.ok(value === secret || value === `Bearer ${secret}`);
          }
          const elsewhere = JSON.stringify([
            provider,
            calls(provider, 'm').map((one) => provider.path(one)),
          ]);
          assert.ok(!elsewhere.includes('secret'));
        }
      }
    });

    test('names its own headers in lower case, none of them a credential', () => {
      for (const name of Object.keys(provider.headers)) {
        assert.match(name, /^[a-z-]+$/);
        assert.ok(!/auth|key|token/.test(name));
      }
    });

    test('has an address that its paths can follow, or none', () => {
      if (provider.baseUrl === undefined) return;
      const url = new URL(provider.baseUrl);
      assert.equal(url.protocol, 'https:');
      assert.equal(url.search + url.hash, '');
      assert.ok(!provider.baseUrl.endsWith('/'));
    });
  });
}

describe('calls go where the vendor’s own library sends them', () => {
  const messages = [{ role: 'user' as const, content: 'hi' }];

  async function addressOf(
    ask: (fetch: (url: string | URL | Request) => Promise<Response>) => Promise<unknown>,
  ): Promise<string> {
    const asked: string[] = [];
    await ask(async (url) => {
      asked.push(url instanceof Request ? url.url : String(url));
      return Response.json({});
    }).catch(() => undefined);
    const [first] = asked;
    assert.ok(first !== undefined);
    return first;
  }

  function ours(id: string, baseUrl: string, differences: Partial<ProviderCall>): string {
    const url = new URL(baseUrl);
    const basePath = url.pathname.replace(/\/+$/, '');
    const provider = providerOf(id);
    const [format] = provider.formats;
    return (
      url.origin +
      provider.path(call({ basePath, ...differences, format: differences.format ?? format }))
    );
  }

  test('OpenAI', async () => {
    for (const baseURL of [providerOf('openai').baseUrl ?? '', 'https://proxy.test/team/v1/']) {
      const theirs = await addressOf((fetch) =>
        new OpenAI({ apiKey: 'k', baseURL, fetch, maxRetries: 0 }).chat.completions.create({
          model: 'gpt-5',
          messages,
        }),
      );
      assert.equal(ours('openai', baseURL, { model: 'gpt-5' }), theirs);
      assert.equal(ours('openai-compatible', baseURL, { model: 'gpt-5' }), theirs);
    }
  });

  test('OpenAI, Responses', async () => {
    for (const baseURL of [providerOf('openai').baseUrl ?? '', 'https://proxy.test/team/v1/']) {
      const theirs = await addressOf((fetch) =>
        new OpenAI({ apiKey: 'k', baseURL, fetch, maxRetries: 0 }).responses.create({
          model: 'gpt-5',
          input: 'hi',
        }),
      );
      assert.equal(ours('openai', baseURL, { model: 'gpt-5', format: openaiResponses }), theirs);
    }
  });

  test('Anthropic', async () => {
    for (const baseURL of [providerOf('anthropic').baseUrl ?? '', 'https://proxy.test/claude']) {
      const theirs = await addressOf((fetch) =>
        new Anthropic({ apiKey: 'k', baseURL, fetch, maxRetries: 0 }).messages.create({
          model: 'claude-sonnet-5',
          max_tokens: 1,
          messages,
        }),
      );
      assert.equal(ours('anthropic', baseURL, { model: 'claude-sonnet-5' }), theirs);
    }
  });

  test('Gemini, whole and streamed', async () => {
    for (const model of ['gemini-2.5-pro', 'models/gemini-2.5-pro', 'tunedModels/my-own']) {
      for (const stream of [undefined, 'sse'] as const) {
        const theirs = await addressOf(async (fetch) => {
          const global = mock.method(globalThis, 'fetch', fetch);
          const { models } = new GoogleGenAI({ apiKey: 'k', apiVersion: 'v1beta' });
          const ask = stream === undefined ? 'generateContent' : 'generateContentStream';
          await models[ask]({ model, contents: 'hi' }).finally(() => global.mock.restore());
        });
        const baseUrl = providerOf('gemini').baseUrl ?? '';
        assert.equal(ours('gemini', baseUrl, { model, stream }), theirs);
      }
    }
  });

  test('Azure, with a dated version', async () => {
    const apiVersion = '2024-10-21';
    const theirs = await addressOf((fetch) =>
      new AzureOpenAI({
        apiKey: 'k',
        endpoint: 'https://res.openai.azure.com',
        apiVersion,
        fetch,
        maxRetries: 0,
      }).chat.completions.create({ model: 'my-gpt', messages }),
    );
    const baseUrl = 'https://res.openai.azure.com';
    assert.equal(ours('azure-openai', baseUrl, { model: 'my-gpt', apiVersion }), theirs);
  });

  test('Azure, Responses, with a dated version', async () => {
    const apiVersion = '2025-04-01-preview';
    const endpoint = 'https://res.openai.azure.com';
    const theirs = await addressOf((fetch) =>
      new AzureOpenAI({ apiKey: 'k', endpoint, apiVersion, fetch, maxRetries: 0 }).responses.create(
        {
          model: 'my-gpt',
          input: 'hi',
        },
      ),
    );
    const asked = { model: 'my-gpt', apiVersion, format: openaiResponses };
    assert.equal(ours('azure-openai', endpoint, asked), theirs);
  });
});

describe('addresses that people write instead', () => {
  const cases: readonly (readonly [string, Partial<ProviderCall>, string])[] = [
    ['anthropic', { basePath: '/v1' }, '/v1/messages'],
    ['anthropic', { basePath: '/api/anthropic/v1' }, '/api/anthropic/v1/messages'],
    ['gemini', { basePath: '/v1beta' }, '/v1beta/models/some-model:generateContent'],
    ['gemini', { basePath: '/x/v1' }, '/x/v1/models/some-model:generateContent'],
    [
      'gemini',
      { basePath: '/v1alpha', stream: 'json-array' },
      '/v1alpha/models/some-model:streamGenerateContent',
    ],
    ['azure-openai', {}, '/openai/v1/chat/completions'],
    ['azure-openai', { basePath: '/openai/v1' }, '/openai/v1/chat/completions'],
    ['azure-openai', { basePath: '/apim/openai' }, '/apim/openai/v1/chat/completions'],
    [
      'azure-openai',
      { basePath: '/openai/v1', apiVersion: 'preview' },
      '/openai/v1/chat/completions?api-version=preview',
    ],
    [
      'azure-openai',
      { basePath: '/openai', apiVersion: '2025-04-01-preview' },
      '/openai/deployments/some-model/chat/completions?api-version=2025-04-01-preview',
    ],
  ];

  for (const [id, differences, expected] of cases) {
    test(`${id}: ${JSON.stringify(differences)}`, () => {
      const provider = providerOf(id);
      const [format] = provider.formats;
      assert.equal(provider.path(call({ ...differences, format })), expected);
    });
  }
});

describe('credentials go in each vendor’s own way', () => {
  const cases: readonly (readonly [string, string, { readonly [name: string]: string }])[] = [
    ['openai', 'sk-1', { authorization: 'Bearer sk-1' }],
    ['openai-compatible', 'gsk-1', { authorization: 'Bearer gsk-1' }],
    ['anthropic', 'sk-ant-api03-1', { 'x-api-key': 'sk-ant-api03-1' }],
    ['anthropic', 'sk-ant-oat01-1', { authorization: 'Bearer sk-ant-oat01-1' }],
    ['gemini', 'AIza1', { 'x-goog-api-key': 'AIza1' }],
    ['gemini', 'ya29.1', { authorization: 'Bearer ya29.1' }],
    ['azure-openai', '0123abc', { 'api-key': '0123abc' }],
    ['azure-openai', 'eyJhbGciOi.x.y', { authorization: 'Bearer eyJhbGciOi.x.y' }],
  ];

  for (const [id, secret, expected] of cases) {
    test(`${id}: ${secret}`, () => {
      for (const scheme of ['bearer', 'api-key'] as const) {
        assert.deepEqual(providerOf(id).authorize({ scheme, secret }), expected);
      }
    });
  }
});

test('models find the vendor that makes them', () => {
  const owners = (model: string): readonly string[] =>
    providers.filter(({ models }) => compilePatterns(models)(model)).map(({ id }) => id);
  for (const model of ['gpt-5', 'o1', 'o3-mini', 'o4-mini', 'chatgpt-4o-latest', 'codex-mini']) {
    assert.deepEqual(owners(model), ['openai'], model);
  }
  assert.deepEqual(owners('claude-sonnet-5'), ['anthropic']);
  assert.deepEqual(owners('gemini-2.5-pro'), ['gemini']);
  for (const model of ['olmo-2', 'openchat', 'mistral-large-latest', 'o', 'deepseek-chat']) {
    assert.deepEqual(owners(model), [], model);
  }
});
