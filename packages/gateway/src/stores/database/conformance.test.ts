/** What every database keeps its promises about, whichever it is. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Database, KeyRecord, UsageRecord } from '../../model/records.ts';
import { DatabaseFailure, DatabaseRefusal, DatabaseUnavailable, openDatabase } from './index.ts';
import { hostileTexts } from './testing/hostile.ts';
import { keyOf, usageOf } from './testing/records.ts';
import { type Store, type StoreKind, storeKinds } from './testing/stores.ts';
import { originalText } from './texts.ts';

const ever = { sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER };
const fullKey = keyOf('key_full', {
  user: 'ann',
  channels: ['main', 'spare'],
  models: ['gpt-*', 'claude-*'],
  limits: {
    tokensPerWindow: 1,
    requestsPerWindow: 2,
    windowMs: 60_000,
    concurrency: 4,
    budgetMicroUsd: 5_000_000_000_000,
    budgetPeriod: 'month',
  },
  createdAt: 1_764_000_000_001,
  expiresAt: 1_864_000_000_000,
  revokedAt: 1_774_000_000_000,
});

for (const kind of storeKinds()) {
  describe(kind.name, { skip: kind.missing ?? false }, () => suite(kind));
}

function suite(kind: StoreKind): void {
  let store: Store;
  let database: Database;
  const opened: Database[] = [];

  async function open(): Promise<Database> {
    const another = await openDatabase(store.url);
    opened.push(another);
    return another;
  }

  async function count(table: 'dragoman_keys' | 'dragoman_usage'): Promise<number> {
    const [row] = await store.query(`select count(*) as count from ${table}`);
    return Number(row?.['count']);
  }

  before(() => kind.begin());
  after(() => kind.end());
  beforeEach(async () => {
    store = await kind.create();
    database = await open();
    await database.migrate();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
    await store.remove();
  });

  describe('keys', () => {
    it('come back as they were given, with all fields and with the fewest', async () => {
      const bare = keyOf('key_bare');
      const closed = keyOf('key_closed', { channels: [], models: [], limits: { concurrency: 0 } });
      for (const key of [fullKey, bare, closed]) await database.insertKey(key);
      for (const key of [fullKey, bare, closed]) {
        assert.deepEqual(await database.findKey(key.hash), key);
      }
    });

    it('are listed with the newest first', async () => {
      assert.deepEqual(await database.listKeys(), []);
      for (const createdAt of [20, 40, 10, 30]) {
        await database.insertKey(keyOf(`key_${createdAt}`, { createdAt }));
      }
      const ids = (await database.listKeys()).map(({ id }) => id);
      assert.deepEqual(ids, ['key_40', 'key_30', 'key_20', 'key_10']);
    });

    it('are found by their whole hash only', async () => {
      await database.insertKey(keyOf('key_a', { hash: 'abcdef' }));
      for (const hash of ['abcde', 'abcdefg', 'ABCDEF', '', 'abcde%', 'abcde_', 'abcdef ']) {
        assert.equal(await database.findKey(hash), undefined, hash);
      }
    });

    it('are revoked once', async () => {
      const key = keyOf('key_a');
      await database.insertKey(key);
      assert.equal(await database.revokeKey('key_a', 1_000), true);
      assert.equal(await database.revokeKey('key_a', 2_000), false);
      assert.equal(await database.revokeKey('key_none', 1_000), false);
      assert.deepEqual(await database.findKey(key.hash), { ...key, revokedAt: 1_000 });
    });

    it('change their hash and hint and nothing else when they are rotated', async () => {
      const key = { ...fullKey, revokedAt: undefined };
      await database.insertKey(key);
      const secret = { hash: 'another hash', hint: '…new1' };
      assert.equal(await database.rotateKey(key.id, secret), true);
      assert.equal(await database.findKey(key.hash), undefined);
      assert.deepEqual(await database.findKey(secret.hash), { ...key, ...secret });
    });

    it('are not rotated when they are revoked or unknown', async () => {
      await database.insertKey(fullKey);
      const secret = { hash: 'another hash', hint: '…new1' };
      assert.equal(await database.rotateKey(fullKey.id, secret), false);
      assert.equal(await database.rotateKey('key_none', secret), false);
      assert.deepEqual(await database.listKeys(), [fullKey]);
    });

    it('refuse an id and a hash that are there already, without naming them', async () => {
      const key = keyOf('key_first', { hash: 'hash-first' });
      const other = keyOf('key_other', { hash: 'hash-other' });
      await database.insertKey(key);
      await database.insertKey(other);
      const version = await database.keysVersion();
      const wrong = [
        () => database.insertKey(keyOf('key_first', { hash: 'hash-new' })),
        () => database.insertKey(keyOf('key_new', { hash: 'hash-first' })),
        () => database.rotateKey('key_other', { hash: 'hash-first', hint: '…' }),
      ];
      for (const call of wrong) {
        await assert.rejects(call, (error: Error) => {
          assert.ok(error instanceof DatabaseRefusal, String(error));
          assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /first|new/);
          return true;
        });
      }
      assert.equal(await database.keysVersion(), version);
      assert.equal(await count('dragoman_keys'), 2);
    });
  });

  describe('the version of keys', () => {
    it('grows with every change, and only then', async () => {
      const versions = [await database.keysVersion()];
      const note = async () => versions.push(await database.keysVersion());
      await database.insertKey(keyOf('key_a'));
      await note();
      await database.rotateKey('key_a', { hash: 'another', hint: '…' });
      await note();
      await database.revokeKey('key_a', 1);
      await note();
      assert.deepEqual(
        versions,
        versions.map((_, index) => Number(versions[0]) + index),
      );
      await database.revokeKey('key_a', 2);
      await database.rotateKey('key_a', { hash: 'third', hint: '…' });
      await database.findKey('another');
      await database.appendUsage([usageOf('use_1')]);
      assert.equal(await database.keysVersion(), versions.at(-1));
    });

    it('counts changes of several gateways at once, none lost', async () => {
      const others = [database, await open(), await open()];
      const from = await database.keysVersion();
      await Promise.all(
        others.flatMap((each, gateway) =>
          Array.from({ length: 5 }, (_, index) => each.insertKey(keyOf(`key_${gateway}_${index}`))),
        ),
      );
      for (const each of others) assert.equal(await each.keysVersion(), from + 15);
      assert.equal((await database.listKeys()).length, 15);
    });
  });

  describe('migration', () => {
    it('by several gateways at once and again later keeps what is there', async () => {
      await database.close();
      opened.splice(0);
      await store.remove();
      store = await kind.create();
      const gateways = await Promise.all([open(), open(), open(), open()]);
      await Promise.all(gateways.map((each) => each.migrate()));
      await gateways[0]?.insertKey(fullKey);
      await Promise.all(gateways.map((each) => each.migrate()));
      for (const each of gateways) assert.deepEqual(await each.listKeys(), [fullKey]);
    });

    it('is needed: without tables calls fail, and not as if nobody were there', async () => {
      await store.query('drop table dragoman_usage');
      await assert.rejects(database.appendUsage([usageOf('use_1')]), DatabaseFailure);
    });
  });

  describe('hostile texts', () => {
    const texts = hostileTexts();

    it('come back unchanged from every field of keys', async () => {
      const wanted: KeyRecord[] = [];
      for (const [index, text] of texts.entries()) {
        const order = { createdAt: texts.length - index };
        const lists = { channels: [text, text], models: [text] };
        wanted.push(
          keyOf(text, { name: text, hash: text, hint: text, user: text, ...lists, ...order }),
        );
      }
      for (const key of wanted) await database.insertKey(key);
      assert.deepEqual(await database.listKeys(), wanted);
      for (const key of wanted) assert.deepEqual(await database.findKey(key.hash), key);
      for (const [index, { id }] of wanted.entries()) {
        assert.equal(await database.revokeKey(id, 1), true);
        const left = wanted.length - index - 1;
        if (index % 100 !== 0) continue;
        const keys = await database.listKeys();
        assert.equal(keys.filter(({ revokedAt }) => revokedAt === undefined).length, left);
      }
      assert.equal(await count('dragoman_keys'), texts.length);
    });

    it('come back unchanged from every field of usage', async () => {
      await database.appendUsage(texts.map(hostileUsage));
      const rows = await store.query('select * from dragoman_usage');
      assert.equal(rows.length, texts.length);
      const columns = ['id', 'key_id', 'user_name', 'channel', 'provider', 'model'] as const;
      const more = ['upstream_model', 'client_format', 'end_cause'] as const;
      for (const column of [...columns, ...more]) {
        const kept = rows.map((row) => originalText(String(row[column])));
        assert.deepEqual(new Set(kept), new Set(texts), column);
      }
      for (const text of texts) {
        const sum = await database.sumUsage({ keyId: text, user: text, ...ever });
        assert.equal(sum.requests, 1, JSON.stringify(text));
      }
    });
  });

  describe('usage', () => {
    it('is summed up by key, by user and by time', async () => {
      const records = [
        usageOf('use_1', { keyId: 'key_a', user: 'ann', at: 100, inputTokens: 1 }),
        usageOf('use_2', { keyId: 'key_a', user: 'bob', at: 200, inputTokens: 10 }),
        usageOf('use_3', { keyId: 'key_b', user: 'ann', at: 300, inputTokens: 100 }),
        usageOf('use_4', { keyId: undefined, user: undefined, at: 400, inputTokens: 1_000 }),
      ];
      await database.appendUsage(records);
      const sums = [
        [{ ...ever }, 1_111],
        [{ ...ever, keyId: 'key_a' }, 11],
        [{ ...ever, user: 'ann' }, 101],
        [{ ...ever, keyId: 'key_a', user: 'ann' }, 1],
        [{ sinceMs: 100, untilMs: 300 }, 11],
        [{ sinceMs: 101, untilMs: 301 }, 110],
        [{ ...ever, keyId: 'key_none' }, 0],
      ] as const;
      for (const [query, tokens] of sums) {
        assert.equal((await database.sumUsage(query)).inputTokens, tokens, JSON.stringify(query));
      }
      assert.deepEqual(await database.sumUsage({ ...ever, keyId: 'key_a' }), {
        requests: 2,
        inputTokens: 11,
        outputTokens: 10,
        costMicroUsd: 14,
      });
    });

    it('of nobody is nothing', async () => {
      const nothing = { requests: 0, inputTokens: 0, outputTokens: 0, costMicroUsd: 0 };
      assert.deepEqual(await database.sumUsage(ever), nothing);
      await database.appendUsage([]);
      await database.appendUsage([usageOf('use_1', { costMicroUsd: undefined })]);
      assert.equal((await database.sumUsage(ever)).costMicroUsd, 0);
    });

    it('is kept by thousands at once', async () => {
      const records = Array.from({ length: 5_000 }, (_, index) => usageOf(`use_${index}`));
      await database.appendUsage(records);
      await database.appendUsage(records);
      const sum = await database.sumUsage(ever);
      assert.deepEqual(sum, {
        requests: 5_000,
        inputTokens: 15_000,
        outputTokens: 25_000,
        costMicroUsd: 35_000,
      });
    });

    it('that comes twice is kept once, as it came first', async () => {
      const first = usageOf('use_1', { inputTokens: 1 });
      await database.appendUsage([first, usageOf('use_1', { inputTokens: 50 })]);
      await database.appendUsage([usageOf('use_1', { inputTokens: 500 }), usageOf('use_2')]);
      assert.equal((await database.sumUsage(ever)).inputTokens, 4);
    });

    it('that comes from several gateways at once is kept once', async () => {
      const gateways = [database, await open(), await open()];
      const records = Array.from({ length: 200 }, (_, index) => usageOf(`use_${index}`));
      const orders = [records, records.toReversed(), records.slice(50)];
      await Promise.all(gateways.map((each, index) => each.appendUsage(orders[index] ?? [])));
      assert.equal((await database.sumUsage(ever)).requests, 200);
    });

    it('is kept all or none when the database refuses a row', async () => {
      await store.query('create unique index one_each on dragoman_usage (model)');
      const records = ['a', 'b', 'a', 'c'].map((model, index) =>
        usageOf(`use_${index}`, { model }),
      );
      await assert.rejects(database.appendUsage(records), DatabaseRefusal);
      assert.equal(await count('dragoman_usage'), 0);
      await database.appendUsage(records.slice(0, 2));
      assert.equal(await count('dragoman_usage'), 2);
    });

    it('with a number that cannot be kept is refused with its batch', async () => {
      for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60]) {
        const records = [usageOf('use_1'), usageOf('use_2', { inputTokens: wrong })];
        await assert.rejects(database.appendUsage(records), DatabaseRefusal);
      }
      assert.equal(await count('dragoman_usage'), 0);
    });

    it('is exact to the last unit, or an error', async () => {
      const inputTokens = Number.MAX_SAFE_INTEGER;
      await database.appendUsage([usageOf('use_1', { inputTokens, costMicroUsd: inputTokens })]);
      assert.equal((await database.sumUsage(ever)).inputTokens, inputTokens);
      await database.appendUsage([usageOf('use_2', { inputTokens: 1, costMicroUsd: 0 })]);
      await assert.rejects(database.sumUsage(ever), DatabaseFailure);
    });
  });

  it('rejects every call once it is closed', async () => {
    await database.close();
    await database.close();
    await assert.rejects(database.keysVersion(), DatabaseUnavailable);
    await assert.rejects(database.appendUsage([usageOf('use_1')]), DatabaseUnavailable);
  });
}

function hostileUsage(text: string): UsageRecord {
  const names = { channel: text, provider: text, model: text, upstreamModel: text };
  return usageOf(text, { keyId: text, user: text, clientFormat: text, end: text, ...names });
}
