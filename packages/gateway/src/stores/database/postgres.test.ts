/** How the gateway behaves when PostgreSQL leaves, comes back, stands still, or hides behind a pooler. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { Client } from 'pg';
import type { Database } from '../../model/records.ts';
import { DatabaseUnavailable, openDatabase } from './index.ts';
import {
  createPostgresServer,
  findPostgres,
  type PostgresServer,
} from './testing/postgres-server.ts';
import { keyOf, usageOf } from './testing/records.ts';
import { createSchema } from './testing/stores.ts';
import { listenBetween, messagesOf } from './testing/wire.ts';

const binaries = findPostgres();
const skip = binaries === undefined && 'needs initdb and postgres on this machine';

/** Nothing waits longer for a database that is silent: to connect and then to be answered. */
const SILENCE_MS = 10_000;

/** Bounded; resolves as soon as it works. */
async function eventually<T>(call: () => Promise<T>): Promise<T> {
  const timeout = AbortSignal.timeout(10_000);
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (timeout.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Its calls, each of which has to fail in the same way. */
const calls: readonly (readonly [name: string, call: (database: Database) => Promise<unknown>])[] =
  [
    ['migrate', (database) => database.migrate()],
    ['insertKey', (database) => database.insertKey(keyOf('key_b'))],
    ['listKeys', (database) => database.listKeys()],
    ['findKey', (database) => database.findKey('hash')],
    ['revokeKey', (database) => database.revokeKey('key_a', 1)],
    ['rotateKey', (database) => database.rotateKey('key_a', { hash: 'b', hint: 'c' })],
    ['keysVersion', (database) => database.keysVersion()],
    ['appendUsage', (database) => database.appendUsage([usageOf('use_b')])],
    ['sumUsage', (database) => database.sumUsage({ sinceMs: 0, untilMs: 9 })],
  ];

async function rejectsUnavailable(call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof DatabaseUnavailable, inspect(error));
    assert.ok(error.cause instanceof Error);
    assert.doesNotMatch(inspect(error, { depth: 9 }), /pass-word|hash of/);
    return true;
  });
}

