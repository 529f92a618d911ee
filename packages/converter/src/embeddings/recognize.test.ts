/** By which paths clients ask for embeddings. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { geminiEmbeddings, openaiEmbeddings, recognizeEmbedding } from './index.ts';

describe('paths of embeddings', () => {
  for (const path of [
    '/v1/embeddings',
    '/embeddings',
    '/v1/embeddings/',
    '/v1/v1/embeddings',
    '/openai/v1/embeddings',
  ])
    it(`${path} is OpenAI’s`, () => {
      assert.deepEqual(recognizeEmbedding({ path }), { format: openaiEmbeddings, call: {} });
    });

  it('/openai/deployments/mine/embeddings is OpenAI’s with a model in it', () => {
    const found = recognizeEmbedding({ path: '/openai/deployments/mine/embeddings' });
    assert.deepEqual(found, { format: openaiEmbeddings, call: { model: 'mine' } });
  });

  for (const version of ['', '/v1', '/v1beta', '/v1beta/v1beta'])
    it(`${version}/models/… is Gemini’s`, () => {
      const found = (method: string): unknown =>
        recognizeEmbedding({ path: `${version}/models/gemini-embedding-001:${method}` });
      const model = 'gemini-embedding-001';
      const format = geminiEmbeddings;
      assert.deepEqual(found('embedContent'), { format, call: { model, isList: false } });
      assert.deepEqual(found('batchEmbedContents'), { format, call: { model, isList: true } });
      assert.equal(found('generateContent'), undefined);
      assert.equal(found('asyncBatchEmbedContent'), undefined);
    });

  for (const path of ['/v1/chat/completions', '/v1/embeddings/1', '/v1/models', '/'])
    it(`${path} is none`, () => {
      assert.equal(recognizeEmbedding({ path }), undefined);
    });
});
