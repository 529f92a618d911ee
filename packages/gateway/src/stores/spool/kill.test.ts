/** `kill -9`: what was added 50 ms before is in the database afterwards, once. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { environment } from '../../lib/env.ts';
import { openDatabase } from '../database/index.ts';
import { createUsageSpool } from './index.ts';
import { temporaryFolder } from './testing/fakes.ts';

const KILLS = 50;
/** On a slow machine there are fewer. */
const TIME_MS = 25_000;
const KILLS_MIN = 10;
const PROMISED_MS = 50;
const writer = fileURLToPath(import.meta.resolve('./testing/writer.ts'));

interface Entry {
  readonly id: string;
  readonly at: number;
}

/** A line that was cut was never added. */
function ledgerOf(path: string): readonly Entry[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const [id = '', at = ''] = line.split(' ');
    return { id, at: Number(at) };
  });
}

function hasBegun(ledger: string): boolean {
  return existsSync(ledger) && readFileSync(ledger, 'utf8').includes('\n');
}

function end(child: ChildProcess): Promise<unknown> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  return ended;
}

it('loses nothing and counts nothing twice over kill after kill of two processes on one directory', async (test) => {
  const folder = temporaryFolder();
  const directory = join(folder.path, 'spool');
  const file = join(folder.path, 'dragoman.db');
  const url = `sqlite:${file}`;
  const database = await openDatabase(url);
  await database.migrate();
  const ledgers: string[] = [];

  async function liveAndDie(number: number): Promise<void> {
    const ledger = join(folder.path, `ledger-${number}`);
    ledgers.push(ledger);
    // Every third has no database, so that others find a lot.
    const at = number % 3 === 0 ? '' : url;
    const child = spawn(
      process.execPath,
      ['--conditions=source', writer, directory, at, ledger, `life${number}`],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...environment, NODE_COMPILE_CACHE: join(folder.path, 'cache') },
      },
    );
    const timeout = AbortSignal.timeout(30_000);
    while (!hasBegun(ledger) && !timeout.aborted && child.exitCode === null) await pause(5);
    // Any moment: while a segment is written, read, committed or deleted.
    await pause((number * 37) % 120);
    await end(child);
    assert.ok(hasBegun(ledger), 'the process never began');
  }

  try {
    const timeout = AbortSignal.timeout(TIME_MS);
    for (let number = 0; number < KILLS && !timeout.aborted; number += 2) {
      await Promise.all([liveAndDie(number), liveAndDie(number + 1)]);
    }
    test.diagnostic(`${ledgers.length} kills`);
    assert.ok(ledgers.length >= KILLS_MIN, `only ${ledgers.length} kills`);
    const spool = createUsageSpool({ directory, database });
    await spool.flush();
    await spool.close();

    const raw = new DatabaseSync(file);
    const rows = raw.prepare('select id, input_tokens from dragoman_usage').all();
    raw.close();
    const kept = new Map(rows.map((row) => [String(row['id']), Number(row['input_tokens'])]));
    const entries = ledgers.map(ledgerOf);
    const known = new Set(entries.flat().map(({ id }) => id));
    for (const life of entries) {
      const last = life.at(-1)?.at ?? 0;
      const lost = life.filter(({ id, at }) => !kept.has(id) && at < last - PROMISED_MS);
      assert.deepEqual(lost, []);
    }
    assert.equal(rows.length, kept.size);
    for (const [id, tokens] of kept) {
      assert.ok(known.has(id), `${id} was never added`);
      assert.equal(tokens, Number(id.split('-')[1]));
    }
    assert.ok(kept.size > ledgers.length * 10, `only ${kept.size} records`);
    assert.deepEqual(readdirSync(directory), []);
  } finally {
    await database.close();
    folder.remove();
  }
});
