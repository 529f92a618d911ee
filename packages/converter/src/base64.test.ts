import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { base64OfBytes, bytesOfBase64, inStandardLetters } from './base64.ts';

const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256);

describe('base64', () => {
  it('is what every other library makes of the same bytes, and back', () => {
    for (const length of [0, 1, 2, 3, 4, 0x7fff, 0x8000, 0x8001, bytes.length]) {
      const some = bytes.subarray(0, length);
      const text = Buffer.from(some).toString('base64');
      assert.equal(base64OfBytes(some), text);
      assert.deepEqual(bytesOfBase64(text), Uint8Array.from(some));
    }
  });

  it('throws for what is none', () => {
    assert.throws(() => bytesOfBase64('a-_b'));
    assert.throws(() => bytesOfBase64('A'));
  });

  it('has the standard letters and no white space, however it was written', () => {
    const standard = Buffer.from(bytes).toString('base64');
    const urlSafe = Buffer.from(bytes).toString('base64url');
    const lines = urlSafe.replace(/.{76}/g, '$&\r\n\t ');
    assert.equal(inStandardLetters(standard), standard);
    assert.equal(inStandardLetters(urlSafe), standard.replaceAll('=', ''));
    assert.equal(inStandardLetters(lines), standard.replaceAll('=', ''));
  });

  it('leaves what is no base64 for others to refuse', () => {
    assert.equal(inStandardLetters('ü漢!'), 'ü漢!');
  });
});
