/** The client where things go wrong: cut answers, stale connections, aborts, refusals. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, requestTo, settled } from './testing/ask.ts';
import { startPair } from './testing/pair.ts';
import { closed, plainResponse } from './testing/scripted-server.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`;

const cuts = [
  ['before it began', ''],
  ['in its status line', 'HTTP/1.1 20'],
  ['in a field', `${OK}content-le`],
  ['before the end of its head', `${OK}content-length: 5\r\n`],
  ['after an interim one', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ['after its head', `${OK}content-length: 5\r\n\r\n`],
  ['in a body of a given length', `${OK}content-length: 5\r\n\r\nhell`],
  ['before the first chunk', CHUNKED],
  ['in the size of a chunk', `${CHUNKED}5`],
  ['in a chunk', `${CHUNKED}5\r\nhel`],
  ['after a chunk', `${CHUNKED}5\r\nhello\r\n`],
  ['after the last chunk', `${CHUNKED}5\r\nhello\r\n0\r\n`],
  ['in a trailer', `${CHUNKED}5\r\nhello\r\n0\r\nx-sum: 1`],
] as const;

for (const [name, raw] of cuts) {
  test(`a response that is cut ${name} is a reset, never an end`, async (t) => {
    const { server, client } = await startPair(t, (socket) => socket.end(raw));
    const { told, calls } = ask(client, requestTo(server.origin));
    assert.equal((await told).end, 'reset');
    await settled();
    assert.deepEqual(
      calls.filter((call) => call === 'fail' || call === 'end'),
      ['fail'],
    );
    assert.equal(server.received.length, 1, 'nothing is sent again on a fresh connection');
  });
}

test('a response that lasts as long as its connection is not whole after a reset', async (t) => {
  const { server, client } = await startPair(t, (socket) => {
    socket.write(`${OK}\r\nhello`, () => setTimeout(() => socket.resetAndDestroy(), 20));
  });
  assert.equal((await ask(client, requestTo(server.origin)).told).end, 'reset');
});

test('what is not HTTP is invalid, and its connection is closed', async (t) => {
  const { server, client } = await startPair(t, (socket) =>
    socket.write('SSH-2.0-OpenSSH_9.6\r\n'),
  );
  assert.equal((await ask(client, requestTo(server.origin)).told).end, 'invalid');
  await closed(server.sockets[0]);
});

test('a body that stops being HTTP is invalid after its good part', async (t) => {
  const { server, client } = await startPair(t, (socket) =>
    socket.write(`${CHUNKED}2\r\nhi\r\nnonsense`),
  );
  const { end, body } = await ask(client, requestTo(server.origin)).told;
  assert.equal(end, 'invalid');
  assert.equal(body, 'hi');
  await closed(server.sockets[0]);
});

test('a kept connection that the server closes at once costs nobody a request', async (t) => {
  const { server, client } = await startPair(t, (socket) => {
    socket.end(plainResponse('hello'), () => socket.destroy());
  });
  for (let nth = 0; nth < 20; nth += 1) {
    // Sent in the same turn in which the first one ended: the close is not known yet.
    const second = await new Promise<string>((resolve, reject) => {
      ask(client, requestTo(server.origin), (name) => {
        if (name !== 'end') return;
        ask(client, requestTo(server.origin)).told.then(({ end }) => resolve(end), reject);
      });
    });
    assert.equal(second, 'end');
  }
  assert.equal(server.received.length, 40);
});

for (const size of [10, 200_000]) {
  test(`a kept connection that is reset under a request of ${size} bytes: it is sent once more`, async (t) => {
    const { server, client } = await startPair(t, (socket, { connection }) => {
      if (connection > 1 || server.received.length === 1) socket.write(plainResponse('hello'));
      else socket.resetAndDestroy();
    });
    const body = 'a'.repeat(size);
    await ask(client, requestTo(server.origin)).told;
    const { told, calls } = ask(client, requestTo(server.origin, { body }));
    assert.equal((await told).end, 'end');
    assert.deepEqual(calls, ['head', 'data', 'end']);
    assert.deepEqual(
      server.received.map(({ connection }) => connection),
      [1, 1, 2],
    );
    assert.equal(server.received[2]?.body.toString(), body);
  });
}

test('a request that the server worked on for long is not sent again', async (t) => {
  const { server, client } = await startPair(t, (socket) => {
    if (server.received.length === 1) socket.write(plainResponse('hello'));
  });
  await ask(client, requestTo(server.origin)).told;
  const { told } = ask(client, requestTo(server.origin));
  while (server.received.length < 2) await settled();
  const laterMs = performance.now() + 15_000;
  t.mock.method(performance, 'now', () => laterMs);
  server.sockets[0]?.resetAndDestroy();
  assert.equal((await told).end, 'reset');
  assert.equal(server.connections(), 1);
});

test('a request is sent once more only, and then its fault is told', async (t) => {
  const { server, client } = await startPair(t, (socket) => {
    if (server.received.length === 1) socket.write(plainResponse('hello'));
    else socket.resetAndDestroy();
  });
  await ask(client, requestTo(server.origin)).told;
  assert.equal((await ask(client, requestTo(server.origin)).told).end, 'reset');
  await settled();
  assert.equal(server.received.length, 3);
});

test('a request of which an answer began is not sent again', async (t) => {
  const { server, client } = await startPair(t, (socket) => {
    if (server.received.length === 1) socket.write(plainResponse('hello'));
    else socket.end('H');
  });
  await ask(client, requestTo(server.origin)).told;
  assert.equal((await ask(client, requestTo(server.origin)).told).end, 'reset');
  await settled();
  assert.equal(server.received.length, 2);
});

test('an upstream that is not there is a fault of connecting, with its reason', async (t) => {
  const { server, client } = await startPair(t, () => {});
  await server.stop();
  const { end, cause } = await ask(client, requestTo(server.origin)).told;
  assert.equal(end, 'connect');
  assert.equal(cause !== undefined && 'code' in cause && cause.code, 'ECONNREFUSED');
});

test('a name that does not exist is a fault of connecting', async (t) => {
  const { client } = await startPair(t, () => {});
  const { end } = await ask(client, requestTo('http://nobody.invalid')).told;
  assert.equal(end, 'connect');
});

test('a connection that is not up within its bound is given up', async (t) => {
  const { server, client } = await startPair(t, () => {});
  const silent = server.origin.replace('http:', 'https:');
  const { end } = await ask(client, requestTo(silent, { connectMs: 50 })).told;
  assert.equal(end, 'connect-timeout');
  await closed(server.sockets[0]);
});

const phases = [
  ['before anything happened', '', undefined],
  ['in the head', 'content-length: 5\r\n\r\nhello', 'head'],
  ['in the body', 'content-length: 9\r\n\r\nhello', 'data'],
  ['in a chunk', 'transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n', 'data'],
  ['in the last piece of a body', 'content-length: 5\r\n\r\nhello', 'data'],
  ['in front of nonsense', 'transfer-encoding: chunked\r\n\r\n2\r\nhe\r\nnonsense', 'data'],
] as const;

for (const [name, rest, at] of phases) {
  test(`an abort ${name} closes the connection and nothing is called any more`, async (t) => {
    const { server, client } = await startPair(t, (socket) => socket.write(`${OK}${rest}`));
    const { call, calls } = ask(client, requestTo(server.origin), (called, call) => {
      if (called === at) call().abort();
    });
    if (at === undefined) call.abort();
    await settled();
    assert.equal(calls.at(-1), at);
    assert.equal(calls.filter((called) => called === 'data').length <= 1, true);
    await closed(server.sockets[0]);
    call.abort();
    call.pause();
    call.resume();
    await settled();
    assert.equal(calls.at(-1), at);
  });
}

test('an abort while the answer is awaited closes the connection', async (t) => {
  const { server, client } = await startPair(t, (socket) =>
    setTimeout(() => socket.write(plainResponse('')), 20),
  );
  const { call, calls } = ask(client, requestTo(server.origin));
  while (server.received.length === 0) await new Promise(setImmediate);
  call.abort();
  await closed(server.sockets[0]);
  await settled();
  assert.deepEqual(calls, []);
});

test('an abort while a TLS connection is made closes it', async (t) => {
  const { server, client } = await startPair(t, () => {});
  const { call, calls } = ask(client, requestTo(server.origin.replace('http:', 'https:')));
  while (server.connections() === 0) await new Promise(setImmediate);
  call.abort();
  await closed(server.sockets[0]);
  assert.deepEqual(calls, []);
});

test('an abort of a paused response closes the connection', async (t) => {
  const { server, client } = await startPair(t, (socket) => {
    socket.write(`${OK}\r\n`);
    socket.write(Buffer.alloc(16 * 1024 * 1024));
  });
  const { call, calls } = ask(client, requestTo(server.origin), (name, call) => {
    if (name === 'data') call().pause();
  });
  while (!calls.includes('data')) await new Promise(setImmediate);
  call.abort();
  await closed(server.sockets[0]);
  assert.deepEqual(calls, ['head', 'data']);
});

test('an abort of what has ended leaves the connection to the next one', async (t) => {
  const { server, client } = await startPair(t, (socket) => socket.write(plainResponse('hello')));
  const first = ask(client, requestTo(server.origin), (name, call) => {
    if (name === 'end') call().abort();
  });
  await first.told;
  const second = ask(client, requestTo(server.origin));
  first.call.abort();
  assert.equal((await second.told).end, 'end');
  assert.equal(server.connections(), 1);
});

test('a request that would end its line early is refused and nothing is sent', async (t) => {
  const { server, client } = await startPair(t, (socket) => socket.write(plainResponse('')));
  const headers = { 'x-a': 'a\r\nx-injected: 1' };
  const { told, calls } = ask(client, requestTo(server.origin, { headers }));
  assert.deepEqual(calls, [], 'the caller holds its call first');
  assert.equal((await told).end, 'invalid');
  await settled();
  assert.equal(server.connections(), 0);
});

test('a handler that throws loses its own exchange only', async (t) => {
  const { server, client } = await startPair(t, (socket) => socket.write(plainResponse('hello')));
  for (const at of ['head', 'data', 'end'] as const) {
    const { told } = ask(client, requestTo(server.origin), (name) => {
      if (name === at) throw new Error(`thrown in ${at}`);
    });
    const { end, cause } = await told;
    assert.equal(end, 'invalid');
    assert.equal(cause?.message, `thrown in ${at}`);
  }
  assert.equal((await ask(client, requestTo(server.origin)).told).end, 'end');
});

test('closing the client fails what runs, cuts what is kept and takes nothing more', async (t) => {
  const { server, client } = await startPair(t, (socket, { connection }) => {
    if (connection === 1) socket.write(plainResponse('hello'));
  });
  const kept = ask(client, requestTo(server.origin));
  const running = ask(client, requestTo(server.origin));
  await kept.told;
  // On the kept connection: that it was used before must not send it again.
  while (server.received.length < 2) await new Promise(setImmediate);
  client.close();
  assert.equal((await running.told).end, 'reset');
  for (const socket of server.sockets) await closed(socket);
  assert.equal((await ask(client, requestTo(server.origin)).told).end, 'reset');
  assert.equal(server.connections(), 2);
});
