/** The seam to upstreams: faults in words that leak nothing, compressed answers undone. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { requestTo, settled } from '../http1/testing/ask.ts';
import {
  type Answer,
  plainResponse,
  startScriptedServer,
} from '../http1/testing/scripted-server.ts';
import type { UpstreamFault } from '../model/http.ts';
import { createUpstreamClient } from './upstream.ts';

interface Told {
  readonly status: number | undefined;
  readonly body: string;
  readonly end: 'end' | UpstreamFault;
  readonly message: string;
}

async function tell(t: TestContext, answer: Answer, more = {}): Promise<Told> {
  const server = await startScriptedServer(answer);
  const client = createUpstreamClient();
  t.after(async () => {
    await client.close();
    await server.stop();
  });
  const pieces: Uint8Array[] = [];
  let status: number | undefined;
  return new Promise((resolve) => {
    const finish = (end: Told['end'], message: string): void =>
      resolve({ status, body: Buffer.concat(pieces).toString(), end, message });
    client.send(requestTo(server.origin, more), {
      head(read) {
        status = read;
      },
      data: (piece) => pieces.push(piece),
      end: () => finish('end', ''),
      fail: finish,
    });
  });
}

test('an answer comes as it is', async (t) => {
  const told = await tell(t, (socket) => socket.write(plainResponse('{"a":1}')));
  assert.deepEqual(told, { status: 200, body: '{"a":1}', end: 'end', message: '' });
});

const body = JSON.stringify({ text: 'hello '.repeat(1000) });

for (const [encoding, compressed] of [
  ['gzip', gzipSync(body)],
  ['Deflate', deflateSync(body)],
] as const) {
  test(`an answer that came in ${encoding} unasked is undone`, async (t) => {
    const told = await tell(t, (socket) => {
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${compressed.length}\r\n\r\n`,
      );
      socket.write(compressed);
    });
    assert.equal(told.end, 'end');
    assert.equal(told.body, body);
  });
}

for (const encoding of ['Identity', '']) {
  test(`an answer with the encoding "${encoding}" comes as it is`, async (t) => {
    const told = await tell(t, (socket) =>
      socket.write(plainResponse('hello', `content-encoding: ${encoding}\r\n`)),
    );
    assert.equal(told.end, 'end');
    assert.equal(told.body, 'hello');
  });
}

function gzipHead(bytes: number): string {
  return `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bytes}\r\n\r\n`;
}

test('a compressed answer that is paused does not go on growing', async (t) => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  const server = await startScriptedServer((socket) => {
    socket.write(gzipHead(bomb.length));
    socket.write(bomb);
  });
  const client = createUpstreamClient();
  t.after(async () => {
    await client.close();
    await server.stop();
  });
  let bytes = 0;
  const { promise: begun, resolve: begin } = Promise.withResolvers<undefined>();
  const { promise: ended, resolve: end } = Promise.withResolvers<string>();
  const call = client.send(requestTo(server.origin), {
    head: () => undefined,
    data(piece) {
      if (bytes === 0) {
        call.pause();
        begin(undefined);
      }
      bytes += piece.length;
    },
    end: () => end('end'),
    fail: end,
  });
  await begun;
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(bytes < 1_000_000, `${bytes} bytes while paused`);
  call.resume();
  assert.equal(await ended, 'end');
  assert.equal(bytes, 50_000_000);
});

test('an empty body with an encoding is an empty body', async (t) => {
  for (const encoding of ['gzip', 'deflate', 'br', 'zstd']) {
    const told = await tell(t, (socket) =>
      socket.write(plainResponse('', `content-encoding: ${encoding}\r\n`)),
    );
    assert.equal(told.end, 'end', encoding);
    assert.equal(told.body, '');
  }
});

test('a compressed answer that is aborted while it is paused tells nothing more', async (t) => {
  const bomb = gzipSync(Buffer.alloc(5_000_000));
  const server = await startScriptedServer((socket) => {
    socket.write(gzipHead(bomb.length));
    socket.write(bomb);
  });
  const client = createUpstreamClient();
  t.after(async () => {
    await client.close();
    await server.stop();
  });
  const calls: string[] = [];
  const { promise: begun, resolve: begin } = Promise.withResolvers<undefined>();
  const call = client.send(requestTo(server.origin), {
    head: () => undefined,
    data() {
      calls.push('data');
      call.pause();
      begin(undefined);
    },
    end: () => calls.push('end'),
    fail: () => calls.push('fail'),
  });
  await begun;
  call.abort();
  call.resume();
  await settled();
  assert.deepEqual(calls, ['data']);
});

const faults: readonly (readonly [string, Answer, UpstreamFault, string])[] = [
  [
    'a closed connection',
    (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello'),
    'reset',
    'the upstream closed the connection before its answer was complete',
  ],
  [
    'nonsense',
    (socket) => socket.write('nonsense\r\n\r\n'),
    'invalid',
    'the upstream sent something that is not HTTP',
  ],
  [
    'an unknown encoding',
    (socket) => socket.write(plainResponse('hello', 'content-encoding: rot13\r\n')),
    'invalid',
    "the upstream's answer is not valid rot13",
  ],
  [
    'bytes that are not what their encoding says',
    (socket) => socket.write(plainResponse('hello', 'content-encoding: gzip\r\n')),
    'invalid',
    "the upstream's answer is not valid gzip",
  ],
];

for (const [name, answer, fault, message] of faults) {
  test(`${name} is told as ${fault}`, async (t) => {
    const told = await tell(t, answer);
    assert.equal(told.end, fault);
    assert.equal(told.message, message);
  });
}

test('an upstream that is not there is told by its code, without its address', async (t) => {
  const told = await tell(t, () => {}, { origin: 'http://127.0.0.1:1' });
  assert.equal(told.end, 'connect');
  assert.equal(told.message, 'the upstream could not be reached (ECONNREFUSED)');
});

test('an upstream that does not take the connection in time is told so', async (t) => {
  const silent = await startScriptedServer(() => {});
  t.after(() => silent.stop());
  const origin = silent.origin.replace('http:', 'https:');
  const told = await tell(t, () => {}, { origin, connectMs: 50 });
  assert.equal(told.end, 'connect-timeout');
  assert.equal(told.message, 'the upstream could not be reached in time');
});

test('a request that HTTP cannot carry is told so', async (t) => {
  const told = await tell(t, () => {}, { headers: { 'x-a': 'a\nb' } });
  assert.equal(told.end, 'invalid');
  assert.equal(told.message, 'the request has a path or a header that HTTP cannot carry');
});
