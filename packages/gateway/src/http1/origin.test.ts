/** Which of an origin's addresses is taken, when some of them do not answer. */
import assert from 'node:assert/strict';
import dns from 'node:dns';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { parseOrigin } from './origin.ts';
import { startScriptedServer } from './testing/scripted-server.ts';

/** Answers with these addresses for every name. */
function resolveTo(t: TestContext, addresses: readonly string[]): void {
  type Found = (cause: null, found: readonly { address: string; family: number }[]) => void;
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const lookup = (_name: string, _options: unknown, done: Found): void => {
    process.nextTick(done, null, found);
  };
  t.mock.method(dns, 'lookup', lookup as unknown as typeof dns.lookup);
}

async function startAt(t: TestContext, host: string): Promise<number> {
  const server = await startScriptedServer(() => undefined, { host });
  t.after(() => server.stop());
  return Number(new URL(server.origin).port);
}

const silentCode = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ ...workerData, backlog: 1 }, () => {
    parentPort.postMessage('listening');
    // Nothing is accepted: once the queue is full, the kernel drops every attempt.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/** An address that is as one behind a broken route: nobody refuses, and nobody answers. */
async function startSilent(t: TestContext, host: string, port: number): Promise<void> {
  const worker = new Worker(silentCode, { eval: true, workerData: { host, port } });
  const fillers: Socket[] = [];
  t.after(async () => {
    for (const socket of fillers) socket.destroy();
    await worker.terminate();
  });
  await once(worker, 'message');
  for (let count = 0; count < 8; count += 1) {
    fillers.push(connect({ host, port }).on('error', () => undefined));
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}

async function connected(socket: Socket): Promise<string | undefined> {
  await once(socket, 'connect');
  const { remoteAddress } = socket;
  socket.destroy();
  return remoteAddress;
}

const reading = { buffer: Buffer.alloc(1), callback: () => true };

const onLinux = { skip: process.platform === 'linux' ? false : 'needs 127.0.0.2' };

test('the next address is tried at once when one refuses', async (t) => {
  const port = await startAt(t, '127.0.0.1');
  resolveTo(t, ['::1', '127.0.0.1']);
  const socket = parseOrigin(`http://two.example:${port}`).connect(5_000, reading);
  let waits = 0;
  socket.on('connectionAttemptTimeout', () => {
    waits += 1;
  });
  assert.equal(await connected(socket), '127.0.0.1');
  assert.equal(waits, 0);
});

for (const scheme of ['http', 'https']) {
  test(
    `an address that is silent gets a second, then the next is tried: ${scheme}`,
    onLinux,
    async (t) => {
      const port = await startAt(t, '127.0.0.1');
      await startSilent(t, '127.0.0.2', port);
      resolveTo(t, ['127.0.0.2', '127.0.0.1']);
      const startedMs = performance.now();
      const socket = parseOrigin(`${scheme}://two.example:${port}`).connect(5_000, reading);
      assert.equal(await connected(socket), '127.0.0.1');
      const tookMs = performance.now() - startedMs;
      assert.ok(tookMs > 900, `${tookMs} ms: somebody far away needs as long`);
    },
  );
}

test(
  'a silent address leaves time for the next one, however short the bound is',
  onLinux,
  async (t) => {
    const port = await startAt(t, '127.0.0.1');
    await startSilent(t, '127.0.0.2', port);
    resolveTo(t, ['127.0.0.2', '127.0.0.1']);
    const order: string[] = [];
    const socket = parseOrigin(`http://two.example:${port}`).connect(400, reading);
    socket.on('connectionAttemptTimeout', () => order.push('given up'));
    const late = setTimeout(() => order.push('late'), 900);
    assert.equal(await connected(socket), '127.0.0.1');
    clearTimeout(late);
    assert.equal(order[0], 'given up');
  },
);
