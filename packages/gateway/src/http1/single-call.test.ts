/** One request to addresses that are given: the name of the host is not looked up, and nothing is kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callAt } from './single-call.ts';
import { ask, requestTo } from './testing/ask.ts';
import { closed, plainResponse, startScriptedServer } from './testing/scripted-server.ts';

function askAt(addresses: readonly string[], origin: string, path = '/a.png?b=c') {
  const client = {
    send: (...[request, handler]: Parameters<Client['send']>) =>
      callAt(addresses, request, handler),
    close() {},
  };
  return ask(client, requestTo(origin, { method: 'GET', path, headers: { accept: 'image/png' } }));
}

type Client = Parameters<typeof ask>[0];

test('what is dialled are the addresses, whatever the name means', async (t) => {
  const server = await startScriptedServer((socket) => socket.write(plainResponse('bytes')));
  t.after(() => server.stop());
  const origin = server.origin.replace('127.0.0.1', 'name.invalid');
  const told = await askAt(['127.0.0.1'], origin).told;
  assert.deepEqual([told.status, told.body, told.end], [200, 'bytes', 'end']);
  const [received] = server.received;
  assert.match(
    received?.head ?? '',
    /^GET \/a\.png\?b=c HTTP\/1\.1\r\nhost: name\.invalid:\d+\r\n/,
  );
});

test('the connection is closed after the answer', async (t) => {
  const server = await startScriptedServer((socket) => socket.write(plainResponse('bytes')));
  t.after(() => server.stop());
  await askAt(['127.0.0.1'], server.origin).told;
  await closed(server.sockets[0]);
  await askAt(['127.0.0.1'], server.origin).told;
  assert.equal(server.connections(), 2);
});

test('without an address, or with a path that is none, nothing is dialled', async (t) => {
  const server = await startScriptedServer((socket) => socket.write(plainResponse('bytes')));
  t.after(() => server.stop());
  const named = server.origin.replace('127.0.0.1', 'localhost');
  assert.equal((await askAt([], named).told).end, 'connect');
  assert.equal((await askAt(['127.0.0.1'], server.origin, '/a b').told).end, 'invalid');
  assert.equal(server.connections(), 0);
});

test('a connection that breaks off before the answer is not tried again', async (t) => {
  const server = await startScriptedServer((socket) => socket.destroy());
  t.after(() => server.stop());
  assert.equal((await askAt(['127.0.0.1'], server.origin).told).end, 'reset');
  assert.equal(server.connections(), 1);
});
