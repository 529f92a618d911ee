/** Undoing compression at the pace of whoever receives it. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createDecompressor } from './decompress.ts';

/** Random, so that it is as long compressed as undone. */
const body = randomBytes(1_000_000);
const compressed = gzipSync(body, { level: 1 });
const PIECE_BYTES = 64_000;

type Decompressor = NonNullable<ReturnType<typeof createDecompressor>>;

function createSource() {
  let isFlowing = true;
  let pauses = 0;
  return {
    pause() {
      isFlowing = false;
      pauses += 1;
    },
    resume() {
      isFlowing = true;
    },
    isFlowing: () => isFlowing,
    pauses: () => pauses,
  };
}

interface Undone {
  readonly bytes: Buffer;
  readonly pauses: number;
}

/** Writes only while the source may flow, as a socket would. */
async function undo(hook: (decompressor: Decompressor) => void): Promise<Undone> {
  const pieces: Uint8Array[] = [];
  const source = createSource();
  const { promise: ended, resolve: end, reject } = Promise.withResolvers<undefined>();
  const decompressor = createDecompressor('gzip', source, {
    data(piece) {
      pieces.push(piece);
      if (decompressor !== undefined) hook(decompressor);
    },
    end: () => end(undefined),
    fail: reject,
  });
  assert.ok(decompressor !== undefined);
  for (let at = 0; at < compressed.length; at += PIECE_BYTES) {
    while (!source.isFlowing()) await new Promise(setImmediate);
    decompressor.write(compressed.subarray(at, at + PIECE_BYTES));
  }
  decompressor.end();
  await ended;
  return { bytes: Buffer.concat(pieces), pauses: source.pauses() };
}

test('the source waits for what cannot be undone as fast as it comes', async () => {
  const { bytes, pauses } = await undo(() => undefined);
  assert.deepEqual(bytes, body);
  assert.ok(pauses > 5, `${pauses}`);
});

test('nothing is lost with a receiver that pauses after every piece', async () => {
  const { bytes } = await undo((decompressor) => {
    decompressor.pause();
    setImmediate(decompressor.resume);
  });
  assert.deepEqual(bytes, body);
});

test('the source does not flow as long as enough of it waits to be undone', () => {
  const source = createSource();
  const receiver = { data() {}, end() {}, fail() {} };
  const decompressor = createDecompressor('gzip', source, receiver);
  decompressor?.write(compressed);
  decompressor?.pause();
  decompressor?.resume();
  assert.equal(source.isFlowing(), false);
  decompressor?.stop();
});
