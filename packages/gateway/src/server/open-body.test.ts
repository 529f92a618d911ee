/** Bodies that are taken as they come: paused and resumed, cut, too slow, and over before the next request. */
import assert from 'node:assert/strict';
import { afterEach, it } from 'node:test';
import type { BodyFlow, IncomingRequest, Reply } from '../model/http.ts';
import type { HttpServer } from './http.ts';
import { answer, serve } from './testing/echo-server.ts';
import { type RawClient, rawClient } from './testing/raw-client.ts';

const never = 1_000_000;
const bounds = {
  headMs: never,
  requestMs: never,
  bodyIdleMs: never,
  keepAliveMs: never,
  stallMs: never,
  lingerIdleMs: never,
  lingerMs: never,
  sweepMs: 10,
};

interface Taken {
  readonly flow: BodyFlow;
  text(): string;
  readonly over: Promise<string>;
}

function takeBody(raw: IncomingRequest): Taken {
  let text = '';
  const { promise, resolve } = Promise.withResolvers<string>();
  const flow = raw.openBody({
    data(piece) {
      text += Buffer.from(piece).toString('latin1');
    },
    end: () => resolve('end'),
    fail: (cause) => resolve(cause.message),
  });
  return { flow, text: () => text, over: promise };
}

const head = (length: number): string =>
  `POST /p HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${length}\r\n\r\n`;

const whole = `${head(6)}abcdef`;
const chunked =
  'POST /p HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n';

interface Bench {
  readonly client: RawClient;
  /** The body of the first request. */
  readonly first: Promise<Taken>;
}

let server: HttpServer | undefined;
let client: RawClient | undefined;
afterEach(() => {
  client?.socket.destroy();
  server?.close();
});

/** Every request is answered with its body, once that is over. */
async function start(changes: Partial<typeof bounds> = {}): Promise<Bench> {
  const { promise, resolve } = Promise.withResolvers<Taken>();
  server = await serve(
    (raw, reply) => {
      const taken = takeBody(raw);
      resolve(taken);
      void answerWith(taken, reply);
    },
    { ...bounds, ...changes },
  );
  client = await rawClient(server.port);
  return { client, first: promise };
}

async function answerWith({ over, text }: Taken, reply: Reply): Promise<void> {
  const end = await over;
  if (!reply.isGone()) answer(reply, end === 'end' ? 200 : 408, `${text()} ${end}`);
}

function later(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
}

it('a body comes as it is, however it is framed, and the next request after it', async () => {
  const { client } = await start();
  client.send(whole + chunked + whole);
  await client.until(/abcdef end[^]*abcdef end[^]*abcdef end/);
});

it('one that is paused waits, and its client is not to blame', async () => {
  const { client, first } = await start({ bodyIdleMs: 40, requestMs: 40 });
  client.send(`${head(6)}abc`);
  const taken = await first;
  while (taken.text() !== 'abc') await new Promise(setImmediate);
  taken.flow.pause();
  client.send('def');
  await later();
  assert.equal(taken.text(), 'abc');
  taken.flow.resume();
  assert.equal(await taken.over, 'end');
  await client.until(/abcdef end/);
});

it('one whose client falls silent is given up, and one that goes on takes its time', async () => {
  const { client, first } = await start({ bodyIdleMs: 60, requestMs: 20 });
  client.send(`${head(60)}abc`);
  const taken = await first;
  for (let count = 0; count < 10; count += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.send('x');
  }
  assert.match(taken.text(), /^abcx{5,}/);
  assert.match(await taken.over, /took too long/);
});

it('one whose client leaves is cut', async () => {
  const { client, first } = await start();
  client.send(`${head(6)}abc`);
  const taken = await first;
  client.socket.destroy();
  assert.match(await taken.over, /was cut/);
});

it('what is done with the flow of one that is over does nothing to the next', async () => {
  const { client, first } = await start();
  client.send(whole);
  const { flow } = await first;
  await client.until(/abcdef end/);
  client.send(`${head(6)}abc`);
  await later();
  flow.pause();
  client.send('def');
  await client.until(/abcdef end[^]*abcdef end/);
});
