/** Well-formed requests and their answers: keep-alive, pipelining, bodies, framing. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { GatewayError } from '../model/errors.ts';
import type { RawRequest, Reply } from '../model/http.ts';
import { answer, type EchoServer, echoServer, serve } from './testing/echo-server.ts';
import { parseAnswer, type RawClient, rawClient } from './testing/raw-client.ts';

const host = 'Host: a.example\r\n';
const get = (path: string, fields = '') => `GET ${path} HTTP/1.1\r\n${host}${fields}\r\n`;
const post = (body: string, fields = '') =>
  `POST /p HTTP/1.1\r\n${host}${fields}Content-Length: ${body.length}\r\n\r\n${body}`;
const chunked = (body: string) =>
  `POST /c HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n${body}`;
const seen = (method: string, path: string, body: string) => JSON.stringify({ method, path, body });

describe('a request', () => {
  let server: EchoServer;
  let client: RawClient;

  before(async () => {
    server = await echoServer();
    client = await rawClient(server.port);
  });
  after(() => {
    client.socket.destroy();
    server.close();
  });

  it('is the same however its bytes are cut', async () => {
    const bytes = `${post('{"a":1}')}${chunked('3;x\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n')}${get('/last')}`;
    const expected = [
      seen('POST', '/p', '{"a":1}'),
      seen('POST', '/c', 'abcde'),
      seen('GET', '/last', ''),
    ];
    for (let cut = 1; cut < bytes.length; cut++) {
      const client = await rawClient(server.port);
      client.send(bytes.slice(0, cut));
      await new Promise((resolve) => setTimeout(resolve, 1));
      client.send(bytes.slice(cut));
      const text = await client.until(/\/last/);
      assert.deepEqual(text.match(/\{.*?\}(?="|\})?.*?(?=HTTP|$)/g), expected, `cut at ${cut}`);
      client.socket.destroy();
    }
  });

  it('may arrive byte by byte', async () => {
    const client = await rawClient(server.port);
    for (const byte of Buffer.from(chunked('3\r\nabc\r\n0\r\n\r\n') + get('/last'))) {
      client.send(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    const text = await client.until(/\/last/);
    assert.ok(text.includes(seen('POST', '/c', 'abc')), text);
    client.socket.destroy();
  });

  it('shows its headers by lower-case name, several of a name joined, and no others', async () => {
    let raw: RawRequest | undefined;
    const server = await serve((request, reply) => {
      raw = request;
      answer(reply, 200, 'ok');
    });
    const client = await rawClient(server.port);
    client.send(get('/a%20b?c=d&e', 'X-One: 1\r\nx-two:  caf\xe9 \r\nX-ONE: 2\r\nX_Three:\r\n'));
    await client.until(/ok$/);
    assert.equal(raw?.header('x-one'), '1, 2');
    assert.equal(raw?.header('x-two'), 'caf\xe9');
    assert.equal(raw?.header('x_three'), '');
    assert.equal(raw?.header('x-on'), undefined);
    assert.equal(raw?.header('__proto__'), undefined);
    assert.deepEqual(raw?.headerNames(), ['host', 'x-one', 'x-two', 'x_three']);
    assert.equal(raw?.path, '/a%20b');
    assert.equal(raw?.query.get('c'), 'd');
    assert.equal(raw?.query.get('e'), '');
    assert.equal(raw?.query.get('f'), null);
    client.socket.destroy();
    server.close();
  });

  it('is one of many on a connection, answered in their order', async () => {
    const delays = [30, 0, 10];
    const order: string[] = [];
    const server = await serve((raw, reply) => {
      order.push(`begin ${raw.path}`);
      setTimeout(
        () => {
          order.push(`end ${raw.path}`);
          answer(reply, 200, raw.path);
        },
        delays[Number(raw.path.slice(1))],
      );
    });
    const client = await rawClient(server.port);
    client.send(get('/0') + get('/1') + get('/2'));
    const text = await client.until(/\/2$/);
    assert.deepEqual(text.match(/\/\d$|\/\d(?=HTTP)/g), ['/0', '/1', '/2']);
    assert.deepEqual(order, ['begin /0', 'end /0', 'begin /1', 'end /1', 'begin /2', 'end /2']);
    client.socket.destroy();
    server.close();
  });

  it('is one of thousands sent at once, without deep recursion or loss', async () => {
    const server = await serve((raw, reply) => answer(reply, 200, raw.path));
    const client = await rawClient(server.port);
    const count = 20_000;
    client.send(get('/x').repeat(count) + get('/end'));
    const text = await client.until(/\/end$/);
    assert.equal(text.match(/\/x(?=HTTP)/g)?.length, count);
    client.socket.destroy();
    server.close();
  });

  it('closes its connection when it asks for that, and what follows is not served', async () => {
    server.seen.length = 0;
    const client = await rawClient(server.port);
    client.send(get('/one', 'Connection: foo, Close\r\n') + get('/two'));
    const { status, headers } = parseAnswer(await client.untilClosed());
    assert.equal(status, 200);
    assert.equal(headers['connection'], 'close');
    assert.deepEqual(server.seen, ['GET /one']);
    client.socket.destroy();
  });

  it('of HTTP/1.0 closes its connection unless it asks to keep it', async () => {
    const first = await rawClient(server.port);
    first.send('GET / HTTP/1.0\r\n\r\n');
    assert.equal(parseAnswer(await first.untilClosed()).headers['connection'], 'close');
    first.socket.destroy();
    const second = await rawClient(server.port);
    second.send('GET /1 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n');
    const text = await second.untilClosed();
    assert.match(text, /Connection: keep-alive[^]*"\/1"[^]*Connection: close[^]*"\/2"/);
    second.socket.destroy();
  });

  it('is told to go on with its body only when the body is wanted', async () => {
    const server = await serve((raw, reply) => {
      if (raw.path === '/no') answer(reply, 404, 'no');
      else void raw.readBody(10).then((body) => answer(reply, 200, Buffer.from(body).toString()));
    });
    const expect = (path: string) =>
      `POST ${path} HTTP/1.1\r\n${host}Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n`;
    const wanted = await rawClient(server.port);
    wanted.send(expect('/yes'));
    assert.equal(await wanted.until(/\r\n\r\n/), 'HTTP/1.1 100 Continue\r\n\r\n');
    wanted.send('ab');
    assert.match(await wanted.until(/ab$/), /HTTP\/1.1 200 OK/);
    wanted.socket.destroy();
    const unwanted = await rawClient(server.port);
    unwanted.send(expect('/no'));
    assert.match(await unwanted.untilClosed(), /^HTTP\/1.1 404 /);
    unwanted.socket.destroy();
    server.close();
  });

  it('whose body nobody reads does not spoil the next one', async () => {
    const server = await serve((raw, reply) => answer(reply, 200, raw.path));
    const client = await rawClient(server.port);
    client.send(post('GET /hidden HTTP/1.1\r\n\r\n') + get('/next'));
    const text = await client.until(/\/next$/);
    assert.equal(text.includes('/hidden'), false);
    client.send(chunked('5\r\nhello\r\n0\r\n\r\n') + get('/lost'));
    assert.equal((await client.untilClosed()).includes('/lost'), false);
    client.socket.destroy();
    server.close();
  });
});

describe('the body of a request', () => {
  it('is undone of its compression within its bound', async () => {
    const server = await echoServer(1_000);
    const client = await rawClient(server.port);
    const send = async (bytes: Uint8Array, encoding: string) => {
      const length = client.text().length;
      client.send(
        `POST / HTTP/1.1\r\n${host}Content-Encoding: ${encoding}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
      );
      client.send(bytes);
      await client.until(new RegExp(`[^]{${length + 20}}\\r\\n\\r\\n`));
      return parseAnswer(client.text().slice(length)).status;
    };
    assert.equal(await send(gzipSync('hello'), 'gzip'), 200);
    assert.equal(await send(brotliCompressSync('hello'), 'BR'), 200);
    assert.equal(await send(Buffer.from('hello'), 'identity'), 200);
    assert.equal(await send(Buffer.from('hello'), 'gzip'), 400);
    assert.equal(await send(Buffer.from('hello'), 'gzip, gzip'), 415);
    assert.equal(await send(gzipSync(' '.repeat(100_000)), 'gzip'), 413);
    client.socket.destroy();
    server.close();
  });

  for (const [name, bytes] of [
    ['of known length', post('x'.repeat(200_000))],
    ['in chunks', chunked(`${'100\r\n'.padEnd(0x105, 'x')}\r\n`.repeat(1_000))],
  ] as const) {
    it(`${name} is refused when it is too large, and the client can read that`, async () => {
      const server = await echoServer(100_000);
      const client = await rawClient(server.port);
      for (let at = 0; at < bytes.length; at += 50_000) {
        client.send(bytes.slice(at, at + 50_000));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const { status, headers } = parseAnswer(await client.untilClosed());
      assert.equal(status, 413);
      assert.equal(headers['connection'], 'close');
      client.socket.destroy();
      server.close();
    });
  }

  it('may have 32 MiB', async () => {
    const size = 32 * 1024 * 1024;
    const server = await serve((raw, reply) => {
      void raw.readBody(size).then((body) => answer(reply, 200, `${body.byteLength} bytes`));
    });
    const client = await rawClient(server.port);
    const body = Buffer.alloc(size, 'x');
    client.send(`POST / HTTP/1.1\r\n${host}Content-Length: ${size}\r\n\r\n`);
    client.send(body);
    await client.until(/33554432 bytes$/);
    client.send(`POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`);
    for (let at = 0; at < size; at += 2 ** 20)
      client.send(Buffer.concat([Buffer.from('100000\r\n'), body.subarray(0, 2 ** 20), crlf]));
    client.send('0\r\n\r\n');
    await client.until(/33554432 bytes[^]*33554432 bytes$/);
    client.socket.destroy();
    server.close();
  });

  it('is read once, and never from a later request', async () => {
    let stale: RawRequest | undefined;
    const outcomes: unknown[] = [];
    const server = await serve((raw, reply) => {
      stale?.readBody(100).catch((cause: unknown) => outcomes.push(cause));
      stale = raw;
      answer(reply, 200, raw.path);
    });
    const client = await rawClient(server.port);
    client.send(post('first') + post('second') + get('/end'));
    await client.until(/\/end$/);
    assert.equal(outcomes.length, 2);
    assert.ok(outcomes.every((cause) => cause instanceof Error));
    client.socket.destroy();
    server.close();
  });
});

const crlf = Buffer.from('\r\n');

describe('an answer', () => {
  async function answered(act: (reply: Reply) => void, request = get('/')): Promise<string> {
    const server = await serve((_raw, reply) => act(reply));
    const client = await rawClient(server.port);
    client.send(request);
    // A second one shows where the first ends.
    client.send('GET / HTTP/0.9\r\n\r\n');
    const text = await client.untilClosed().finally(() => {
      client.socket.destroy();
      server.close();
    });
    return text.replace(/(?:HTTP\/1.1 505 [^]*)$/, '');
  }

  it('has a date, and says that and how long the connection stays', async () => {
    const text = await answered((reply) => answer(reply, 200, 'hello'));
    const { headers, body } = parseAnswer(text);
    assert.equal(body, 'hello');
    assert.equal(headers['content-length'], '5');
    assert.equal(headers['connection'], 'keep-alive');
    assert.equal(headers['keep-alive'], 'timeout=75');
    assert.match(headers['date'] ?? '', /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
    assert.ok(Math.abs(Date.parse(headers['date'] ?? '') - Date.now()) < 5_000);
  });

  it('is one piece when it is short, and so are its head and what is written in the same tick', async () => {
    for (const act of [
      (reply: Reply) => answer(reply, 200, 'hello'),
      (reply: Reply) => {
        reply.head(200, {});
        reply.write('hello');
      },
    ]) {
      const server = await serve((_raw, reply) => act(reply));
      const client = await rawClient(server.port);
      const pieces: string[] = [];
      client.socket.on('data', (piece) => pieces.push(piece.toString('latin1')));
      client.send(get('/'));
      await client.until(/hello/);
      assert.equal(pieces.length, 1);
      client.socket.destroy();
      server.close();
    }
  });

  it('without a declared length goes out in chunks, one for each write', async () => {
    const text = await answered((reply) => {
      reply.head(200, { 'content-type': 'text/plain' });
      reply.write('first');
      reply.write('');
      reply.write(Buffer.from('second'));
      reply.write('caf\u00e9');
      reply.end('end');
    });
    const { headers, body } = parseAnswer(text);
    assert.equal(headers['transfer-encoding'], 'chunked');
    assert.equal(headers['content-length'], undefined);
    assert.equal(body, '5\r\nfirst\r\n6\r\nsecond\r\n5\r\ncaf\xc3\xa9\r\n3\r\nend\r\n0\r\n\r\n');
  });

  it('that is whole at once has its length counted', async () => {
    const text = await answered((reply) => {
      reply.head(200, {});
      reply.end('caf\u00e9');
    });
    const { headers, body } = parseAnswer(text);
    assert.equal(headers['content-length'], '5');
    assert.equal(headers['transfer-encoding'], undefined);
    assert.equal(body, 'caf\xc3\xa9');
  });

  it('of HTTP/1.0 without a length ends with the connection', async () => {
    const text = await answered((reply) => {
      reply.head(200, {});
      reply.write('first');
      reply.end('second');
    }, 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    const { headers, body } = parseAnswer(text);
    assert.equal(headers['connection'], 'close');
    assert.equal(headers['transfer-encoding'], undefined);
    assert.equal(body, 'firstsecond');
  });

  it('with a declared length may be written in pieces, small and large', async () => {
    const large = 'x'.repeat(300_000);
    const text = await answered((reply) => {
      reply.head(200, { 'content-length': String(large.length * 2 + 4) });
      reply.write('ab');
      reply.write(large);
      reply.write(Buffer.from(large));
      reply.end('cd');
    });
    assert.equal(parseAnswer(text).body, `ab${large}${large}cd`);
  });

  it('never says more than it declared, and is cut when it says less', async () => {
    const text = await answered((reply) => {
      reply.head(200, { 'content-length': '3' });
      assert.throws(() => reply.write('four'), /longer than its content-length/);
      reply.end('abc');
    });
    assert.equal(parseAnswer(text).body, 'abc');
    const cut = await answered((reply) => {
      reply.head(200, { 'content-length': '3' });
      reply.write('ab');
      reply.end();
      assert.equal(reply.isGone(), true);
    });
    assert.equal(parseAnswer(cut).body, 'ab');
  });

  it('that is given up never looks whole', async () => {
    const giveUp = (reply: Reply) => {
      reply.head(200, {});
      reply.write('half');
      reply.destroy();
    };
    const text = await answered(giveUp);
    assert.equal(text.includes('\r\n0\r\n'), false);
    await assert.rejects(answered(giveUp, 'GET / HTTP/1.0\r\n\r\n'), /ECONNRESET/);
  });

  for (const status of [204, 304]) {
    it(`with status ${status} has no body`, async () => {
      const text = await answered((reply) => {
        reply.head(status, {});
        reply.write('never');
        reply.end('seen');
      });
      const { headers, body } = parseAnswer(text);
      assert.equal(body, '');
      assert.equal(headers['content-length'], undefined);
      assert.equal(headers['transfer-encoding'], undefined);
    });
  }

  it('to HEAD has the length of the body and not the body', async () => {
    const text = await answered(
      (reply) => answer(reply, 200, 'hello'),
      `HEAD / HTTP/1.1\r\n${host}\r\n`,
    );
    const { headers, body } = parseAnswer(text);
    assert.equal(headers['content-length'], '5');
    assert.equal(body, '');
  });

  it('whose head is alone goes out without waiting for a body', async () => {
    const server = await serve((_raw, reply) => {
      reply.head(200, { 'x-a': 'b' });
    });
    const client = await rawClient(server.port);
    client.send(get('/'));
    assert.match(await client.until(/\r\n\r\n$/), /x-a: b/);
    client.socket.destroy();
    server.close();
  });

  for (const [name, status, headers] of [
    ['a line end in a value', 200, { 'x-a': 'b\r\nx-c: d' }],
    ['a line feed in a value', 200, { 'x-a': 'b\nc' }],
    ['a NUL in a value', 200, { 'x-a': '\0' }],
    ['a wide character in a value', 200, { 'x-a': '\u20ac' }],
    ['a line end in a name', 200, { 'x-a: b\r\nx-c': 'd' }],
    ['an empty name', 200, { '': 'd' }],
    ['a field that is the server’s to write', 200, { connection: 'keep-alive' }],
    ['a length that is none', 200, { 'content-length': '1e' }],
    ['a status that ends nothing', 100, {}],
  ] as const) {
    it(`cannot be begun with ${name}, but otherwise still`, async () => {
      const text = await answered((reply) => {
        assert.throws(() => reply.head(status, headers));
        assert.equal(reply.isBegun(), false);
        answer(reply, 500, 'sorry');
        assert.equal(reply.isBegun(), true);
        assert.throws(() => reply.head(200, {}), /begun/);
      });
      assert.equal(parseAnswer(text).status, 500);
      assert.equal(parseAnswer(text).body, 'sorry');
    });
  }

  it('that is over takes nothing more', async () => {
    let old: Reply | undefined;
    const text = await answered((reply) => {
      old?.write('late');
      old?.end('late');
      old?.destroy();
      old = reply;
      answer(reply, 200, 'ok');
    }, get('/') + get('/'));
    assert.equal(text.includes('late'), false);
    assert.equal(text.match(/ok/g)?.length, 2);
  });

  it('fails with a GatewayError as the reason when its request is cut', async () => {
    let reason: unknown;
    const server = await serve((raw) => {
      raw.readBody(100).catch((cause: unknown) => {
        reason = cause;
      });
    });
    const client = await rawClient(server.port);
    client.send(post('hello').slice(0, -1));
    client.socket.end();
    await client.untilClosed();
    assert.ok(reason instanceof GatewayError);
    assert.equal(reason.code, 'client-gone');
    server.close();
  });
});
