/** Connections to peers that vanished without a word: the kernel asks after them, on both sides. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createHttpClient } from '../http1/client.ts';
import { ask, requestTo, settled } from '../http1/testing/ask.ts';
import { answer, serve } from './testing/echo-server.ts';

const TABLE = '/proc/net/tcp';

interface Timer {
  readonly kind: string;
  readonly leftSeconds: number;
}

/** Our port stands in the one column for what the server accepted, in the other for what the client opened. */
const sides = [
  ['server', 1],
  ['client', 2],
] as const;

/** What the kernel's table says of the established connection with this port in that column. */
function timerOf(port: number, column: number): Timer | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  for (const line of readFileSync(TABLE, 'latin1').split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/);
    const [kind = '', ticks = ''] = (columns[5] ?? '').split(':');
    const isIt = columns[column]?.endsWith(`:${hex}`) === true && columns[3] === '01';
    if (isIt) return { kind, leftSeconds: Number.parseInt(ticks, 16) / 100 };
  }
  return undefined;
}

function hasTable(): boolean {
  try {
    return readFileSync(TABLE, 'latin1').includes('tm->when');
  } catch {
    return false;
  }
}

const KEEP_ALIVE = '02';

test('both kinds of connections are asked after when idle', { skip: !hasTable() }, async (t) => {
  const server = await serve((_raw, reply) => answer(reply, 200, 'ok'));
  const client = createHttpClient();
  t.after(() => {
    client.close();
    server.close();
  });
  const { told } = ask(client, requestTo(`http://127.0.0.1:${server.port}`));
  assert.equal((await told).body, 'ok');
  await settled();
  for (const [side, column] of sides) {
    const timer = timerOf(server.port, column);
    assert.equal(timer?.kind, KEEP_ALIVE, side);
    assert.ok(timer.leftSeconds > 0 && timer.leftSeconds <= 30, `${side}: ${timer.leftSeconds} s`);
  }
});
