/** What bytes are, whatever their server says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recognizeMedia } from './index.ts';

function bytes(latin1: string): Uint8Array {
  return Uint8Array.from(latin1, (character) => character.charCodeAt(0));
}

test('the bytes say what they are, and a wrong word of the server changes nothing', () => {
  const table: readonly (readonly [string, string])[] = [
    ['\x89PNG\r\n\x1a\nrest', 'image/png'],
    ['\xff\xd8\xff\xe0', 'image/jpeg'],
    ['GIF89a', 'image/gif'],
    ['RIFF\x10\0\0\0WEBPVP8 ', 'image/webp'],
    ['\0\0\0\x18ftypheic\0\0\0\0', 'image/heic'],
    ['\0\0\0\x18ftypmif1\0\0\0\0', 'image/heif'],
    ['\0\0\0\x18ftypavif\0\0\0\0', 'image/avif'],
    ['%PDF-1.7\n', 'application/pdf'],
    ['RIFF\x10\0\0\0WAVEfmt ', 'audio/wav'],
    ['ID3\x04', 'audio/mpeg'],
    ['\xff\xfb\x90', 'audio/mpeg'],
    ['\xff\xf1\x50', 'audio/aac'],
    ['fLaC\0', 'audio/flac'],
    ['FORM\0\0\0\0AIFF', 'audio/aiff'],
    ['\0\0\0\x14ftypqt  ', 'video/quicktime'],
    ['\0\0\x01\xba', 'video/mpeg'],
  ];
  for (const [start, mimeType] of table)
    for (const declared of ['', 'text/html', 'application/octet-stream'])
      assert.equal(recognizeMedia(bytes(start), declared, 'image'), mimeType, start);
});

test('a container is sound where sound is wanted', () => {
  const containers = [
    ['OggS\0', 'ogg'],
    ['\x1aE\xdf\xa3', 'webm'],
    ['\0\0\0\x14ftypisom', 'mp4'],
  ] as const;
  for (const [start, name] of containers) {
    assert.equal(recognizeMedia(bytes(start), '', 'audio'), `audio/${name}`);
    assert.equal(recognizeMedia(bytes(start), '', 'video'), `video/${name}`);
  }
});

test('text is a document where it is said to be text, and is', () => {
  const text = bytes('a,b\n1,2\n');
  assert.equal(recognizeMedia(text, 'text/csv; charset=utf-8', 'document'), 'text/csv');
  assert.equal(recognizeMedia(text, 'Application/JSON', 'document'), 'application/json');
  assert.equal(recognizeMedia(bytes('a\0b'), 'text/plain', 'document'), undefined);
  assert.equal(recognizeMedia(bytes('\xff\xfe'), 'text/plain', 'document'), undefined);
});

test('an office document is what its server says, if it is a zip file', () => {
  const word = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
  assert.equal(recognizeMedia(bytes('PK\x03\x04'), word, 'document'), word);
  assert.equal(recognizeMedia(bytes('PK\x03\x04'), 'application/zip', 'document'), undefined);
  assert.equal(recognizeMedia(bytes('words'), word, 'document'), undefined);
});

test('a page, a program and nothing at all are no media', () => {
  for (const wanted of ['image', 'audio', 'video', 'document'] as const) {
    assert.equal(recognizeMedia(bytes('<!doctype html>'), 'text/html', wanted), undefined);
    assert.equal(recognizeMedia(bytes('\x7fELF\x02'), 'image/png', wanted), undefined);
    assert.equal(recognizeMedia(bytes(''), 'image/png', wanted), undefined);
  }
  assert.equal(recognizeMedia(bytes('{"secret": 1}'), 'application/json', 'image'), undefined);
});
