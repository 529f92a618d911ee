/** Usage is read from the end of an answer that passes by, whatever else is in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Usage } from 'ai-api-converter';
import { watchUsage } from './reported-usage.ts';

const json = { 'content-type': 'application/json' };

function usageOf(text: string, headers = json): Usage | undefined {
  const watch = watchUsage(headers, false);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 7_000) watch?.push(bytes.subarray(at, at + 7_000));
  return watch?.usage();
}

const pixels = 'A'.repeat(500_000);

test('in the words of each interface', () => {
  const rows: readonly (readonly [string, Usage | undefined])[] = [
    ['{"usage":{"prompt_tokens":3,"completion_tokens":2}}', { fresh: 3, text: 2 }],
    [
      `{"data":[{"b64_json":"${pixels}"}],"usage":{"input_tokens":7,"output_tokens":9}}`,
      { fresh: 7, text: 9 },
    ],
    ['{"results":[],"usage":{"total_tokens":5}}', { fresh: 5, text: 0 }],
    ['{"text":"hi","usage":{"type":"duration","seconds":4}}', undefined],
    ['{"text":"the \\"usage\\":{\\"total_tokens\\":5}"}', undefined],
    [`{"usage":{"total_tokens":5},"data":"${pixels}"}`, undefined],
    ['{"usage":null}', undefined],
    ['', undefined],
  ];
  for (const [text, usage] of rows) assert.deepEqual(usageOf(text), usage, text.slice(0, 80));
});

test('of a stream the last that is told', () => {
  const stream = { 'content-type': 'text/event-stream' };
  const events =
    'data: {"usage":null}\n\ndata: {"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\ndata: [DONE]\n\n';
  assert.deepEqual(usageOf(events, stream), { fresh: 3, text: 2 });
});

test('of bytes that nobody understands nothing is kept', () => {
  assert.equal(watchUsage({ 'content-type': 'audio/mpeg' }, true), undefined);
  assert.equal(watchUsage({}, true), undefined);
});

test('where text can be counted its beginning is kept, with how much more there is', () => {
  const watch = watchUsage(json, true);
  for (let count = 0; count < 64; count += 1) watch?.push(Buffer.alloc(1_024, 'a'));
  const sample = watch?.sample();
  assert.equal(sample?.text.length, 16_384);
  assert.equal(sample?.scale, 4);
  assert.equal(watchUsage(json, false)?.sample(), undefined);
});
