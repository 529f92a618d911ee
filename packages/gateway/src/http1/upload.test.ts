/** Bodies that are sent as they come: framed, at the server's pace, and once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Upload, UploadSink } from '../model/http.ts';
import { ask, requestTo } from './testing/ask.ts';
import { startPair } from './testing/pair.ts';
import { plainResponse } from './testing/scripted-server.ts';

interface Source extends Upload {
  /** Resolves once it may be written to. */
  readonly started: Promise<UploadSink>;
  resumed(): number;
}

function source(length: number | undefined): Source {
  const { promise, resolve } = Promise.withResolvers<UploadSink>();
  let resumed = 0;
  return {
    length,
    start: resolve,
    resume() {
      resumed += 1;
    },
    started: promise,
    resumed: () => resumed,
  };
}

test('of a known length it goes as it is', async (t) => {
  const { server, client } = await startPair(t, (socket) => socket.write(plainResponse('ok')));
  const upload = source(6);
  const { told } = ask(client, requestTo(server.origin, { body: upload }));
  const sink = await upload.started;
  sink.write(Buffer.from('abc'));
  sink.write(Buffer.from('def'));
  sink.end();
  assert.equal((await told).body, 'ok');
  const [received] = server.received;
  assert.match(received?.head ?? '', /content-length: 6(\r|$)/);
  assert.equal(received?.body.toString(), 'abcdef');
});

test('of an unknown length it goes in chunks', async (t) => {
  let text = '';
  const { server, client } = await startPair(t, (socket) => {
    socket.on('data', (bytes) => {
      text += String(bytes);
      if (text.endsWith('0\r\n\r\n')) socket.write(plainResponse('ok'));
    });
  });
  const upload = source(undefined);
  const { told } = ask(client, requestTo(server.origin, { body: upload }));
  const sink = await upload.started;
  // The server notes bodies of known lengths only: its script reads this one.
  while (server.received.length === 0) await new Promise(setImmediate);
  sink.write(Buffer.from('abc'));
  sink.write(Buffer.alloc(0));
  sink.write(Buffer.alloc(17, 'x'));
  sink.end();
  assert.equal((await told).body, 'ok');
  assert.equal(text, `3\r\nabc\r\n11\r\n${'x'.repeat(17)}\r\n0\r\n\r\n`);
  assert.match(server.received[0]?.head ?? '', /transfer-encoding: chunked/);
});

test('a server that does not read stops it, and lets it go on', async (t) => {
  const piece = Buffer.alloc(1024 * 1024, 'a');
  const { server, client } = await startPair(t, (socket) => socket.pause());
  const upload = source(undefined);
  ask(client, requestTo(server.origin, { body: upload }));
  const sink = await upload.started;
  let pieces = 0;
  while (sink.write(piece)) {
    pieces += 1;
    assert.ok(pieces < 64);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(upload.resumed(), 0);
  server.sockets[0]?.resume();
  for (let round = 0; round < 500 && upload.resumed() === 0; round += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(upload.resumed(), 1);
});

test('it has a connection of its own, which is kept once all of it went out', async (t) => {
  const { server, client } = await startPair(t, (socket) => socket.write(plainResponse('ok')));
  await ask(client, requestTo(server.origin)).told;
  const upload = source(1);
  const { told } = ask(client, requestTo(server.origin, { body: upload }));
  const sink = await upload.started;
  sink.write(Buffer.from('a'));
  sink.end();
  await told;
  assert.equal(server.connections(), 2);
  await ask(client, requestTo(server.origin)).told;
  await ask(client, requestTo(server.origin)).told;
  assert.equal(server.connections(), 2);
});

test('an answer before its end is heard, and ends the connection', async (t) => {
  const { server, client } = await startPair(t, (socket) => socket.write(plainResponse('no')));
  const upload = source(undefined);
  const { told } = ask(client, requestTo(server.origin, { body: upload }));
  const sink = await upload.started;
  const { end, body } = await told;
  assert.deepEqual([end, body], ['end', 'no']);
  assert.equal(sink.write(Buffer.from('nowhere to go')), true);
  sink.end();
  await ask(client, requestTo(server.origin)).told;
  assert.equal(server.connections(), 2);
});

test('what has begun is not sent again', async (t) => {
  const { server, client } = await startPair(t, (socket) => socket.destroy());
  const upload = source(undefined);
  const { told } = ask(client, requestTo(server.origin, { body: upload }));
  assert.equal((await told).end, 'reset');
  assert.equal(server.connections(), 1);
});
