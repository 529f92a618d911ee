import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { estimateInputTokens } from './estimate.ts';
import * as texts from './testing/texts.ts';

function estimate(content: unknown): number {
  return estimateInputTokens(encoded(content));
}

function encoded(content: unknown): Uint8Array {
  const body = { model: 'gpt-4o', messages: [{ role: 'user', content }], stream: true };
  return Buffer.from(JSON.stringify(body));
}

/** Each with the estimate in percent of the real count. */
const samples: readonly (readonly [name: string, text: string, percent: number])[] = [
  ['English', texts.english, 114],
  ['a licence', texts.licence, 137],
  ['code', texts.code, 112],
  ['Chinese', texts.chinese, 120],
  ['Japanese', texts.japanese, 103],
  ['Korean', texts.korean, 133],
  ['Russian', texts.russian, 103],
  ['Hindi', texts.hindi, 99],
  ['numbers', texts.numbers, 111],
];

for (const [name, sample, percent] of samples) {
  test(`the estimate of ${name} is about ${percent} % of the real count, however long it is`, () => {
    const text = sample.repeat(Math.ceil(3_000 / sample.length));
    const real = countTokens(text);
    for (const times of [1, 5, 40, 400, 2_000]) {
      const found = (estimate(text.repeat(times)) / (real * times)) * 100;
      assert.ok(Math.abs(found - percent) <= 6, `${times} times: ${found} %`);
    }
  });
}

test('the estimate of tools is about 127 % of the real count', () => {
  const tools = Array.from({ length: 20 }, () => texts.toolSchema);
  const body = `{"model":"gpt-4o","tools":[${tools.join(',')}]}`;
  const found = (estimateInputTokens(Buffer.from(body)) / countTokens(tools.join('\n'))) * 100;
  assert.ok(Math.abs(found - 127) <= 6, `${found} %`);
});

test('an empty request is an empty estimate', () => {
  assert.equal(estimateInputTokens(new Uint8Array(0)), 0);
});

const file = randomBytes(300_000).toString('base64');

const imageParts: readonly (readonly [format: string, part: (data: string) => unknown])[] = [
  [
    'OpenAI',
    (data) => ({ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } }),
  ],
  [
    'OpenAI (file)',
    (data) => ({ type: 'file', file: { file_data: `data:application/pdf;base64,${data}` } }),
  ],
  ['OpenAI (audio)', (data) => ({ type: 'input_audio', input_audio: { data, format: 'wav' } })],
  [
    'Anthropic',
    (data) => ({ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }),
  ],
  ['Gemini', (data) => ({ inlineData: { mimeType: 'image/png', data } })],
];

for (const [format, part] of imageParts) {
  test(`files as ${format} writes them count 1,600 tokens each, whatever their size`, () => {
    for (const size of [2_000, 20_000, 400_000]) {
      const parts = Array.from({ length: 4 }, () => part(file.slice(0, size)));
      const found = estimate([...parts, { type: 'text', text: 'What is on these pictures?' }]);
      assert.ok(found >= 6_400 && found < 6_900, `${size} bytes: ${found}`);
    }
  });
}

test('files whose base64 has escaped slashes or line breaks are recognized', () => {
  for (const data of [file.replaceAll('/', '\\/'), file.replace(/.{76}/g, '$&\\r\\n')]) {
    const body = `{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"${data}"}}]}]}`;
    const found = estimateInputTokens(Buffer.from(body));
    assert.ok(found >= 1_600 && found < 1_700, `${found}`);
  }
});

test('a file in a request with spaces around its colons is recognized', () => {
  const body = JSON.stringify({ contents: [{ parts: [{ inlineData: { data: file } }] }] }, null, 2);
  const found = estimateInputTokens(Buffer.from(body));
  assert.ok(found >= 1_600 && found < 1_800, `${found}`);
});

test('a page that quotes an image is text', () => {
  const page = `<img src="data:image/png;base64,${file.slice(0, 50_000)}">`;
  assert.ok(estimate(page) > 15_000);
  assert.ok(estimate(`![](data:image/png;base64,${file.slice(0, 50_000)})`) > 15_000);
});

test('long text under the name that files have is text', () => {
  const response = { data: texts.english.repeat(20) };
  const found = estimate([{ functionResponse: { name: 'read', response } }]);
  assert.ok(found > countTokens(response.data), `${found}`);
});

test('long letters without spaces that are no file are text', () => {
  assert.ok(estimate('abcdefgh'.repeat(5_000)) > 8_000);
  assert.ok(estimate({ signature: file.slice(0, 40_000) }) > 10_000);
});

test('text around files is counted as without them', () => {
  const question = { type: 'text', text: texts.english.repeat(20) };
  const image = { type: 'image', source: { type: 'base64', data: file } };
  const alone = estimate([question]);
  const among = estimate([image, question, image]);
  const difference = (among - 3_200) / alone;
  assert.ok(Math.abs(difference - 1) < 0.1, `${difference}`);
});

test('a part of a larger buffer is estimated as if it stood alone', () => {
  const bytes = encoded([{ type: 'image', source: { type: 'base64', data: file } }]);
  const larger = Buffer.concat([
    Buffer.from('"'.repeat(100)),
    bytes,
    Buffer.from('"x"'.repeat(99)),
  ]);
  const part = larger.subarray(100, 100 + bytes.length);
  assert.equal(estimateInputTokens(part), estimateInputTokens(bytes));
});

test('any bytes have an estimate that is a whole number, 0 or more', () => {
  for (let length = 0; length < 5_000; length += 37) {
    const found = estimateInputTokens(randomBytes(length));
    assert.ok(Number.isSafeInteger(found) && found >= 0, `${length} bytes: ${found}`);
  }
});
