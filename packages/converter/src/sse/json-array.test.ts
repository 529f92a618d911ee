/** The JSON array reader: elements one by one, wherever the bytes are cut. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createJsonArrayReader } from './json-array.ts';

function read(chunks: readonly Uint8Array[]): readonly string[] {
  const elements: string[] = [];
  const reader = createJsonArrayReader();
  for (const chunk of chunks) reader.push(chunk, ({ data }) => elements.push(data));
  reader.end(({ data }) => elements.push(data));
  return elements;
}

function check(text: string, expected: readonly string[]): void {
  const bytes = new TextEncoder().encode(text);
  assert.deepEqual(read([bytes]), expected);
  assert.deepEqual(read([...bytes].map((byte) => Uint8Array.of(byte))), expected, 'byte by byte');
}

describe('createJsonArrayReader', () => {
  it('splits an array into its elements', () => {
    check('[{"a":1}\n,\r\n{"b":[{"c":"]}"}]},{"d":"\\"{"}]\n', [
      '{"a":1}',
      '{"b":[{"c":"]}"}]}',
      '{"d":"\\"{"}',
    ]);
  });

  it('reads text outside ASCII', () => {
    check('[{"a":"日本 🎉"}, {"b":"é"}]', ['{"a":"日本 🎉"}', '{"b":"é"}']);
  });

  it('takes a single object for one element', () => {
    check(' {"error":{"code":400}} ', ['{"error":{"code":400}}']);
  });

  it('hands over a cut element as it is', () => {
    check('[{"a":1},{"b":', ['{"a":1}', '{"b":']);
  });

  it('reads nothing from an empty array', () => {
    check('[]', []);
    check('', []);
  });
});
