/** `dragoman keys`: a key's life from the command line, in every kind of database, with no secret left behind. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { createKeyBook } from '../../packages/gateway/src/keys/book.ts';
import { loadPepper } from '../../packages/gateway/src/keys/pepper.ts';
import { isGatewayKey } from '../../packages/gateway/src/keys/secret.ts';
import type { KnownKey } from '../../packages/gateway/src/model/keys.ts';
import { openDatabase } from '../../packages/gateway/src/stores/database/index.ts';
import {
  type Store,
  type StoreKind,
  storeKinds,
} from '../../packages/gateway/src/stores/database/testing/stores.ts';

const main = join(import.meta.dirname, '../../packages/gateway/src/main.ts');

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly [field: string]: unknown;
}

let folder: string;
/** Everything that was printed where a key has no business. */
let printed: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dragoman-keys-'));
  printed = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Around {
  readonly input?: string;
  readonly env?: { readonly [name: string]: string };
}

async function keys(
  args: readonly string[],
  { input = '', env = {} }: Around = {},
): Promise<Ended> {
  const child = spawn(process.execPath, ['--conditions=source', main, 'keys', ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: 'pipe',
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  // A command that reads nothing may be gone already.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  const makes = args[0] === 'create' || args[0] === 'rotate';
  printed.push(err, ...(makes ? [] : [out]));
  return { code: typeof code === 'number' ? code : null, out, err };
}

async function secretOf(ended: Promise<Ended>): Promise<string> {
  const { code, out, err } = await ended;
  assert.equal(code, 0, err);
  assert.match(out, /^dgm_\w{49}\n$/);
  assert.match(err, /shown only now/);
  return out.trim();
}

function listOf({ code, out, err }: Ended): readonly Listed[] {
  assert.equal(code, 0, err);
  return JSON.parse(out) as readonly Listed[];
}

for (const kind of storeKinds()) {
  describe(`keys in ${kind.name}`, { skip: kind.missing ?? false }, () => lifeIn(kind));
}

function lifeIn(kind: StoreKind): void {
  let store: Store;
  let env: { readonly [name: string]: string };

  before(() => kind.begin());
  after(() => kind.end());
  beforeEach(async () => {
    store = await kind.create();
    env = { DATABASE_URL: store.url, DATA_DIR: join(folder, 'state') };
  });
  afterEach(() => store.remove());

  const run = (args: readonly string[], input?: string): Promise<Ended> =>
    keys(args, { env, ...(input !== undefined && { input }) });

  /** As a gateway that starts now knows it. */
  async function known(secret: string): Promise<KnownKey | 'unknown' | 'unsure'> {
    const database = await openDatabase(store.url);
    const pepper = (): Uint8Array =>
      loadPepper({ pepper: undefined, dataDirectory: join(folder, 'state') });
    const changed = (): void => assert.fail('the database is there');
    const book = createKeyBook({ pepper, configured: [], database, pollMs: 1_000, changed });
    await book.start();
    book.close();
    await database.close();
    return book.find(secret);
  }

  async function idOf(secret: string): Promise<string> {
    const key = await known(secret);
    assert.ok(typeof key === 'object', `it is ${JSON.stringify(key)}`);
    return key.id;
  }

  it('are made, listed, replaced and revoked; and no secret is left anywhere', async () => {
    const options = '--channel openai --channel gemini,anthropic --models gpt-*,o3'.split(' ');
    const limits = '--tokens-per-window 100000 --requests-per-window 60 --window 24h'.split(' ');
    const more = '--concurrency 4 --budget 12.5 --budget-period month --user ann'.split(' ');
    const end = ['--expires', '2999-12-31'];
    const first = await secretOf(
      run(['create', '--name', 'ann', ...options, ...limits, ...more, ...end]),
    );
    assert.equal(isGatewayKey(first), true);
    const key = await known(first);
    assert.ok(typeof key === 'object');
    assert.deepEqual(key.channels, new Set(['openai', 'gemini', 'anthropic']));
    assert.equal(key.expiresAt, Date.UTC(2999, 11, 31));
    assert.deepEqual(key.limits, {
      tokensPerWindow: 100_000,
      requestsPerWindow: 60,
      windowMs: 86_400_000,
      concurrency: 4,
      budgetMicroUsd: 12_500_000,
      budgetPeriod: 'month',
    });

    const plain = await secretOf(run(['create', '--name', 'plain']));
    const table = await run(['list']);
    for (const text of [
      'ann',
      `…${first.slice(-4)}`,
      'gpt-*,o3',
      '100000 tokens/1d',
      '$12.5/month',
    ])
      assert.ok(table.out.includes(text), table.out);
    const listed = listOf(await run(['list', '--json']));
    assert.deepEqual(new Set(listed.map(({ name }) => name)), new Set(['plain', 'ann']));
    for (const each of listed) assert.equal('hash' in each, false);

    const second = await secretOf(run(['rotate', 'ann']));
    assert.notEqual(second, first);
    assert.equal(await known(first), 'unknown');
    assert.equal(await idOf(second), key.id);

    const revoked = await run(['revoke', await idOf(plain)]);
    assert.equal(revoked.code, 0, revoked.err);
    assert.equal(await known(plain), 'unknown');
    const again = await run(['revoke', 'plain']);
    assert.equal(again.code, 1);
    assert.match(again.err, /plain.* was revoked before/);
    const states = listOf(await run(['list', '--json'])).map(
      ({ name, state }) => `${name} ${state}`,
    );
    assert.deepEqual(new Set(states), new Set(['plain revoked', 'ann active']));

    const [row] = await store.query('select count(*) as count from dragoman_keys');
    assert.equal(Number(row?.['count']), 2);
    const texts = [...printed, ...(await dump())];
    for (const secret of [first, second, plain]) {
      for (const text of texts) assert.equal(text.includes(secret.slice(4, -4)), false);
    }
    const pepper = readFileSync(join(folder, 'state/pepper'), 'utf8');
    for (const text of texts) assert.equal(text.includes(pepper), false);
  });

  /** What whoever steals the database has. */
  async function dump(): Promise<readonly string[]> {
    const rows = JSON.stringify(await store.query('select * from dragoman_keys'));
    if (!store.url.startsWith('sqlite:')) return [rows];
    const file = store.url.slice('sqlite:'.length);
    const files = [file, `${file}-wal`].filter((path) => existsSync(path));
    return [rows, ...files.map((path) => readFileSync(path, 'latin1'))];
  }

  it('are printed as JSON for programs', async () => {
    const { code, out, err } = await run(['create', '--name', 'ann', '--json', '--expires', '30d']);
    assert.equal(code, 0, err);
    const { key, ...view } = JSON.parse(out) as Listed;
    assert.equal(typeof key === 'string' && isGatewayKey(key), true);
    assert.deepEqual(listOf(await run(['list', '--json'])), [view]);
    assert.match(String(view['expires']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const revoked = await run(['revoke', 'ann', '--json']);
    const gone: unknown = JSON.parse(revoked.out);
    assert.deepEqual(listOf(await run(['list', '--json'])), [gone]);
    assert.equal((gone as Listed).state, 'revoked');
  });
}

describe('keys without a database of their own', () => {
  it('are kept in the data directory, which only the gateway can read', async () => {
    const asked = [['list'], ['revoke', 'ann'], ['rotate', 'ann']];
    for (const { code, err } of await Promise.all(asked.map((args) => keys(args)))) {
      assert.equal(code, 1);
      assert.match(
        err,
        /there are no keys: sqlite:\.dragoman\S+ does not exist; dragoman keys create/,
      );
    }
    assert.deepEqual(listOf(await keys(['list', '--json'])), [], 'for programs: none');
    assert.deepEqual(readdirSync(folder), [], 'asking makes nothing');
    await secretOf(keys(['create', '--name', 'ann']));
    assert.deepEqual(readdirSync(join(folder, '.dragoman')).toSorted(), ['dragoman.db', 'pepper']);
    assert.equal(statSync(join(folder, '.dragoman')).mode & 0o777, 0o700);
    const files = ['dragoman.db', 'pepper'].map((name) => join(folder, '.dragoman', name));
    for (const file of files) assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('are told apart by id when their names are taken, and a name is taken while its key is valid', async () => {
    await secretOf(keys(['create', '--name', 'ann']));
    const taken = await keys(['create', '--name', 'ann']);
    assert.equal(taken.code, 1);
    assert.match(taken.err, /--name: a key is called "ann" already; choose another/);
    await keys(['revoke', 'ann']);
    await secretOf(keys(['create', '--name', 'ann']));
    const unknown = await keys(['revoke', 'anm']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /no key has the id or the name "anm".*keys list.*did you mean ann/);
  });

  it('are not made with another pepper than those before', async () => {
    await secretOf(keys(['create', '--name', 'ann']));
    rmSync(join(folder, '.dragoman/pepper'));
    for (const args of [
      ['create', '--name', 'bob'],
      ['rotate', 'ann'],
    ]) {
      const { code, err } = await keys(args);
      assert.equal(code, 1);
      assert.match(err, /pepper .* is not in \.dragoman; put it there or into DRAGOMAN_PEPPER/);
    }
    assert.equal(existsSync(join(folder, '.dragoman/pepper')), false);
  });

  it('say which file is no database', async () => {
    writeFileSync(join(folder, 'text'), 'no database at all, however long it may be'.repeat(100));
    const { code, err } = await keys(['list'], { env: { DATABASE_URL: 'sqlite:text' } });
    assert.equal(code, 1);
    assert.match(
      err,
      /^dragoman: sqlite:text: the database is unavailable: the file is no database/,
    );
  });

  it('say which server does not answer, without its password', async () => {
    const env = { DATABASE_URL: 'postgres://ann:pass-canary@127.0.0.1:1/main' };
    const { code, err } = await keys(['create', '--name', 'ann'], { env });
    assert.equal(code, 1);
    assert.match(err, /127\.0\.0\.1:1\/main: the database is unavailable/);
    assert.equal(err.includes('pass-canary'), false);
  });
});

describe('options of a new key', () => {
  it('are refused all at once, each with what was expected', async () => {
    const wrong =
      '--window 5x --budget -3 --budget-period week --concurrency 0 --expires 2027-02-30';
    const args = ['create', '--name', 'a\nb', '--channel', 'opnai', ...wrong.split(' ')];
    const { code, err } = await keys(args);
    assert.equal(code, 1);
    for (const option of ['name', 'window', 'budget', 'budget-period', 'concurrency', 'expires'])
      assert.match(err, new RegExp(`dragoman: --${option}: expected .*, got "`), option);
    const channels = 'no channel is called "opnai"; the channels are openai, anthropic, gemini';
    assert.ok(err.includes(`--channel: ${channels}; did you mean openai?`), err);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('know the channels of the configuration file', async () => {
    writeFileSync(
      join(folder, 'dragoman.yaml'),
      'channels:\n  - { id: main, provider: openai, api_keys: [sk-a] }\n',
    );
    const refused = await keys(['create', '--name', 'ann', '--channel', 'openai']);
    assert.match(refused.err, /the channels are main/);
    await secretOf(keys(['create', '--name', 'ann', '--channel', 'main']));
  });

  it('are refused where they mean nothing', async () => {
    const args = ['create', '--name', 'ann', '--window', '1h', '--budget-period', 'day'];
    const { code, err } = await keys(args);
    assert.equal(code, 1);
    assert.match(err, /--window: needs --tokens-per-window or --requests-per-window/);
    assert.match(err, /--budget-period: needs --budget/);
    assert.match((await keys(['create'])).err, /--name/);
  });
});

describe('a key that went astray', () => {
  it('is repeated by nobody', async () => {
    const secret = await secretOf(keys(['create', '--name', 'ann']));
    const mistakes = [
      [secret],
      ['revoke', secret],
      ['rotate', secret],
      ['hash', secret],
      ['create', '--name', secret],
      ['create', '--name', 'bob', '--channel', secret],
      ['create', '--name', 'bob', '--user', secret],
      ['list', `--${secret}`],
    ];
    for (const { code, out, err } of await Promise.all(mistakes.map((args) => keys(args)))) {
      assert.equal(code, 1, err);
      assert.equal((out + err).includes(secret.slice(0, 12)), false, out + err);
    }
    const { err } = await keys(['hash', 'an-old-key']);
    assert.match(err, /takes no argument/);
    assert.equal(err.includes('an-old-key'), false);
  });
});

describe('the hash of a key', () => {
  it('is read from standard input and makes a key of the configuration', async () => {
    const { code, out, err } = await keys(['hash'], { input: 'an-old-key\n' });
    assert.equal(code, 0, err);
    assert.match(out, /^[\w-]{43}\n$/);
    const pepper = (): Uint8Array =>
      loadPepper({ pepper: undefined, dataDirectory: join(folder, '.dragoman') });
    const limits = {};
    const nothing = { user: undefined, channels: undefined, models: undefined };
    const key = { name: 'ann', hash: out.trim(), limits, expiresAt: undefined, ...nothing };
    const changed = (): void => undefined;
    const options = { pepper, configured: [key], database: undefined, pollMs: 1_000, changed };
    assert.equal(typeof createKeyBook(options).find('an-old-key'), 'object');
  });

  it('is the same under a pepper of the environment, wherever it is made', async () => {
    const env = { DRAGOMAN_PEPPER: 'a pepper of the tests, long enough' };
    const hashes = [
      await keys(['hash'], { env, input: 'an-old-key' }),
      await keys(['hash'], { env: { ...env, DATA_DIR: 'elsewhere' }, input: '\nan-old-key\r\n' }),
    ];
    assert.match(hashes[0]?.out ?? '', /^[\w-]{43}\n$/);
    assert.equal(hashes[0]?.out, hashes[1]?.out);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('is refused for nothing, for several keys, and for a gateway key with a typing mistake', async () => {
    const inputs = ['\n', 'one\ntwo\n', 'schlüssel', `dgm_${'x'.repeat(49)}`];
    const all = await Promise.all(inputs.map((input) => keys(['hash'], { input })));
    for (const { code, out, err } of all) {
      assert.equal(code, 1, err);
      assert.equal(out, '');
      assert.match(err, /standard input: /);
      assert.doesNotMatch(err, /two|sch|xxx/);
    }
  });
});
