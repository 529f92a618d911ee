/** Which of a few routes a path is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operationOf } from './gen-ai-names.ts';
import { routeOf } from './route.ts';

const gemini = '/v1beta/models/{model}';

const routes: readonly (readonly [path: string, route: string | undefined, operation?: string])[] =
  [
    ['/v1/chat/completions', '/v1/chat/completions', 'chat'],
    ['/chat/completions/', '/v1/chat/completions', 'chat'],
    ['/v1/v1/messages', '/v1/messages', 'chat'],
    ['/openai/v1/responses', '/v1/responses', 'chat'],
    ['/v1beta/openai/embeddings', '/v1/embeddings', 'embeddings'],
    ['/v1beta/models/a/b:streamGenerateContent', `${gemini}:streamGenerateContent`, 'chat'],
    ['/models/m:embedContent', `${gemini}:embedContent`, 'embeddings'],
    ['/v1/models/m:batchEmbedContents', `${gemini}:batchEmbedContents`, 'embeddings'],
    ['/v1beta/models/m:countTokens', `${gemini}:countTokens`],
    ['/v1/messages/count_tokens', '/v1/messages/count_tokens'],
    ['/v1/models', '/v1/models'],
    ['/v1/models/org/name', '/v1/models/{model}'],
    ['/v1/responses/resp_1', '/v1/responses/{id}'],
    ['/some/where', undefined, 'chat'],
  ];

for (const [path, route, operation] of routes)
  test(`${path} is ${route ?? 'none'}, where ${operation ?? 'nothing that has a name'} is asked for`, () => {
    assert.equal(routeOf(path), route);
    assert.equal(operationOf(route), operation);
  });
