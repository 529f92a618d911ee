/** The client over TLS: certificates are checked, sessions are taken up again. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createServer, getCACertificates, setDefaultCACertificates, TLSSocket } from 'node:tls';
import { createHttpClient } from './client.ts';
import { ask, requestTo } from './testing/ask.ts';
import {
  type Answer,
  plainResponse,
  type ScriptedServer,
  startScriptedServer,
} from './testing/scripted-server.ts';

interface Identity {
  readonly key: string;
  readonly cert: string;
}

const OPENSSL = 'openssl';

/** Undefined where there is none. */
function selfSigned(subjectAltName: string): Identity | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-tls-'));
  const key = join(folder, 'key.pem');
  const cert = join(folder, 'cert.pem');
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const names = ['-subj', '/CN=test', '-addext', `subjectAltName=${subjectAltName}`];
  try {
    const files = ['-keyout', key, '-out', cert];
    execFileSync(OPENSSL, ['req', '-x509', '-days', '2', ...curve, ...names, ...files], {
      stdio: 'ignore',
    });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const stranger = selfSigned('DNS:localhost,IP:127.0.0.1');
const trusted = selfSigned('DNS:localhost,IP:127.0.0.1');
const elsewhere = selfSigned('DNS:elsewhere.example');
const skip = stranger === undefined ? 'needs openssl to make certificates' : false;

if (trusted !== undefined && elsewhere !== undefined)
  setDefaultCACertificates([...getCACertificates(), trusted.cert, elsewhere.cert]);

async function start(
  t: TestContext,
  identity: Identity | undefined,
  answer: Answer,
): Promise<ScriptedServer> {
  const server = createServer({ ...identity, ALPNProtocols: ['h2', 'http/1.1'] });
  server.on('tlsClientError', () => {});
  const scripted = await startScriptedServer(answer, {
    server,
    event: 'secureConnection',
    scheme: 'https',
  });
  t.after(() => scripted.stop());
  return scripted;
}

const refused = [
  ['that nobody vouches for', stranger],
  ['of another name', elsewhere],
] as const;

for (const [name, identity] of refused) {
  test(`a certificate ${name} is refused before the request is sent`, { skip }, async (t) => {
    const server = await start(t, identity, (socket) => socket.write(plainResponse('')));
    const client = createHttpClient();
    const { end, cause } = await ask(client, requestTo(server.origin)).told;
    assert.equal(end, 'connect');
    assert.match(cause !== undefined && 'code' in cause ? String(cause.code) : '', /CERT/);
    assert.equal(server.received.length, 0);
    client.close();
  });
}

test('the environment cannot turn the check off', { skip }, async (t) => {
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  t.after(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']);
  const server = await start(t, stranger, (socket) => socket.write(plainResponse('')));
  const client = createHttpClient();
  assert.equal((await ask(client, requestTo(server.origin)).told).end, 'connect');
  client.close();
});

for (const host of ['127.0.0.1', 'localhost']) {
  test(`a trusted server at ${host} answers, on a kept connection and on resumed sessions`, {
    skip,
  }, async (t) => {
    const resumed: boolean[] = [];
    const server = await start(t, trusted, (socket) => {
      if (socket instanceof TLSSocket) {
        assert.equal(socket.alpnProtocol, 'http/1.1');
        resumed.push(socket.isSessionReused());
      }
      if (resumed.length < 3) socket.write(plainResponse('hello'));
      else socket.end(plainResponse('hello', 'connection: close\r\n'));
    });
    const client = createHttpClient();
    const request = requestTo(server.origin.replace('127.0.0.1', host));
    for (let nth = 0; nth < 4; nth += 1) {
      const { end, body } = await ask(client, request).told;
      assert.equal(end, 'end');
      assert.equal(body, 'hello');
    }
    assert.equal(server.connections(), 2);
    assert.deepEqual(resumed, [false, false, false, true]);
    client.close();
  });
}

test('a paused request over TLS goes out and its answer waits', { skip }, async (t) => {
  const server = await start(t, trusted, (socket) => socket.write(plainResponse('hello')));
  const client = createHttpClient();
  const { call, calls, told } = ask(client, requestTo(server.origin));
  call.pause();
  while (server.received.length === 0) await new Promise(setImmediate);
  assert.deepEqual(calls, []);
  call.resume();
  assert.equal((await told).body, 'hello');
  client.close();
});
