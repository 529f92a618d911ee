/** Gateway keys through the running gateway: who gets in, where to, and what nobody may see. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { newSecret } from '../../packages/gateway/src/keys/secret.ts';
import { openDatabase } from '../../packages/gateway/src/stores/database/index.ts';
import { hashOf, keyOf, pepper } from './client-keys.ts';
import { type Fleet, sail } from './fleet.ts';
import { answers, json } from './scripted-upstream.ts';
import { ask, clients, post } from './setup.ts';

const canary = newSecret();
const corpus = join(import.meta.dirname, '../../../shared/corpora/blns.json');

const sqlFragments = [
  "' OR '1'='1",
  "'; DROP TABLE keys; --",
  '" OR ""="',
  "1' UNION SELECT * FROM keys --",
  '\\x27 OR 1=1',
  '%27%20OR%201%3D1',
];

describe('gateway keys', () => {
  let fleet: Fleet | undefined;
  const folders: string[] = [];
  afterEach(async () => {
    await fleet?.close();
    fleet = undefined;
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  async function start(settings: Partial<Parameters<typeof sail>[0]> = {}): Promise<Fleet> {
    fleet = await sail({
      channels: { a: { answers: json(answers.chat) }, b: { answers: json(answers.chat) } },
      keys: [keyOf(canary)],
      pepper,
      ...settings,
    });
    return fleet;
  }

  function chat(headers: Record<string, string>, model = 'gpt-4o'): Promise<Response> {
    return post(`${fleet?.url}/v1/chat/completions`, ask.chat(model), headers);
  }

  const slots: readonly (readonly [string, (secret: string) => Promise<Response>])[] = [
    ['authorization', (secret) => chat({ authorization: `Bearer ${secret}` })],
    ['x-api-key', (secret) => chat({ 'x-api-key': secret })],
    ['x-goog-api-key', (secret) => chat({ 'x-goog-api-key': secret })],
    [
      'the query',
      (secret) =>
        post(
          `${fleet?.url}/v1beta/models/gpt-4o:generateContent?key=${encodeURIComponent(secret)}`,
          ask.gemini(),
        ),
    ],
  ];

  for (const [slot, send] of slots) {
    it(`are taken from ${slot}, and never sent on`, async () => {
      await start();
      assert.equal((await send(canary)).status, 200);
      const asked = fleet?.at['a']?.asked[0];
      assert.equal(asked?.headers.authorization, 'Bearer key-of-a');
      assert.ok(!JSON.stringify(asked?.headers).includes(canary));
      assert.ok(!asked?.path.includes(canary));
    });

    it(`that are wrong are refused in ${slot}, whatever they are made of`, async () => {
      await start();
      const naughty: readonly string[] = existsSync(corpus)
        ? JSON.parse(readFileSync(corpus, 'utf8'))
        : [];
      const printable = [...naughty, ...sqlFragments, canary.slice(0, -1), `${canary}x`].filter(
        (text) => /^[\x21-\x7e]+$/.test(text),
      );
      for (const text of printable) {
        const response = await send(text);
        assert.equal(response.status, 401, text);
        const told = await response.text();
        assert.ok(text.length < 8 || !told.includes(text), `${text} is told back`);
      }
      assert.deepEqual(fleet?.asked(), { a: 0, b: 0 });
    });
  }

  for (const { name, door, body, isError } of clients) {
    it(`that are missing are refused to a client of ${name} in its own words`, async () => {
      await start();
      const refused = await post(`${fleet?.url}${door('gpt-4o')}`, body('gpt-4o'));
      assert.equal(refused.status, 401);
      assert.ok(isError((await refused.json()) as never));
    });
  }

  it('are asked for before anything of the body is read', async () => {
    await start();
    const socket = connect(Number(new URL(fleet?.url ?? '').port), '127.0.0.1');
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 30000000\r\n\r\n',
    );
    const [answer] = await once(socket, 'data');
    socket.destroy();
    assert.match(String(answer), /^HTTP\/1\.1 401 /);
  });

  it('with a budget are refused what has no price', async () => {
    const limits = { budgetMicroUsd: 1_000_000, budgetPeriod: 'day' } as const;
    await start({
      keys: [keyOf(canary, { limits })],
      prices: [{ models: ['local-*'], input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }],
    });
    const bearer = { authorization: `Bearer ${canary}` };
    assert.equal((await chat(bearer, 'gpt-4o')).status, 200);
    assert.equal((await chat(bearer, 'local-llama')).status, 200);
    const refused = await chat(bearer, 'nobody-knows-me');
    assert.equal(refused.status, 403);
    assert.match(
      await refused.text(),
      /no price is known for nobody-knows-me.*prices: .*nobody-knows-me/,
    );
  });

  it('send their requests to their channels, whatever the routes say', async () => {
    await start({ keys: [keyOf(canary, { channels: ['b'] })], routes: [{ channels: ['a'] }] });
    for (let request = 0; request < 3; request += 1)
      assert.equal((await chat({ authorization: `Bearer ${canary}` })).status, 200);
    assert.deepEqual(fleet?.asked(), { a: 0, b: 3 });
  });

  it('map any key that a client has already, several to one channel', async () => {
    const vendors = ['sk-vendor-1-of-the-client', 'sk-vendor-2-of-the-client'];
    await start({
      keys: vendors.map((secret, index) => keyOf(secret, { name: `k${index}`, channels: ['b'] })),
    });
    for (const secret of vendors)
      assert.equal((await chat({ authorization: `Bearer ${secret}` })).status, 200);
    assert.deepEqual(fleet?.asked(), { a: 0, b: 2 });
  });

  it('open the models that they name, by what is really asked for', async () => {
    await start({
      keys: [keyOf(canary, { models: ['gpt-4o-mini'] })],
      modelAliases: { cheap: 'gpt-4o-mini', sly: 'gpt-4o' },
    });
    const bearer = { authorization: `Bearer ${canary}` };
    assert.equal((await chat(bearer, 'gpt-4o-mini')).status, 200);
    assert.equal((await chat(bearer, 'cheap')).status, 200);
    assert.equal((await chat(bearer, 'gpt-4o')).status, 403);
    assert.equal((await chat(bearer, 'sly')).status, 403);
    assert.deepEqual(fleet?.asked(), { a: 2, b: 0 });
  });

  it('that have expired are refused', async () => {
    await start({ keys: [keyOf(canary, { expiresAt: Date.now() - 1 })] });
    const refused = await chat({ authorization: `Bearer ${canary}` });
    assert.equal(refused.status, 401);
    assert.match(await refused.text(), /expired/);
  });

  it('are not needed where auth is open, and known all the same', async () => {
    await start({ auth: 'open', keys: [keyOf(canary, { channels: ['b'] })] });
    assert.equal((await chat({ authorization: 'Bearer whatever' })).status, 200);
    assert.equal((await chat({ authorization: `Bearer ${canary}` })).status, 200);
    assert.deepEqual(fleet?.asked(), { a: 1, b: 1 });
  });

  it('of a database work at once, are counted, and end within a second of being revoked', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dragoman-keys-'));
    folders.push(folder);
    const databaseUrl = `sqlite:${join(folder, 'dragoman.db')}`;
    const database = await openDatabase(databaseUrl);
    await database.migrate();
    await start({ keys: [], databaseUrl, dataDirectory: folder });
    assert.equal((await chat({ authorization: `Bearer ${canary}` })).status, 200);
    await database.insertKey({
      id: 'key_1',
      name: 'made later',
      hash: hashOf(canary),
      hint: '…',
      user: 'alice',
      channels: undefined,
      models: undefined,
      limits: { requestsPerWindow: 3, windowMs: 60_000 },
      createdAt: Date.now(),
      expiresAt: undefined,
      revokedAt: undefined,
    });
    const refused = async (): Promise<boolean> =>
      (await chat({ authorization: 'Bearer other' })).status === 401;
    for (let look = 0; look < 40 && !(await refused()); look += 1) await sleep(50);
    const bearer = { authorization: `Bearer ${canary}` };
    const statuses: number[] = [];
    for (let request = 0; request < 4; request += 1) statuses.push((await chat(bearer)).status);
    assert.deepEqual(statuses, [200, 200, 200, 429]);
    for (let look = 0; look < 40; look += 1) {
      const { requests } = await database.sumUsage({
        keyId: 'key_1',
        sinceMs: 0,
        untilMs: Number.MAX_SAFE_INTEGER,
      });
      if (requests === 3) break;
      assert.ok(look < 39, `${requests} requests are kept`);
      await sleep(50);
    }
    assert.equal(await database.revokeKey('key_1', Date.now()), true);
    const status = async (): Promise<number> => (await chat(bearer)).status;
    for (let look = 0; look < 20 && (await status()) !== 401; look += 1) await sleep(50);
    assert.equal(await status(), 401);
    await database.close();
    const files = ['dragoman.db', 'dragoman.db-wal'].map((name) => join(folder, name));
    for (const file of files.filter((path) => existsSync(path)))
      assert.ok(!readFileSync(file).includes(canary), file);
  });
});

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
