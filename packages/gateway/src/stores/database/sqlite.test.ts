/** What only a file can do to the gateway: locks of others, a place that cannot be written, a full disk. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { DatabaseUnavailable, openDatabase } from './index.ts';
import { keyOf, usageOf } from './testing/records.ts';
import { createSmallDisk, withoutSmallDisk } from './testing/small-disk.ts';

const ever = { sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER };

describe('SQLite', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dragoman-sqlite-'));
    file = join(folder, 'deep/er/dragoman.db');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('makes its file where it is told, readable for its owner alone', async () => {
    const database = await openDatabase(`sqlite:${file}`);
    await database.migrate();
    for (const suffix of ['', '-wal', '-shm']) {
      assert.equal(statSync(file + suffix).mode & 0o777, 0o600, suffix);
    }
    await database.close();
  });

  it('finds again what it kept', async () => {
    const first = await openDatabase(`sqlite:${file}`);
    await first.migrate();
    await first.insertKey(keyOf('key_a'));
    await first.close();
    const second = await openDatabase(`sqlite://${file}`);
    await second.migrate();
    assert.deepEqual(await second.listKeys(), [keyOf('key_a')]);
    await second.close();
  });

  it('is a database of its own in memory', async () => {
    const databases = await Promise.all([1, 2].map(() => openDatabase('sqlite::memory:')));
    for (const database of databases) {
      await database.migrate();
      await database.insertKey(keyOf('key_a'));
      await database.close();
    }
  });

  it('waits for a lock of others while the process goes on, and no longer than it may', async () => {
    const database = await openDatabase(`sqlite:${file}`);
    await database.migrate();
    const other = new DatabaseSync(file);
    other.exec('begin immediate');
    let turns = 0;
    const clock = setInterval(() => turns++, 5);
    await assert.rejects(database.appendUsage([usageOf('use_1')]), DatabaseUnavailable);
    clearInterval(clock);
    assert.ok(turns > 20, `the process turned ${turns} times`);
    const late = database.appendUsage([usageOf('use_1')]);
    setTimeout(() => other.exec('commit'), 100);
    await late;
    assert.equal((await database.sumUsage(ever)).requests, 1);
    other.close();
    await database.close();
  });

  it('cannot be opened where a folder is, or where there is something else', async () => {
    mkdirSync(file, { recursive: true });
    await assert.rejects(openDatabase(`sqlite:${file}`), DatabaseUnavailable);
    const text = join(folder, 'text');
    writeFileSync(
      text,
      'This is no database, and it is longer than the header of one. '.repeat(20),
    );
    await assert.rejects(openDatabase(`sqlite:${text}`), DatabaseUnavailable);
  });

  const full =
    'keeps nothing of a batch that does not fit on the disk, and goes on when there is room';
  it(full, { skip: withoutSmallDisk() }, async () => {
    const disk = createSmallDisk();
    const database = await openDatabase(`sqlite:${join(disk.path, 'dragoman.db')}`);
    try {
      await database.migrate();
      const ballast = join(disk.path, 'ballast');
      writeFileSync(ballast, Buffer.alloc(500_000));
      const records = Array.from({ length: 3_000 }, (_, index) => usageOf(`use_${index}`));
      await assert.rejects(database.appendUsage(records), DatabaseUnavailable);
      assert.equal((await database.sumUsage(ever)).requests, 0);
      rmSync(ballast);
      await database.appendUsage(records.slice(0, 500));
      assert.equal((await database.sumUsage(ever)).requests, 500);
    } finally {
      await database.close();
      disk.remove();
    }
  });
});
