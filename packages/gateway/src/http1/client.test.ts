/** The client against servers of bare bytes: answers, kept connections, pauses. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { createHttpClient } from './client.ts';
import { ask, requestTo, settled } from './testing/ask.ts';
import { startPair } from './testing/pair.ts';
import { closed, plainResponse, startScriptedServer } from './testing/scripted-server.ts';

/** The peer has time to read what was written before. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}

async function writeInParts(socket: Socket, parts: readonly string[]): Promise<void> {
  for (const part of parts) {
    if (socket.destroyed) return;
    socket.write(part, 'latin1');
    await nextTurn();
  }
}

const OK = 'HTTP/1.1 200 OK\r\n';

const responses = [
  ['of a given length', `${OK}x-a: 1\r\ncontent-length: 5\r\n\r\nhello`],
  [
    'chunked',
    `${OK}x-a: 1\r\ntransfer-encoding: chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nx-sum: 1\r\n\r\n`,
  ],
  ['that ends with its connection', `${OK}x-a: 1\r\n\r\nhello`],
  [
    'after interim ones',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n${OK}x-a: 1\r\ncontent-length: 5\r\n\r\nhello`,
  ],
] as const;

for (const [name, raw] of responses) {
  const endsWithConnection = name === 'that ends with its connection';

  test(`a response ${name} is the same wherever the network cuts it`, async (t) => {
    let cut = 0;
    const { server, client } = await startPair(t, async (socket) => {
      await writeInParts(
        socket,
        cut === raw.length ? raw.split('') : [raw.slice(0, cut), raw.slice(cut)],
      );
      if (endsWithConnection) socket.end();
    });
    for (cut = 1; cut <= raw.length; cut += 1) {
      const told = await ask(client, requestTo(server.origin)).told;
      assert.equal(told.end, 'end', `cut at ${cut}`);
      assert.equal(told.status, 200);
      assert.equal(told.headers?.['x-a'], '1');
      assert.equal(told.body, 'hello');
    }
    assert.equal(server.connections(), endsWithConnection ? raw.length : 1);
  });
}

test('the server receives the request as it was meant', async (t) => {
  const { server, client } = await startPair(t, (socket) => socket.write(plainResponse('')));
  const body = JSON.stringify({ text: 'ä€😀'.repeat(40_000) });
  await ask(client, requestTo(server.origin, { body, path: '/v1/x?key=a%20b' })).told;
  await ask(client, requestTo(server.origin, { body: '' })).told;
  const [large, empty] = server.received;
  assert.ok(large?.head.startsWith('POST /v1/x?key=a%20b HTTP/1.1\r\n') === true);
  assert.match(large?.head ?? '', new RegExp(`host: ${new URL(server.origin).host}\r\n`));
  assert.match(large?.head ?? '', /content-type: application\/json/);
  assert.equal(large?.body.toString(), body);
  assert.match(empty?.head ?? '', /content-length: 0/);
});

test('requests one after another share a connection, also one that is sent at the end of the other', async (t) => {
  const { server, client } = await startPair(t, (socket) => socket.write(plainResponse('hello')));
  for (let nth = 0; nth < 20; nth += 1) await ask(client, requestTo(server.origin)).told;
  await new Promise((resolve) => {
    ask(client, requestTo(server.origin), (name) => {
      if (name === 'end') ask(client, requestTo(server.origin)).told.then(resolve, resolve);
    });
  });
  assert.equal(server.received.length, 22);
  assert.equal(server.connections(), 1);
});

test('requests at the same time have a connection each, and the next ones find them', async (t) => {
  const { server, client } = await startPair(t, (socket) => socket.write(plainResponse('hello')));
  const round = (): Promise<unknown> =>
    Promise.all(Array.from({ length: 5 }, () => ask(client, requestTo(server.origin)).told));
  await round();
  assert.equal(server.connections(), 5);
  await round();
  assert.equal(server.connections(), 5);
  assert.equal(server.received.length, 10);
});

test('the connection that was used last is used first', async (t) => {
  const waiting: Socket[] = [];
  const { server, client } = await startPair(t, (socket) => waiting.push(socket));
  const first = ask(client, requestTo(server.origin)).told;
  const second = ask(client, requestTo(server.origin)).told;
  while (waiting.length < 2) await nextTurn();
  const [one, two] = server.sockets;
  two?.write(plainResponse('2'));
  await Promise.race([first, second]);
  one?.write(plainResponse('1'));
  await Promise.all([first, second]);
  void ask(client, requestTo(server.origin));
  while (server.received.length < 3) await nextTurn();
  assert.equal(server.received[2]?.connection, 1);
});

const notKept = [
  ['the server says close', `${OK}connection: close\r\ncontent-length: 0\r\n\r\n`],
  ['the server speaks version 1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n'],
  ['there are bytes after the response', `${OK}content-length: 0\r\n\r\nHTTP/1.1 200 OK\r\n`],
  [
    'the server keeps it for a second only',
    `${OK}keep-alive: timeout=1\r\ncontent-length: 0\r\n\r\n`,
  ],
] as const;

for (const [name, raw] of notKept) {
  test(`a connection is not kept when ${name}`, async (t) => {
    const { server, client } = await startPair(t, (socket) => socket.write(raw));
    for (let nth = 0; nth < 2; nth += 1) {
      assert.equal((await ask(client, requestTo(server.origin)).told).end, 'end');
      await closed(server.sockets[nth]);
    }
    assert.equal(server.connections(), 2);
  });
}

test('a connection on which the server speaks unasked is not used again', async (t) => {
  const { server, client } = await startPair(t, (socket) => socket.write(plainResponse('')));
  await ask(client, requestTo(server.origin)).told;
  server.sockets[0]?.write('HTTP/1.1 408 Request Timeout\r\n\r\n');
  await settled();
  assert.equal((await ask(client, requestTo(server.origin)).told).status, 200);
  assert.equal(server.connections(), 2);
});

test('an idle connection is closed before the server would do so', async (t) => {
  const { server, client } = await startPair(t, (socket) => {
    socket.write(plainResponse('', 'keep-alive: timeout=2\r\n'));
  });
  await ask(client, requestTo(server.origin)).told;
  await ask(client, requestTo(server.origin)).told;
  assert.equal(server.connections(), 1);
  await closed(server.sockets[0]);
});

const MANY_BYTES = 32 * 1024 * 1024;

test('a paused response holds the server up and goes on where it stopped', async (t) => {
  const { server, client } = await startPair(t, (socket) => {
    socket.write(`${OK}content-length: ${MANY_BYTES}\r\n\r\n`);
    socket.write(Buffer.alloc(MANY_BYTES, 'a'));
  });
  let isPaused = false;
  const { call, calls, told } = ask(client, requestTo(server.origin), (name, call) => {
    if (name !== 'data' || isPaused) return;
    isPaused = true;
    call().pause();
  });
  while (!calls.includes('data')) await nextTurn();
  await settled();
  const callsThen = calls.length;
  assert.ok((server.sockets[0]?.writableLength ?? 0) > 0, 'the server could write it all');
  assert.equal(calls.filter((name) => name === 'data').length, 1);
  await settled();
  assert.equal(calls.length, callsThen);
  call.resume();
  const { body, end } = await told;
  assert.equal(end, 'end');
  assert.equal(body.length, MANY_BYTES);
});

test('a response that was paused before it began comes when it is resumed', async (t) => {
  const { server, client } = await startPair(t, (socket) => socket.write(plainResponse('hello')));
  const { call, calls, told } = ask(client, requestTo(server.origin));
  call.pause();
  await settled();
  assert.deepEqual(calls, []);
  assert.equal(server.received.length, 1);
  call.resume();
  assert.equal((await told).body, 'hello');
});

test('a connection whose response was paused at its end carries the next one', async (t) => {
  const { server, client } = await startPair(t, (socket) => socket.write(plainResponse('hello')));
  const pauseAtData = ask(client, requestTo(server.origin), (name, call) => {
    if (name === 'data') call().pause();
  });
  await pauseAtData.told;
  assert.equal((await ask(client, requestTo(server.origin)).told).body, 'hello');
  assert.equal(server.connections(), 1);
});

test('an upstream is reached by IPv6', async (t) => {
  const server = await startScriptedServer((socket) => socket.write(plainResponse('hello')), {
    host: '::1',
  }).catch(() => undefined);
  if (server === undefined) return t.skip('this machine has no IPv6');
  const client = createHttpClient();
  assert.equal((await ask(client, requestTo(server.origin)).told).body, 'hello');
  assert.match(server.received[0]?.head ?? '', /host: \[::1\]:\d+\r\n/);
  client.close();
  await server.stop();
});
