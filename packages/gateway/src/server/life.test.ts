/** How connections end: clients that leave, stall, dawdle or idle, and a server that stops. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Reply } from '../model/http.ts';
import type { listen } from './http.ts';
import { answer, echoServer, serve } from './testing/echo-server.ts';
import { parseAnswer, rawClient } from './testing/raw-client.ts';

const host = 'Host: a.example\r\n';
const get = (path: string) => `GET ${path} HTTP/1.1\r\n${host}\r\n`;
const never = 1_000_000;
const bounds: NonNullable<Parameters<typeof listen>[2]> = {
  headMs: never,
  requestMs: never,
  bodyIdleMs: never,
  keepAliveMs: never,
  stallMs: never,
  lingerIdleMs: 40,
  lingerMs: 200,
  sweepMs: 10,
};

/** Bounded; resolves as soon as it holds. */
async function eventually(holds: () => boolean): Promise<void> {
  const timeout = AbortSignal.timeout(8_000);
  while (!holds()) {
    assert.equal(timeout.aborted, false, 'it never came to that');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('a client that leaves', () => {
  type Act = (reply: Reply) => void;
  const phases: readonly (readonly [string, string, Act])[] = [
    [
      'while its body is read',
      `POST / HTTP/1.1\r\n${host}Content-Length: 9\r\n\r\nhalf`,
      () => undefined,
    ],
    ['while nothing is written yet', get('/'), () => undefined],
    ['while the head alone is out', get('/'), (reply) => reply.head(200, {})],
    [
      'between two writes',
      get('/'),
      (reply) => {
        reply.head(200, {});
        reply.write('first');
      },
    ],
    [
      'while it is too slow for what is written',
      get('/'),
      (reply) => {
        reply.head(200, {});
        while (reply.write(Buffer.alloc(100_000)));
      },
    ],
    [
      'before it has read the whole answer',
      get('/'),
      (reply) => {
        reply.head(200, {});
        reply.end(Buffer.alloc(50_000_000));
      },
    ],
  ];

  for (const [when, request, act] of phases) {
    for (const how of ['half-closes', 'resets'] as const) {
      it(`is noticed at once, and once: it ${how} ${when}`, async () => {
        let reply: Reply | undefined;
        let gone = 0;
        const server = await serve((raw, given) => {
          raw.readBody(1_000).catch(() => undefined);
          given.onGone(() => gone++);
          act(given);
          reply = given;
        }, bounds);
        const client = await rawClient(server.port);
        client.socket.pause();
        client.send(request);
        await eventually(() => reply !== undefined);
        assert.equal(reply?.isGone(), false);
        if (how === 'resets') client.socket.resetAndDestroy();
        else client.socket.end();
        await eventually(() => gone > 0);
        assert.equal(reply?.isGone(), true);
        assert.equal(reply?.write('more'), true);
        reply?.end();
        client.socket.destroy();
        server.close();
        await new Promise((resolve) => setTimeout(resolve, 10));
        assert.equal(gone, 1);
      });
    }
  }

  it('after its answer is not missed', async () => {
    let gone = 0;
    const server = await serve((_raw, reply) => {
      reply.onGone(() => gone++);
      answer(reply, 200, 'ok');
    });
    const client = await rawClient(server.port);
    client.send(get('/'));
    await client.until(/ok$/);
    client.socket.end();
    await client.untilClosed();
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(gone, 0);
    server.close();
  });

  it('is told nothing more when the answer is given up', async () => {
    let gone = 0;
    const server = await serve((_raw, reply) => {
      reply.onGone(() => gone++);
      reply.head(200, {});
      reply.write('first');
      setTimeout(() => {
        reply.destroy();
        assert.equal(reply.isGone(), true);
      }, 20);
    });
    const client = await rawClient(server.port);
    client.send(get('/'));
    assert.match(await client.untilClosed().catch(() => client.text()), /first\r\n$/);
    assert.equal(gone, 0);
    server.close();
  });
});

describe('a slow client', () => {
  it('is waited for, and drains are told', async () => {
    const total = 20_000_000;
    const chunk = Buffer.alloc(100_000, 'x');
    let drains = 0;
    let held = 0;
    const server = await serve((_raw, reply) => {
      let written = 0;
      const fill = () => {
        while (written < total) {
          written += chunk.length;
          if (!reply.write(chunk)) {
            held++;
            return;
          }
        }
        reply.end();
      };
      reply.head(200, { 'content-length': String(total) });
      reply.onDrain(() => {
        drains++;
        fill();
      });
      fill();
    });
    const client = await rawClient(server.port);
    client.socket.pause();
    client.send(get('/') + get('/again'));
    await eventually(() => held > 0);
    client.socket.resume();
    await eventually(() => client.socket.bytesRead > 2 * total);
    assert.ok(drains > 0);
    client.socket.destroy();
    server.close();
  });

  it('cannot make the server hold more than a bound of what it sends ahead', async () => {
    const server = await serve(() => undefined);
    const client = await rawClient(server.port);
    client.send(get('/'));
    for (let sent = 0; sent < 200; sent++) client.send(Buffer.alloc(100_000, 'x'));
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(client.socket.writableLength > 5_000_000, `${client.socket.writableLength}`);
    client.socket.destroy();
    server.close();
  });

  it('that leaves the rest of a complete answer unread is cut', async () => {
    let gone = 0;
    const server = await serve(
      (_raw, reply) => {
        reply.onGone(() => gone++);
        reply.head(200, {});
        reply.end(Buffer.alloc(50_000_000));
      },
      { ...bounds, stallMs: 50 },
    );
    const client = await rawClient(server.port);
    client.socket.pause();
    client.send(get('/'));
    await eventually(() => gone === 1);
    client.socket.destroy();
    server.close();
  });

  it('gets the rest of its answer and the next ones although it sends ahead meanwhile', async () => {
    const total = 20_000_000;
    const server = await serve((_raw, reply) => {
      reply.head(200, { 'content-length': String(total) });
      reply.end(Buffer.alloc(total));
    }, bounds);
    const client = await rawClient(server.port);
    client.socket.pause();
    client.send(get('/1'));
    for (const next of [get('/2'), get('/3')]) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      client.send(next);
    }
    client.socket.resume();
    await eventually(() => client.socket.bytesRead > 3 * total);
    client.socket.destroy();
    server.close();
  });

  it('may send the largest head ahead of its turn, in pieces', async () => {
    const replies: Reply[] = [];
    const server = await serve((_raw, reply) => replies.push(reply), bounds);
    const client = await rawClient(server.port);
    client.send(get('/1'));
    await eventually(() => replies.length === 1);
    client.send(`GET /?${'a'.repeat(15_000)} HTTP/1.1\r\n${host}x: ${'b'.repeat(55_000)}`);
    // Until the server has stopped to read ahead.
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.send(`${'b'.repeat(5_000)}\r\n\r\n`);
    for (const reply of replies) answer(reply, 200, 'first');
    await eventually(() => replies.length === 2);
    client.socket.destroy();
    server.close();
  });

  it('that does not finish its head is refused', async () => {
    const server = await serve(() => undefined, { ...bounds, headMs: 60 });
    const client = await rawClient(server.port);
    client.send('GET / HTTP/1.1\r\n');
    const dripping = setInterval(() => client.send('x: y\r\n'), 10);
    const { status, headers } = parseAnswer(await client.untilClosed());
    clearInterval(dripping);
    assert.equal(status, 408);
    assert.equal(headers['connection'], 'close');
    client.socket.destroy();
    server.close();
  });

  it('that says nothing at all is closed without a word', async () => {
    const server = await serve(() => undefined, { ...bounds, headMs: 40 });
    const client = await rawClient(server.port);
    assert.equal(await client.untilClosed(), '');
    client.socket.destroy();
    server.close();
  });

  it('that stops in the middle of its body is refused', async () => {
    const server = await echoServer(1_000, { ...bounds, bodyIdleMs: 40 });
    const client = await rawClient(server.port);
    client.send(`POST / HTTP/1.1\r\n${host}Content-Length: 9\r\n\r\nhalf`);
    const { status, headers } = parseAnswer(await client.untilClosed());
    assert.equal(status, 408);
    assert.equal(headers['connection'], 'close');
    client.socket.destroy();
    server.close();
  });

  it('whose body drips is refused in the end', async () => {
    const server = await echoServer(1_000, { ...bounds, requestMs: 80 });
    const client = await rawClient(server.port);
    client.send(`POST / HTTP/1.1\r\n${host}Content-Length: 900\r\n\r\n`);
    const dripping = setInterval(() => client.send('x'), 10);
    assert.equal(parseAnswer(await client.untilClosed()).status, 408);
    clearInterval(dripping);
    client.socket.destroy();
    server.close();
  });

  it('may take its time between two requests, up to a bound', async () => {
    const server = await echoServer(1_000, { ...bounds, headMs: 20, keepAliveMs: 150 });
    const client = await rawClient(server.port);
    client.send(get('/1'));
    await client.until(/\/1/);
    await new Promise((resolve) => setTimeout(resolve, 70));
    client.send(get('/2'));
    await client.until(/\/2/);
    await client.untilClosed();
    client.socket.destroy();
    server.close();
  });

  it('is not hurried while its request is worked on', async () => {
    const server = await serve(
      (_raw, reply) => {
        setTimeout(() => answer(reply, 200, 'ok'), 150);
      },
      { ...bounds, headMs: 20, bodyIdleMs: 20, keepAliveMs: 20, requestMs: 20 },
    );
    const client = await rawClient(server.port);
    client.send(get('/'));
    await client.until(/ok$/);
    client.socket.destroy();
    server.close();
  });
});

describe('a server that drains', () => {
  it('closes idle connections, ends running answers, and then is closed', async () => {
    let running: Reply | undefined;
    const server = await serve((raw, reply) => {
      if (raw.path === '/run') running = reply;
      else answer(reply, 200, 'ok');
    }, bounds);
    const fresh = await rawClient(server.port);
    const idle = await rawClient(server.port);
    const busy = await rawClient(server.port);
    idle.send(get('/'));
    await idle.until(/ok$/);
    busy.send(get('/run'));
    await eventually(() => running !== undefined);

    const ends: string[] = [];
    const drained = server.drain().finally(() => ends.push('drained'));
    await fresh.untilClosed();
    await idle.untilClosed();
    assert.deepEqual(ends, []);
    await assert.rejects(rawClient(server.port));
    if (running !== undefined) answer(running, 200, 'last');
    const { headers, body } = parseAnswer(await busy.untilClosed());
    assert.equal(headers['connection'], 'close');
    assert.equal(body, 'last');
    for (const client of [fresh, idle, busy]) client.socket.destroy();
    await drained;
  });

  it('closes a connection whose answer promised to keep it', async () => {
    let running: Reply | undefined;
    const server = await serve((_raw, reply) => {
      running = reply;
      reply.head(200, {});
      reply.write('first');
    }, bounds);
    const client = await rawClient(server.port);
    client.send(get('/'));
    await client.until(/first/);
    const drained = server.drain();
    running?.end('last');
    assert.match(await client.untilClosed(), /last\r\n0\r\n\r\n$/);
    client.socket.destroy();
    await drained;
  });

  it('does not wait for clients that never close', async () => {
    let running: Reply | undefined;
    const server = await serve((_raw, reply) => {
      running = reply;
    }, bounds);
    const client = await rawClient(server.port);
    client.send(get('/'));
    await eventually(() => running !== undefined);
    const drained = server.drain();
    if (running !== undefined) answer(running, 200, 'ok');
    await drained;
    client.socket.destroy();
  });

  it('cuts everything when it is closed', async () => {
    let gone = 0;
    const server = await serve((_raw, reply) => {
      reply.onGone(() => gone++);
    });
    const client = await rawClient(server.port);
    client.send(get('/'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    server.close();
    await client.untilClosed().catch(() => undefined);
    assert.equal(gone, 1);
    client.socket.destroy();
  });
});
