/** Embeddings between OpenAI and Gemini, both ways: requests, answers, losses, refusals. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConversionError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { EmbeddingCall } from './contract.ts';
import { base64OfFloats, floatsOfBase64 } from './floats.ts';
import { geminiEmbeddings, openaiEmbeddings } from './index.ts';
import { createEmbeddingTranslator, type EmbeddingTranslator } from './translate.ts';

const inputTokens = (): number => 77;

function openaiToGemini(body: JsonObject): EmbeddingTranslator {
  return createEmbeddingTranslator({
    client: openaiEmbeddings,
    upstream: geminiEmbeddings,
    body: { model: 'mine', ...body },
    upstreamModel: 'gemini-embedding-001',
    inputTokens,
  });
}

function geminiToOpenai(body: JsonObject, call: EmbeddingCall): EmbeddingTranslator {
  return createEmbeddingTranslator({
    client: geminiEmbeddings,
    upstream: openaiEmbeddings,
    body,
    call: { model: 'text-embedding-3-small', ...call },
    inputTokens,
  });
}

const contentOf = (...texts: readonly string[]): JsonObject => ({
  parts: texts.map((text) => ({ text })),
});

function refusal(work: () => unknown): ConversionError['error'] {
  try {
    work();
  } catch (cause) {
    assert.ok(cause instanceof ConversionError, String(cause));
    return cause.error;
  }
  throw new Error('it was not refused');
}

describe('an OpenAI client’s request to Gemini', () => {
  it('asks for one content where one text is given', () => {
    const { requests } = openaiToGemini({ input: 'hello', dimensions: 256, user: 'alice' });
    assert.deepEqual(requests.value, [
      {
        model: 'models/gemini-embedding-001',
        content: { parts: [{ text: 'hello' }] },
        outputDimensionality: 256,
      },
    ]);
    assert.deepEqual(
      requests.losses.map(({ feature, path, effect }) => [feature, path, effect]),
      [['user', 'user', 'hint']],
    );
  });

  it('asks for a batch where a list is given, however short', () => {
    const entry = (text: string): JsonObject => ({
      model: 'models/gemini-embedding-001',
      content: contentOf(text),
    });
    assert.deepEqual(openaiToGemini({ input: ['one'] }).requests.value, [
      { requests: [entry('one')] },
    ]);
    assert.deepEqual(openaiToGemini({ input: ['one', 'two'] }).requests.value, [
      { requests: [entry('one'), entry('two')] },
    ]);
  });

  it('becomes several where Google takes fewer at once, whose answers are one', () => {
    const input = Array.from({ length: 205 }, (_, index) => `text ${index}`);
    const translator = openaiToGemini({ input });
    const sizes = translator.requests.value.map(({ requests }) => (requests as []).length);
    assert.deepEqual(sizes, [100, 100, 5]);
    let next = 0;
    const answers = sizes.map((size) => ({
      embeddings: Array.from({ length: size }, () => ({ values: [next++] })),
      usageMetadata: { promptTokenCount: size * 2 },
    }));
    const { value, usage } = translator.response(answers);
    const entries = value['data'] as { index: number; embedding: number[] }[];
    assert.equal(entries.length, 205);
    for (const { index, embedding } of entries) assert.deepEqual(embedding, [index]);
    assert.deepEqual(usage, { fresh: 410, text: 0 });
    assert.deepEqual(value['usage'], { prompt_tokens: 410, total_tokens: 410 });
  });

  it('is refused where it holds tokens, which nobody else can read', () => {
    for (const input of [
      [1111, 2222],
      [[8134], [1]],
      ['text', [8134]],
    ]) {
      const { status, param, message } = refusal(() => openaiToGemini({ input }));
      assert.equal(status, 400);
      assert.match(param ?? '', /^input/);
      assert.match(message, /tokens cannot be turned back into text/);
    }
  });

  it('is refused where a field is wrong, by its name', () => {
    const wrong: readonly (readonly [string, JsonObject])[] = [
      ['input', {}],
      ['input', { input: null }],
      ['input', { input: 7 }],
      ['input', { input: { text: 'x' } }],
      ['input', { input: [] }],
      ['input', { input: Array.from({ length: 2_049 }, () => 'x') }],
      ['input[1]', { input: ['a', 7] }],
      ['input[0]', { input: [{ text: 'x' }] }],
      ['input[0][1]', { input: [[1, 'b']] }],
      ['input[1]', { input: [1, 1.5] }],
      ['dimensions', { input: 'a', dimensions: '256' }],
      ['dimensions', { input: 'a', dimensions: 0 }],
      ['dimensions', { input: 'a', dimensions: 1.5 }],
      ['encoding_format', { input: 'a', encoding_format: 'hex' }],
      ['user', { input: 'a', user: 7 }],
    ];
    for (const [param, body] of wrong) {
      const error = refusal(() => openaiToGemini(body));
      assert.deepEqual([error.status, error.param], [400, param], JSON.stringify(body));
    }
  });

  it('says which of its fields nobody knows', () => {
    const { requests } = openaiToGemini({ input: 'a', input_type: 'query', user: null });
    assert.deepEqual(
      requests.losses.map(({ feature, path, effect }) => [feature, path, effect]),
      [['unknown-field', 'input_type', 'answer']],
    );
  });
});

describe('Gemini’s answer to an OpenAI client', () => {
  it('has OpenAI’s form', () => {
    const { value, losses } = openaiToGemini({ input: 'a' }).response([
      { embedding: { values: [0.25, -1] }, usageMetadata: { promptTokenCount: 3 } },
    ]);
    assert.deepEqual(value, {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.25, -1] }],
      model: 'gemini-embedding-001',
      usage: { prompt_tokens: 3, total_tokens: 3 },
    });
    assert.deepEqual(losses, []);
  });

  it('has its numbers in base64 where these are asked for', () => {
    const { value } = openaiToGemini({ input: 'a', encoding_format: 'base64' }).response([
      { embedding: { values: [1, -0.5, 0.1] } },
    ]);
    const [entry] = value['data'] as { embedding: string }[];
    const bytes = Buffer.from(entry?.embedding ?? '', 'base64');
    const floats = [0, 4, 8].map((at) => bytes.readFloatLE(at));
    assert.equal(bytes.length, 12);
    assert.deepEqual(floats, [1, -0.5, Math.fround(0.1)]);
  });

  it('has an estimate, and says so, where Google did not count', () => {
    const { value, usage, losses } = openaiToGemini({ input: ['a'] }).response([
      { embeddings: [{ values: [1] }] },
    ]);
    assert.deepEqual(value['usage'], { prompt_tokens: 77, total_tokens: 77 });
    assert.equal(usage, undefined);
    assert.deepEqual(
      losses.map(({ feature, effect }) => [feature, effect]),
      [['usage', 'hint']],
    );
  });

  it('is a failure of the upstream where it is no answer, or too short a one', () => {
    const translator = openaiToGemini({ input: ['a', 'b'] });
    const bad: readonly JsonObject[] = [
      {},
      { embeddings: [] },
      { embeddings: [{ values: [1] }] },
      { embeddings: [{ values: [1] }, { values: [] }] },
      { embeddings: [{ values: [1] }, { values: ['x'] }] },
      { embeddings: [{ values: [1] }, {}] },
      { embeddings: 7 },
      { candidates: [] },
    ];
    for (const body of bad) {
      const error = refusal(() => translator.response([body]));
      assert.deepEqual([error.kind, error.status], ['server', 502], JSON.stringify(body));
    }
    const told = { error: { code: 429, message: 'slow', status: 'RESOURCE_EXHAUSTED' } };
    assert.equal(refusal(() => translator.response([told])).kind, 'rate-limited');
  });

  it('is OpenAI’s error where it is one', () => {
    const { status, body } = openaiToGemini({ input: 'a' }).failure({
      status: 404,
      header: () => undefined,
      text: '{"error":{"code":404,"message":"models/x is not found","status":"NOT_FOUND"}}',
    });
    assert.equal(status, 404);
    assert.deepEqual(body, {
      error: {
        message: 'models/x is not found',
        type: 'invalid_request_error',
        param: null,
        code: 'model_not_found',
      },
    });
  });
});

describe('a Gemini client’s request to OpenAI', () => {
  it('asks for a text where one content is given', () => {
    const body = { content: contentOf('hello'), outputDimensionality: 256 };
    const { requests } = geminiToOpenai(body, {});
    assert.deepEqual(requests.value, [
      {
        model: 'text-embedding-3-small',
        input: 'hello',
        encoding_format: 'float',
        dimensions: 256,
      },
    ]);
    assert.deepEqual(requests.losses, []);
  });

  it('asks for a list where a batch is given, in either spelling', () => {
    const body = {
      requests: [
        { model: 'models/x', content: contentOf('one'), output_dimensionality: '64' },
        {
          model: 'models/x',
          content: contentOf('two'),
          embed_content_config: { output_dimensionality: 64 },
        },
      ],
    };
    assert.deepEqual(geminiToOpenai(body, { isList: true }).requests.value, [
      {
        model: 'text-embedding-3-small',
        input: ['one', 'two'],
        encoding_format: 'float',
        dimensions: 64,
      },
    ]);
  });

  it('loses what OpenAI has no word for, told once for a batch', () => {
    const entry = (text: string): JsonObject => ({
      content: contentOf(text, 'more'),
      taskType: 'RETRIEVAL_DOCUMENT',
      title: 'A title',
      embedContentConfig: { autoTruncate: true },
      odd: 1,
    });
    const { requests } = geminiToOpenai(
      { requests: [entry('one'), entry('two')] },
      { isList: true },
    );
    assert.deepEqual(requests.value[0]?.['input'], ['one\nmore', 'two\nmore']);
    assert.deepEqual(
      requests.losses.map(({ feature, path, effect }) => `${feature} ${path} ${effect}`).toSorted(),
      [
        'auto-truncate requests[0].embedContentConfig.autoTruncate answer',
        'task-type requests[0].taskType answer',
        'text-parts requests[0].content answer',
        'title requests[0].title answer',
        'unknown-field requests[0].odd answer',
      ],
    );
    const silent = { content: contentOf('one'), taskType: 'TASK_TYPE_UNSPECIFIED', title: '' };
    assert.deepEqual(geminiToOpenai(silent, {}).requests.losses, []);
  });

  it('is refused where a field is wrong, or cannot be carried over, by its name', () => {
    const list = { isList: true };
    const one = {};
    const good = { content: contentOf('a') };
    const image = { inlineData: { mimeType: 'image/png', data: 'AA==' } };
    const wrong: readonly (readonly [string, JsonObject, EmbeddingCall])[] = [
      ['content', {}, one],
      ['content', { content: 'a' }, one],
      ['content.parts', { content: {} }, one],
      ['content.parts', { content: { parts: [] } }, one],
      ['content.parts[0].text', { content: { parts: [{ text: 7 }] } }, one],
      ['content.parts[0]', { content: { parts: [image] } }, one],
      ['outputDimensionality', { ...good, outputDimensionality: 'many' }, one],
      ['outputDimensionality', { ...good, outputDimensionality: -1 }, one],
      ['taskType', { ...good, taskType: 7 }, one],
      ['requests', good, list],
      ['requests', { requests: [] }, list],
      ['requests', { requests: {} }, list],
      ['requests', { requests: Array.from({ length: 2_049 }, () => good) }, list],
      ['requests[1]', { requests: [good, 7] }, list],
      [
        'requests[1].outputDimensionality',
        { requests: [good, { ...good, outputDimensionality: 2 }] },
        list,
      ],
    ];
    for (const [param, body, call] of wrong) {
      const error = refusal(() => geminiToOpenai(body, call));
      assert.deepEqual(
        [error.status, error.param],
        [400, param],
        JSON.stringify(body).slice(0, 200),
      );
    }
  });
});

describe('OpenAI’s answer to a Gemini client', () => {
  const usage = { prompt_tokens: 5, total_tokens: 5 };

  it('has the form of what was asked', () => {
    const data = [{ object: 'embedding', index: 0, embedding: [0.5, 1] }];
    const body = { object: 'list', data, model: 'text-embedding-3-small', usage };
    const content = contentOf('a');
    assert.deepEqual(geminiToOpenai({ content }, {}).response([body]).value, {
      embedding: { values: [0.5, 1] },
      usageMetadata: { promptTokenCount: 5 },
    });
    const batch = geminiToOpenai({ requests: [{ content }] }, { isList: true });
    assert.deepEqual(batch.response([body]).value, {
      embeddings: [{ values: [0.5, 1] }],
      usageMetadata: { promptTokenCount: 5 },
    });
  });

  it('is in the order of what was asked, whatever order it came in', () => {
    const content = contentOf('a');
    const { response } = geminiToOpenai(
      { requests: [{ content }, { content }, { content }] },
      { isList: true },
    );
    const entries = [2, 0, 1].map((index) => ({ index, embedding: [index] }));
    assert.deepEqual(response([{ data: entries }]).value, {
      embeddings: [{ values: [0] }, { values: [1] }, { values: [2] }],
    });
    const unnumbered = [7, 8, 9].map((value) => ({ embedding: [value] }));
    assert.deepEqual(response([{ data: unnumbered }]).value, {
      embeddings: [{ values: [7] }, { values: [8] }, { values: [9] }],
    });
  });

  it('is read from base64 too, which some send unasked', () => {
    const { response } = geminiToOpenai({ content: contentOf('a') }, {});
    const embedding = base64OfFloats([0.5, -2]);
    assert.deepEqual(response([{ data: [{ index: 0, embedding }] }]).value, {
      embedding: { values: [0.5, -2] },
    });
    for (const garbled of ['A', '???', 'AAAA', ''])
      assert.equal(
        refusal(() => response([{ data: [{ index: 0, embedding: garbled }] }])).status,
        502,
      );
  });

  it('is Gemini’s error where it is one', () => {
    const { status, body } = geminiToOpenai({ content: contentOf('a') }, {}).failure({
      status: 429,
      header: () => undefined,
      text: '{"error":{"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}}',
    });
    assert.equal(status, 429);
    assert.deepEqual(body, {
      error: { code: 429, message: 'slow down', status: 'RESOURCE_EXHAUSTED' },
    });
  });
});

describe('floats in base64', () => {
  it('come back as they were, however many', () => {
    const values = Array.from({ length: 10_000 }, (_, index) => Math.fround(Math.sin(index)));
    assert.deepEqual(floatsOfBase64(base64OfFloats(values)), values);
    assert.deepEqual(base64OfFloats([]), '');
  });
});
