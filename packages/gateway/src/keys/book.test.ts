/** Which keys a running gateway knows, as others change them and as the database goes and comes. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { KnownKey } from '../model/keys.ts';
import type { Database, KeyRecord } from '../model/records.ts';
import type { KeySettings } from '../model/settings.ts';
import { DatabaseUnavailable, openDatabase } from '../stores/database/index.ts';
import { hostileTexts } from '../stores/database/testing/hostile.ts';
import { keyOf } from '../stores/database/testing/records.ts';
import { createKeyBook, type KeyBookOptions, type RunningKeyBook } from './book.ts';
import { hashSecret, newSecret } from './secret.ts';

const pepper = Buffer.from('a pepper of the tests, long enough');
const POLL_MS = 5;
const HOUR_MS = 3_600_000;

const ann = newSecret();
const bob = newSecret();

function recordOf(id: string, secret: string, changes: Partial<KeyRecord> = {}): KeyRecord {
  return keyOf(id, { hash: hashSecret(pepper, secret), ...changes });
}

function settingOf(secret: string, changes: Partial<KeySettings> = {}): KeySettings {
  return {
    name: 'configured',
    hash: hashSecret(pepper, secret),
    user: undefined,
    channels: undefined,
    models: undefined,
    limits: {},
    expiresAt: undefined,
    ...changes,
  };
}

function foundBy(book: RunningKeyBook, secret: string): KnownKey {
  const found = book.find(secret);
  assert.ok(typeof found === 'object', `it is ${JSON.stringify(found)}`);
  return found;
}

describe('the key book of the configuration alone', () => {
  const open = (configured: readonly KeySettings[]): RunningKeyBook =>
    createKeyBook({
      pepper: () => pepper,
      configured,
      database: undefined,
      pollMs: POLL_MS,
      changed: fail,
    });

  function fail(): void {
    assert.fail('without a database nothing changes');
  }

  it('knows nobody when nothing is configured, and says that nobody needs a key', async () => {
    const book = open([]);
    await book.start();
    assert.equal(book.isEmpty(), true);
    assert.equal(book.find(ann), 'unknown');
  });

  it('knows any key by its hash, also such as clients have already', () => {
    const limits = { concurrency: 3 };
    const user = 'ann';
    const setting = settingOf('an-old-key', { limits, user, channels: ['main'], expiresAt: 7 });
    const book = open([setting]);
    const { serves, ...known } = foundBy(book, 'an-old-key');
    const id = `key_${setting.hash.slice(0, 12)}`;
    const channels = new Set(['main']);
    assert.deepEqual(known, { id, name: 'configured', user, channels, limits, expiresAt: 7 });
    assert.equal(serves('anything'), true);
    assert.equal(book.isEmpty(), false);
  });

  it('takes over other keys', () => {
    const book = open([settingOf('one', { models: ['gpt-*', 'o3'] })]);
    const { serves } = foundBy(book, 'one');
    assert.deepEqual(['gpt-9', 'o3', 'o3-mini'].map(serves), [true, true, false]);
    book.reload([settingOf('two', { models: [] })]);
    assert.equal(book.find('one'), 'unknown');
    assert.equal(foundBy(book, 'two').serves('gpt-9'), false);
    book.reload([]);
    assert.equal(book.isEmpty(), true);
  });
});

describe('the key book of a database', () => {
  let folder: string;
  /** As others see it. */
  let database: Database;
  let isAway: boolean;
  let asked: number;
  let clockMs: number;
  let changes: string[];
  let books: { readonly book: RunningKeyBook; readonly opened: Database }[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dragoman-book-'));
    database = await openDatabase(`sqlite:${join(folder, 'dragoman.db')}`);
    isAway = false;
    asked = 0;
    clockMs = 1_000;
    changes = [];
    books = [];
  });
  afterEach(async () => {
    for (const { book, opened } of books) {
      book.close();
      await opened.close();
    }
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A database that can be away. */
  function reached(opened: Database): Database {
    const ask = async <T>(work: () => Promise<T>): Promise<T> => {
      asked += 1;
      if (isAway) throw new DatabaseUnavailable('the test took it away');
      return work();
    };
    return {
      ...opened,
      migrate: () => ask(opened.migrate),
      keysVersion: () => ask(opened.keysVersion),
      listKeys: () => ask(opened.listKeys),
    };
  }

  async function open(options: Partial<KeyBookOptions> = {}): Promise<RunningKeyBook> {
    const opened = await openDatabase(`sqlite:${join(folder, 'dragoman.db')}`);
    const book = createKeyBook({
      pepper: () => pepper,
      configured: [],
      database: reached(opened),
      pollMs: POLL_MS,
      changed: (state) => changes.push(state),
      nowMs: () => clockMs,
      ...options,
    });
    books.push({ book, opened });
    await book.start();
    return book;
  }

  async function until(holds: () => boolean): Promise<void> {
    for (let tries = 0; tries < 1_000 && !holds(); tries += 1) await pause(5);
    assert.ok(holds(), holds.toString());
  }

  it('makes the tables when it is the first', async () => {
    const book = await open();
    assert.equal(book.isEmpty(), true);
    assert.equal(book.find(ann), 'unknown');
    assert.deepEqual(changes, []);
  });

  it('knows the keys that are there at the start, expired ones too, revoked ones not', async () => {
    await database.migrate();
    const expiresAt = 1;
    const limits = { tokensPerWindow: 5, windowMs: 60_000 };
    await database.insertKey(
      recordOf('key_ann', ann, { expiresAt, limits, channels: [], models: ['gpt-*'], user: 'ann' }),
    );
    await database.insertKey(recordOf('key_bob', bob, { revokedAt: 2 }));
    const book = await open();
    const { serves, ...known } = foundBy(book, ann);
    const channels = new Set();
    const name = 'name of key_ann';
    assert.deepEqual(known, { id: 'key_ann', name, user: 'ann', channels, limits, expiresAt });
    assert.equal(serves('claude-9'), false);
    assert.equal(book.find(bob), 'unknown');
  });

  it('sees soon what others change', async () => {
    const book = await open();
    await database.insertKey(recordOf('key_ann', ann));
    await until(() => typeof book.find(ann) === 'object');
    assert.equal(book.isEmpty(), false);
    await database.rotateKey('key_ann', { hash: hashSecret(pepper, bob), hint: '…' });
    await until(() => book.find(ann) === 'unknown');
    assert.equal(foundBy(book, bob).id, 'key_ann');
    await database.revokeKey('key_ann', 9);
    await until(() => book.find(bob) === 'unknown');
    assert.equal(book.isEmpty(), false, 'who had keys does not fall open');
    assert.deepEqual(changes, []);
  });

  it('reads all keys only when some changed', async () => {
    await open();
    const before = asked;
    await until(() => asked > before + 10);
    let listed = 0;
    const counting = reached(database);
    const book = createKeyBook({
      pepper: () => pepper,
      configured: [],
      pollMs: POLL_MS,
      changed: () => undefined,
      database: {
        ...counting,
        async listKeys() {
          listed += 1;
          return counting.listKeys();
        },
      },
    });
    await book.start();
    const start = asked;
    await until(() => asked > start + 10);
    book.close();
    assert.equal(listed, 1);
  });

  it('has the keys of the configuration beside them, which go first', async () => {
    await database.migrate();
    await database.insertKey(recordOf('key_ann', ann));
    const book = await open({ configured: [settingOf(ann), settingOf('old')] });
    assert.equal(foundBy(book, ann).name, 'configured');
    assert.equal(foundBy(book, 'old').name, 'configured');
    book.reload([]);
    assert.equal(foundBy(book, ann).id, 'key_ann');
    assert.equal(book.find('old'), 'unknown');
  });

  it('goes on with the last known keys when the database fails, and says so once', async () => {
    await database.migrate();
    await database.insertKey(recordOf('key_ann', ann));
    const book = await open();
    isAway = true;
    await until(() => book.find(bob) === 'unsure');
    const before = asked;
    await until(() => asked > before + 5);
    assert.equal(foundBy(book, ann).id, 'key_ann');
    assert.equal(book.find(`${bob.slice(0, -1)}-`), 'unknown', 'a typing mistake is none anyway');
    assert.equal(book.find('an-old-key'), 'unknown');
    await database.insertKey(recordOf('key_bob', bob));
    isAway = false;
    await until(() => typeof book.find(bob) === 'object');
    assert.deepEqual(changes, ['stale', 'current']);
  });

  it('goes on with known keys for a day, then with those of the configuration only', async () => {
    await database.migrate();
    await database.insertKey(recordOf('key_ann', ann));
    const book = await open({ configured: [settingOf('old')] });
    isAway = true;
    await until(() => book.find(bob) === 'unsure');
    clockMs += 23 * HOUR_MS;
    const before = asked;
    await until(() => asked > before + 3);
    assert.equal(foundBy(book, ann).id, 'key_ann');
    clockMs += 2 * HOUR_MS;
    await until(() => book.find(ann) === 'unsure');
    assert.equal(foundBy(book, 'old').name, 'configured');
    isAway = false;
    await until(() => typeof book.find(ann) === 'object');
    assert.deepEqual(changes, ['stale', 'lost', 'current']);
  });

  it('starts without its database, open to nobody, and heals', async () => {
    isAway = true;
    const book = await open();
    assert.equal(book.isEmpty(), false);
    assert.equal(book.find(ann), 'unsure');
    assert.deepEqual(changes, ['lost']);
    isAway = false;
    await until(() => book.isEmpty());
    assert.equal(book.find(ann), 'unknown');
    assert.deepEqual(changes, ['lost', 'current']);
  });

  it('asks no more once it is closed', async () => {
    const book = await open();
    book.close();
    const before = asked;
    await pause(10 * POLL_MS);
    assert.ok(asked <= before + 1);
  });

  it('knows no key by any text but the whole of it, and asks the database for none', async () => {
    await database.migrate();
    await database.insertKey(recordOf('key_ann', ann));
    const book = await open({ pollMs: HOUR_MS });
    const before = asked;
    const parts = Array.from({ length: ann.length }, (_, at) => ann.slice(0, at));
    const endings = Array.from('0aZ', (end) => ann.slice(0, -1) + end).filter(
      (text) => text !== ann,
    );
    const near = [...parts, ...endings, ` ${ann}`, `${ann}\0`, ann.toUpperCase()];
    const hash = hashSecret(pepper, ann);
    for (const text of [...hostileTexts(), ...near, hash, 'key_ann', '__proto__', 'constructor'])
      assert.equal(book.find(text), 'unknown', text);
    assert.equal(asked, before);
    assert.equal(foundBy(book, ann).id, 'key_ann');
  });
});
