/** A large upload is never all in the gateway's memory: measured in a process of its own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashOf, type StreamingUpstream, streamingUpstream } from './streaming-upstream.ts';

const MEBIBYTE = 1024 * 1024;
const UPLOAD_MEBIBYTES = 256;
const main = join(import.meta.dirname, '../../packages/gateway/src/main.ts');

interface Ports {
  readonly proxyPort: number;
  readonly metricsPort: number;
}

let upstream: StreamingUpstream;
let stop: () => Promise<unknown> = async () => undefined;
let ports: Ports;

before(async () => {
  upstream = await streamingUpstream(async (request, response) => {
    response.end(JSON.stringify({ id: await hashOf(request) }));
  });
  const { hostname, port } = new URL(upstream.url);
  const child = spawn(process.execPath, ['--conditions=source', main], {
    env: {
      PATH: process.env['PATH'] ?? '',
      PROXY_PORT: '0',
      METRICS_PORT: '0',
      PROXY_HOST: '127.0.0.1',
      WORKERS: '1',
      LOG_FORMAT: 'json',
      OPENAI_DOMAIN: hostname,
      OPENAI_PORT: port,
      OPENAI_TLS: 'false',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'close');
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  stop = () => {
    child.kill();
    return exited;
  };
  for (let tries = 0; tries < 400 && !output.includes('"listening"'); tries += 1) await sleep(25);
  const line = output.split('\n').find((text) => text.includes('"listening"'));
  ports = JSON.parse(line ?? '') as Ports;
});

after(async () => {
  await stop();
  await upstream.close();
});

async function residentBytes(): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${ports.metricsPort}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(page)?.[1]);
}

async function upload(mebibytes: number): Promise<number> {
  const sent = httpRequest(`http://127.0.0.1:${ports.proxyPort}/v1/files`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b', authorization: 'Bearer k' },
  });
  const answered = once(sent, 'response');
  const piece = Buffer.alloc(MEBIBYTE, 'a');
  let highest = 0;
  for (let count = 0; count < mebibytes; count += 1) {
    if (!sent.write(piece)) await once(sent, 'drain');
    if (count % 8 === 0) highest = Math.max(highest, await residentBytes());
  }
  sent.end();
  const [answer] = (await answered) as [IncomingMessage];
  assert.equal(answer.statusCode, 200);
  answer.resume();
  await once(answer, 'end');
  return highest;
}

it(`an upload of ${UPLOAD_MEBIBYTES} MiB is never all in memory`, async () => {
  const small = await upload(UPLOAD_MEBIBYTES / 8);
  const large = await upload(UPLOAD_MEBIBYTES);
  const more = (large - small) / MEBIBYTE;
  assert.ok(more < UPLOAD_MEBIBYTES / 2, `${more} MiB more`);
});