describe('PostgreSQL', { skip }, () => {
  let server: PostgresServer;
  let url: string;
  const opened: Database[] = [];

  async function open(at = url, connections = 5): Promise<Database> {
    const database = await openDatabase(at, { connections });
    opened.push(database);
    return database;
  }

  before(async () => {
    server = await createPostgresServer(binaries ?? '');
  });
  after(async () => {
    await Promise.all(opened.map((each) => each.close()));
    await server.remove();
  });
  beforeEach(async () => {
    url = (await createSchema(server.url)).url;
  });

  it('that is gone is unavailable for every call, and works again once it is back', async () => {
    const database = await open();
    await database.migrate();
    await database.insertKey(keyOf('key_a'));
    await server.stop();
    try {
      for (const [name, call] of calls) {
        if (name === 'migrate') continue;
        await rejectsUnavailable(call(database));
      }
    } finally {
      await server.start();
    }
    assert.deepEqual(await eventually(() => database.findKey('hash of key_a')), keyOf('key_a'));
    for (const [, call] of calls) await call(database);
  });

  it('that is not there yet is no reason not to open', async () => {
    await server.stop();
    let database: Database;
    try {
      database = await open();
      await rejectsUnavailable(database.migrate());
    } finally {
      await server.start();
    }
    await eventually(() => database.migrate());
    assert.equal(await database.keysVersion(), 0);
  });

  it('that ends while calls run fails them all, and the process lives', async () => {
    const database = await open();
    await database.migrate();
    const records = Array.from({ length: 3_000 }, (_, index) => usageOf(`use_${index}`));
    const running = Array.from({ length: 8 }, () => database.appendUsage(records));
    const outcomes = Promise.allSettled(running);
    await server.stop();
    try {
      for (const outcome of await outcomes) {
        if (outcome.status === 'fulfilled') continue;
        assert.ok(outcome.reason instanceof DatabaseUnavailable, inspect(outcome.reason));
      }
    } finally {
      await server.start();
    }
    await eventually(() => database.appendUsage(records));
    const sum = await database.sumUsage({ sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER });
    assert.equal(sum.requests, records.length);
  });

  it('that stands still is unavailable within the bounds, and works again when it goes on', async () => {
    const database = await open();
    await database.migrate();
    await database.insertKey(keyOf('key_a'));
    server.signal('SIGSTOP');
    try {
      const silence = AbortSignal.timeout(SILENCE_MS);
      await Promise.all(calls.map(([, call]) => rejectsUnavailable(call(database))));
      assert.equal(silence.aborted, false, 'it waited too long');
    } finally {
      server.signal('SIGCONT');
    }
    assert.deepEqual(await eventually(() => database.findKey('hash of key_a')), keyOf('key_a'));
    for (const [name, call] of calls) {
      if (name !== 'insertKey') await call(database);
    }
  });

  it('ends by itself what waits too long for a lock', async () => {
    const database = await open();
    await database.migrate();
    const other = new Client({ connectionString: url });
    await other.connect();
    try {
      await other.query('begin; lock table dragoman_usage');
      await rejectsUnavailable(database.appendUsage([usageOf('use_1')]));
      const { rows } = await other.query(
        "select count(*) as count from pg_stat_activity where wait_event_type = 'Lock'",
      );
      assert.deepEqual(rows, [{ count: '0' }]);
    } finally {
      await other.end();
    }
    await database.appendUsage([usageOf('use_1')]);
  });

  it('serves many calls at once over few connections', async () => {
    const database = await open(url, 2);
    await database.migrate();
    const inserts = Array.from({ length: 50 }, (_, index) =>
      database.insertKey(keyOf(`key_${index}`)),
    );
    await Promise.all(inserts);
    assert.equal(await database.keysVersion(), 50);
  });

  it('that refuses the login is unavailable, and nobody learns the password', async () => {
    const wrong = await open(server.url.replace('dragoman:', 'nobody-of-this-name:'));
    await rejectsUnavailable(wrong.keysVersion());
  });

  it('can hide behind a pooler: sessions are left as they were, statements have no names', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dragoman-wire-'));
    const socket = new URL(url).searchParams.get('host') ?? '';
    const wire = await listenBetween(folder, socket);
    const database = await openDatabase(
      url.replace(encodeURIComponent(socket), encodeURIComponent(folder)),
    );
    try {
      await database.migrate();
      for (const [, call] of calls) await call(database);
    } finally {
      await database.close();
      await wire.close();
      rmSync(folder, { recursive: true });
    }
    const messages = wire.said.flatMap(messagesOf);
    const startups = messages.filter(({ type }) => type === 'startup');
    assert.ok(startups.length > 0);
    for (const { body } of startups) assert.doesNotMatch(body.toString(), /timeout/);
    const parsed = messages.filter(({ type }) => type === 'P');
    assert.ok(parsed.length > 10);
    for (const { body } of parsed) assert.equal(body[0], 0, 'a statement has a name');
    for (const { body } of messages.filter(({ type }) => type === 'Q')) {
      assert.doesNotMatch(
        body.toString(),
        /^\s*(set (?!local)|listen|prepare|declare)|; *set (?!local)/i,
      );
    }
  });

  it('is sent the same few texts whatever the values are', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dragoman-wire-'));
    const socket = new URL(url).searchParams.get('host') ?? '';
    const wire = await listenBetween(folder, socket);
    const database = await openDatabase(
      url.replace(encodeURIComponent(socket), encodeURIComponent(folder)),
    );
    const texts = () =>
      new Set(
        wire.said
          .flatMap(messagesOf)
          .filter(({ type }) => type === 'P' || type === 'Q')
          .map(({ body }) => body.toString()),
      );
    async function useAll(value: string): Promise<void> {
      await database.insertKey(keyOf(value, { name: value, user: value, models: [value] }));
      await database.findKey(value);
      await database.rotateKey(value, { hash: value, hint: value });
      await database.revokeKey(value, 1);
      await database.appendUsage([usageOf(value), usageOf(`${value}2`, { keyId: value })]);
      await database.sumUsage({ keyId: value, user: value, sinceMs: 0, untilMs: 9 });
    }
    try {
      await database.migrate();
      await useAll('plain');
      const known = texts();
      for (const value of ["' OR '1'='1", "'; drop table dragoman_keys; --", '$1', '\\']) {
        await useAll(value);
      }
      assert.deepEqual(texts(), known);
    } finally {
      await database.close();
      await wire.close();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the URL of a database', () => {
  it('that cannot be read is not repeated', async () => {
    const wrong = [
      'postgres://ann:pass-word@host:notaport/x',
      'postgres://ann:pass-word@[::/x',
      'mysql://ann:pass-word@host/x',
      'ann:pass-word@host',
      'sqlite:',
      'sqlite://relative.db?pass-word',
    ];
    for (const url of wrong) {
      await assert.rejects(openDatabase(url), (error: unknown) => {
        assert.doesNotMatch(inspect(error, { depth: 9 }), /pass-word/);
        return error instanceof Error;
      });
    }
  });

  it('that leads nowhere makes calls unavailable', async () => {
    const database = await openDatabase('postgres://ann:pass-word@127.0.0.1:1/x');
    await rejectsUnavailable(database.keysVersion());
    await database.close();
  });
});
