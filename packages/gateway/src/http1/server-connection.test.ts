/** What a connection takes for requests depends on the bytes alone, however odd, and never on their cuts. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { it } from 'node:test';
import fc from 'fast-check';
import { GatewayError } from '../model/errors.ts';
import type { Reply } from '../model/http.ts';
import { createOutletTurn } from './outlet.ts';
import { type RequestBody, readWhole } from './request-body.ts';
import type { RequestHead } from './request-head.ts';
import { acceptConnection } from './server-connection.ts';

const host = 'Host: a.example\r\n';
const requests = [
  `GET /one?x=y HTTP/1.1\r\n${host}X-A: b\r\nX-C: d\r\n\r\n`,
  `POST /two HTTP/1.1\r\n${host}Content-Length: 11\r\n\r\nhello world`,
  `POST /three HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nT: u\r\n\r\n`,
  `POST /four HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi`,
  `GET /five HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`,
];
const oddBytes = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '0',
  '1',
  '-',
  '/',
  '\xff',
  '',
];

/** Only what a connection uses of a socket; all that is written is out at once. */
function fakeSocket(written: string[]): Socket {
  const socket = Object.assign(new EventEmitter(), {
    writableLength: 0,
    writableNeedDrain: false,
    write: (bytes: Uint8Array | string) => written.push(Buffer.from(bytes).toString('latin1')),
    cork: () => undefined,
    uncork: () => undefined,
    end: () => undefined,
    destroy: () => undefined,
    setTimeout: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
  });
  return socket as unknown as Socket;
}

interface Story {
  /** Method, path and body, or why there was none. */
  readonly requests: readonly string[];
  readonly statuses: readonly string[];
}

async function tell(pieces: readonly Buffer[]): Promise<Story> {
  const seen: string[] = [];
  const written: string[] = [];
  const socket = fakeSocket(written);

  async function answer(request: RequestHead, body: RequestBody, reply: Reply): Promise<void> {
    const outcome = await readWhole(body, 100).catch((cause: unknown) => cause);
    const isRead = outcome instanceof Uint8Array;
    const text = isRead ? Buffer.from(outcome).toString('latin1') : codeOf(outcome);
    seen.push(`${request.method} ${request.path} ${text}`);
    reply.head(isRead ? 200 : 400, {});
    reply.end();
  }

  acceptConnection(socket, {
    connections: new Set(),
    turn: createOutletTurn(),
    exchanges: 0,
    stallMs: 0,
    nowMs: 0,
    isDraining: false,
    commonFields: () => '',
    listener: (request, body, reply) => void answer(request, body, reply),
  });
  for (const piece of pieces) {
    socket.emit('data', piece);
    await new Promise(setImmediate);
  }
  const statuses = written.flatMap((text) => text.match(/^HTTP\/1.1 \d+/g) ?? []);
  return { requests: seen, statuses: statuses.filter((line) => !line.endsWith('100')) };
}

function codeOf(cause: unknown): string {
  return cause instanceof GatewayError ? cause.code : 'a bug';
}

function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const ends = [...places.map((place) => place % bytes.length), bytes.length];
  const sorted = [...new Set(ends)].filter((end) => end > 0).toSorted((a, b) => a - b);
  return sorted.map((end, index) => Buffer.from(bytes.subarray(sorted[index - 1] ?? 0, end)));
}

it('requests with an odd byte somewhere are seen and answered the same however they are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...requests), { minLength: 1, maxLength: 3 }),
      fc.array(fc.record({ place: fc.nat(), odd: fc.constantFrom(...oddBytes) }), { maxLength: 2 }),
      fc.array(fc.nat(), { maxLength: 5 }),
      async (parts, changes, places) => {
        let text = parts.join('');
        for (const { place, odd } of changes) {
          const at = place % text.length;
          text = text.slice(0, at) + odd + text.slice(at + 1);
        }
        // A head that is wrong may be refused when it ends; it does end here.
        const bytes = Buffer.from(`${text}\r\n\r\n\r\n`, 'latin1');
        const whole = await tell(cut(bytes, []));
        assert.deepEqual(await tell(cut(bytes, places)), whole);
        assert.equal(whole.requests.join().includes('a bug'), false);
        assert.ok(whole.requests.length <= parts.length + changes.length);
      },
    ),
    { numRuns: 1_000 },
  );
});
