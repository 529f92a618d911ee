/** The pepper: given, made once by however many, and refused when it protects nothing. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isPepperThere, loadPepper } from './pepper.ts';

const helper = fileURLToPath(import.meta.resolve('./testing/pepper-process.ts'));
const posix = process.platform === 'win32' ? 'Windows has no such modes' : false;

describe('the pepper', () => {
  let folder: string;
  let dataDirectory: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dragoman-pepper-'));
    dataDirectory = join(folder, 'state/of/dragoman');
    file = join(dataDirectory, 'pepper');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const load = (pepper?: string): string =>
    Buffer.from(loadPepper({ pepper, dataDirectory })).toString();

  function keep(text: string, mode = 0o600): void {
    mkdirSync(dataDirectory, { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
  }

  it('is the given one, and then no file is made', () => {
    assert.equal(load('given-by-the-operator-0123456789'), 'given-by-the-operator-0123456789');
    assert.deepEqual(readdirSync(folder), []);
  });

  it('is made once, and stays', () => {
    assert.equal(isPepperThere({ pepper: undefined, dataDirectory }), false);
    const made = load();
    assert.match(made, /^[\w-]{43}$/);
    assert.equal(load(), made);
    assert.deepEqual(readdirSync(dataDirectory), ['pepper']);
    assert.equal(isPepperThere({ pepper: undefined, dataDirectory }), true);
  });

  it('is made where only the gateway can read it', { skip: posix }, () => {
    load();
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(dataDirectory).mode & 0o777, 0o700);
  });

  it('is the same from the file as from the environment, so that it can move', () => {
    const made = load();
    assert.equal(load(readFileSync(file, 'utf8')), made);
    keep(`${made}\n`);
    assert.equal(load(), made);
  });

  it('is one, however many gateways start at once', async () => {
    const starts = Array.from({ length: 4 }, () =>
      promisify(execFile)(process.execPath, ['--conditions=source', helper, dataDirectory]),
    );
    const printed = (await Promise.all(starts)).map(({ stdout }) => stdout);
    assert.equal(printed.length, 4);
    assert.deepEqual(new Set(printed), new Set([Buffer.from(load()).toString('hex')]));
    assert.deepEqual(readdirSync(dataDirectory), ['pepper']);
  });

  it('is refused when others can use the file', { skip: posix }, () => {
    for (const mode of [0o640, 0o604, 0o620, 0o666]) {
      keep('a-pepper-that-is-long-enough-0123456789', mode);
      assert.throws(load, (error: Error) => {
        assert.ok(error.message.includes(file) && error.message.includes('chmod 600'));
        return !error.message.includes('a-pepper-that');
      });
    }
  });

  it('is refused when it is empty or short, and never quoted', () => {
    for (const text of ['', ' \n', 'abc-short']) {
      keep(text);
      assert.throws(load, (error: Error) => {
        assert.ok(error.message.includes(file), error.message);
        assert.match(error.message, /is empty|characters/);
        return !error.message.includes('abc-short');
      });
    }
    assert.throws(() => load('abc-short'), /DRAGOMAN_PEPPER has only 9 characters/);
    keep('x'.repeat(5_000));
    assert.throws(load, /too large/);
  });

  it('says what keeps it from being made, and the way out', () => {
    writeFileSync(join(folder, 'state'), 'a file, no folder');
    assert.throws(load, /pepper can not be (made|read): .*(ENOTDIR|EEXIST)/);
    mkdirSync(join(folder, 'other/pepper'), { recursive: true });
    assert.throws(
      () => loadPepper({ pepper: undefined, dataDirectory: join(folder, 'other') }),
      /other\/pepper/,
    );
  });
});
