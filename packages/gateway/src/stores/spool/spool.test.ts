/** Usage reaches the database once, whatever happens to the database, the disk or the process before. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { UsageRecord } from '../../model/records.ts';
import { hostileTexts } from '../database/testing/hostile.ts';
import { usageOf } from '../database/testing/records.ts';
import { createSmallDisk, withoutSmallDisk } from '../database/testing/small-disk.ts';
import {
  createUsageSpool,
  type UsageSpool,
  type UsageSpoolOptions,
  type UsageSpoolState,
} from './index.ts';
import { type FakeDatabase, type Folder, fakeDatabase, temporaryFolder } from './testing/fakes.ts';

const never = 1_000_000;
const skip = withoutSmallDisk();

/** Bounded; resolves as soon as it holds. */
async function eventually(holds: () => boolean): Promise<void> {
  const timeout = AbortSignal.timeout(10_000);
  while (!holds()) {
    assert.equal(timeout.aborted, false, 'it never came to that');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function many(count: number, prefix = 'use'): readonly UsageRecord[] {
  return Array.from({ length: count }, (_, index) => usageOf(`${prefix}_${index}`));
}

describe('the spool of usage', () => {
  let folder: Folder;
  let directory: string;
  let database: FakeDatabase;
  let spools: UsageSpool[];
  let told: UsageSpoolState[];

  function open(options: Partial<UsageSpoolOptions> = {}): UsageSpool {
    const changed = (state: UsageSpoolState): void => void told.push(state);
    const spool = createUsageSpool({ directory, database, flushMs: 10, changed, ...options });
    spools.push(spool);
    return spool;
  }

  /** As a process that ended without a word: its files stay, its lock is free. */
  function leave(name: string, text: string): void {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, name), text);
  }

  const linesOf = (records: readonly UsageRecord[]): string =>
    records.map((record) => `${JSON.stringify(record)}\n`).join('');
  const files = (): readonly string[] => (existsSync(directory) ? readdirSync(directory) : []);
  const segments = (): readonly string[] => files().filter((name) => name.endsWith('.jsonl'));

  beforeEach(() => {
    folder = temporaryFolder();
    directory = join(folder.path, 'spool');
    database = fakeDatabase();
    spools = [];
    told = [];
  });
  afterEach(async () => {
    database.isDown = false;
    await Promise.all(spools.map((spool) => spool.close()));
    folder.remove();
  });

  it('hands records on by itself, unchanged, and leaves no file behind', async () => {
    const spool = open();
    const records = many(3);
    for (const record of records) spool.add(record);
    assert.equal(spool.state().pending, 3);
    await eventually(() => spool.state().pending === 0);
    assert.deepEqual([...database.kept.values()], records);
    await spool.close();
    assert.deepEqual(files(), []);
    assert.deepEqual(told, []);
  });

  it('has a record on the disk long before the database has it', async () => {
    const spool = open({ flushMs: never });
    await spool.flush();
    spool.add(usageOf('use_1'));
    await eventually(() => segments().length > 0);
    const [name = ''] = segments();
    await eventually(() => statSync(join(directory, name)).size > 0);
    assert.equal(readFileSync(join(directory, name), 'utf8'), linesOf([usageOf('use_1')]));
    assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600);
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    assert.equal(database.kept.size, 0);
    assert.equal(spool.state().pending, 1);
  });

  it('keeps to the size of batches', async () => {
    const spool = open({ flushMs: never, batchMax: 40 });
    for (const record of many(100)) spool.add(record);
    await spool.flush();
    assert.deepEqual(database.batches, [40, 40, 20]);
  });

  it('writes hostile texts so that they are read again as they were', async () => {
    database.isDown = true;
    const records = hostileTexts().map((text, index) =>
      usageOf(`use_${index}`, { user: text, model: text, end: text }),
    );
    const first = open();
    for (const record of records) first.add(record);
    await first.close();
    database.isDown = false;
    await open().flush();
    assert.deepEqual([...database.kept.values()], records);
  });

  describe('without the database', () => {
    it('keeps what comes, and hands it on once the database is back', async () => {
      const spool = open();
      database.isDown = true;
      for (const record of many(50)) spool.add(record);
      await eventually(() => spool.state().degraded);
      for (const record of many(50, 'later')) spool.add(record);
      await spool.flush();
      assert.deepEqual(
        { ...spool.state() },
        {
          pending: 100,
          dropped: 0,
          refused: 0,
          degraded: true,
          faults: ['database'],
        },
      );
      database.isDown = false;
      await eventually(() => spool.state().pending === 0);
      assert.equal(database.kept.size, 100);
      assert.equal(spool.state().degraded, false);
      assert.deepEqual(
        told.map(({ degraded }) => degraded),
        [true, false],
      );
    });

    it('drops and counts what exceeds its bound, and says so once', async () => {
      const spool = open({ bytesMax: 20_000 });
      database.isDown = true;
      for (const record of many(200)) spool.add(record);
      await spool.flush();
      const { pending, dropped, faults } = spool.state();
      assert.ok(pending > 20 && dropped > 100, `${pending} pending, ${dropped} dropped`);
      assert.equal(pending + dropped, 200);
      assert.deepEqual(faults.toSorted(), ['database', 'full']);
      assert.equal(told.filter(({ faults }) => faults.includes('full')).length <= 2, true);
      const bytes = segments().map((name) => statSync(join(directory, name)).size);
      assert.ok(bytes.reduce((sum, size) => sum + size, 0) < 25_000);
      database.isDown = false;
      await eventually(() => !spool.state().degraded);
      assert.deepEqual(
        [...database.kept.keys()],
        many(pending).map(({ id }) => id),
      );
      spool.add(usageOf('use_new'));
      await spool.flush();
      assert.equal(spool.state().dropped, dropped);
      assert.ok(database.kept.has('use_new'));
    });

    it('leaves to the next start what it could not hand on', async () => {
      database.isDown = true;
      const first = open();
      for (const record of many(5)) first.add(record);
      await first.close();
      first.add(usageOf('too late'));
      assert.equal(first.state().dropped, 1);
      database.isDown = false;
      const second = open();
      await second.flush();
      assert.equal(database.kept.size, 5);
      await second.close();
      assert.deepEqual(files(), []);
    });

    it('does not hold much in memory of what is on the disk', async () => {
      database.isDown = true;
      const spool = open();
      const model = 'm'.repeat(1_000);
      for (let round = 0; round < 6; round++) {
        for (const record of many(1_000, `round_${round}`)) spool.add({ ...record, model });
        await spool.flush();
      }
      assert.ok(segments().length >= 5);
      database.isDown = false;
      await spool.flush();
      assert.equal(database.kept.size, 6_000);
      assert.equal(database.kept.get('round_3_7')?.model, model);
    });
  });

  describe('at the start', () => {
    it('hands on what dead processes left, whatever their id was', async () => {
      leave('usage-1-abc123-1.jsonl', linesOf(many(2, 'one')));
      leave('usage-1-abc123-2.jsonl', linesOf(many(2, 'two')));
      leave(`usage-${process.pid}-def456-9.jsonl`, linesOf(many(2, 'same-id')));
      leave('usage-1-abc123.lock', '');
      leave('usage-77-aaa.lock', '');
      const spool = open();
      await spool.flush();
      assert.equal(database.kept.size, 6);
      await spool.close();
      assert.deepEqual(files(), []);
    });

    it('skips a line that was cut, and reads all others', async () => {
      const lines = linesOf(many(3));
      leave('usage-1-abc123-1.jsonl', lines + lines.slice(0, 100).replace('use_0', 'use_9'));
      leave('usage-1-abc123-2.jsonl', linesOf(many(1, 'next')).trimEnd());
      leave('usage-1-abc123-3.jsonl', '');
      leave('usage-1-abc123-4.jsonl', `\0\0\0\n[1]\n{"id":5}\n"x"\n${linesOf(many(1, 'last'))}`);
      await open().flush();
      const kept = [...database.kept.keys()].toSorted();
      assert.deepEqual(kept, ['last_0', 'next_0', 'use_0', 'use_1', 'use_2']);
      assert.deepEqual(segments(), []);
    });

    it('hands on once what was committed already and not deleted', async () => {
      await database.appendUsage(many(3));
      leave('usage-1-abc123-1.jsonl', linesOf(many(5).map((each) => ({ ...each, status: 500 }))));
      await open().flush();
      const statuses = [...database.kept.values()].map(({ status }) => status);
      assert.deepEqual(statuses, [200, 200, 200, 500, 500]);
    });

    it('leaves other files alone, and the segments of those who live', async () => {
      const living = open({ flushMs: never, database: fakeDatabase() });
      await living.flush();
      living.add(usageOf('use_living'));
      await eventually(() => segments().length > 0);
      leave('notes.txt', 'mine');
      leave('usage-x.jsonl', linesOf(many(1, 'foreign')));
      await open().flush();
      assert.equal(database.kept.size, 0);
      assert.ok(files().includes('notes.txt') && files().includes('usage-x.jsonl'));
      assert.equal(segments().length, 2);
    });

    it('is done by one alone when several start at once', async () => {
      for (let owner = 0; owner < 20; owner++) {
        leave(`usage-${owner}-abc-1.jsonl`, linesOf(many(10, `owner_${owner}`)));
      }
      const all = [1, 2, 3, 4].map(() => open());
      await Promise.all(all.map((spool) => spool.flush()));
      await Promise.all(all.map((spool) => spool.close()));
      assert.equal(database.kept.size, 200);
      assert.equal(
        database.batches.reduce((sum, count) => sum + count, 0),
        200,
      );
      assert.deepEqual(files(), []);
    });
  });

  it('sets apart what the database will never keep, and hands on the rest', async () => {
    database = fakeDatabase(({ id }) => id === 'use_3' || id === 'use_41');
    const spool = open();
    for (const record of many(60)) spool.add(record);
    await spool.flush();
    assert.equal(database.kept.size, 58);
    assert.equal(spool.state().refused, 2);
    assert.equal(spool.state().pending, 0);
    const apart = readFileSync(join(directory, 'refused.jsonl'), 'utf8');
    assert.equal(apart, linesOf([usageOf('use_3'), usageOf('use_41')]));
    await spool.close();
    await open().flush();
    assert.equal(database.kept.size, 58);
  });

  it('never throws at who adds a record, whatever it is and whatever its listener does', async () => {
    const changed = (): void => {
      throw new Error('a mistake');
    };
    const spool = open({ changed, bytesMax: 2_000 });
    const circle: { self?: unknown } = {};
    circle.self = circle;
    spool.add(Object.assign(usageOf('use_circle'), { model: circle }));
    for (const record of many(50)) spool.add(record);
    await spool.flush();
    assert.ok(spool.state().dropped > 1);
  });

  describe('without the disk', () => {
    it('goes on in memory when its directory cannot be made, and hands on', async () => {
      writeFileSync(directory, 'a file');
      const spool = open();
      for (const record of many(5)) spool.add(record);
      await eventually(() => database.kept.size === 5);
      assert.deepEqual(spool.state().faults, ['disk']);
      rmSync(directory);
      spool.add(usageOf('use_after'));
      await eventually(() => !spool.state().degraded);
      await spool.flush();
      assert.equal(database.kept.size, 6);
      assert.equal(spool.state().dropped, 0);
    });

    it('goes on when its directory is removed', async () => {
      const spool = open();
      spool.add(usageOf('use_1'));
      await spool.flush();
      rmSync(directory, { recursive: true });
      for (const record of many(20, 'after')) spool.add(record);
      await spool.flush();
      assert.equal(database.kept.size, 21);
      assert.equal(spool.state().dropped, 0);
    });

    it('holds a full disk and no database up to its bound, and recovers alone', {
      skip,
    }, async () => {
      const disk = createSmallDisk();
      directory = join(disk.path, 'spool');
      try {
        const spool = open({ memoryBytesMax: 100_000 });
        spool.add(usageOf('use_before'));
        await spool.flush();
        fill(join(disk.path, 'ballast'));
        database.isDown = true;
        for (let round = 0; round < 40; round++) {
          for (const record of many(20, `round_${round}`)) spool.add(record);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        await spool.flush();
        const { pending, dropped, faults } = spool.state();
        assert.deepEqual(faults.toSorted(), ['database', 'disk', 'full']);
        assert.ok(pending > 100 && dropped > 100, `${pending} pending, ${dropped} dropped`);
        assert.equal(pending + dropped, 800);
        rmSync(join(disk.path, 'ballast'));
        await eventually(() => !spool.state().faults.includes('disk'));
        assert.equal(spool.state().pending, pending);
        database.isDown = false;
        await eventually(() => !spool.state().degraded);
        assert.equal(database.kept.size, pending + 1);
        await spool.close();
        assert.deepEqual(files(), []);
      } finally {
        await Promise.all(spools.map((spool) => spool.close()));
        disk.remove();
      }
    });

    it('hands on past a full disk while the database is there', { skip }, async () => {
      const disk = createSmallDisk();
      directory = join(disk.path, 'spool');
      try {
        const spool = open();
        await spool.flush();
        fill(join(disk.path, 'ballast'));
        for (const record of many(500)) spool.add(record);
        await eventually(() => database.kept.size === 500);
        assert.deepEqual(spool.state(), {
          pending: 0,
          dropped: 0,
          refused: 0,
          degraded: true,
          faults: ['disk'],
        });
        rmSync(join(disk.path, 'ballast'));
        spool.add(usageOf('use_after'));
        await eventually(() => !spool.state().degraded);
      } finally {
        await Promise.all(spools.map((spool) => spool.close()));
        disk.remove();
      }
    });
  });
});

/** To the last byte. */
function fill(path: string): void {
  for (let bytes = 65_536; bytes >= 1; bytes = Math.floor(bytes / 2)) {
    try {
      for (;;) appendFileSync(path, Buffer.alloc(bytes));
    } catch (error) {
      assert.ok(error instanceof Error && 'code' in error && error.code === 'ENOSPC');
    }
  }
}
