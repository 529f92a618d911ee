/** Lists as vendors write them: read with suspicion, and written so that their libraries read them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { anthropicMessages, gemini, type JsonValue, openaiChat } from 'ai-api-converter';
import { GatewayError } from '../../../model/errors.ts';
import type { Listed } from '../listed.ts';
import { dialectOf } from './index.ts';

const formats = [openaiChat, anthropicMessages, gemini];

describe('reading', () => {
  const noLists: readonly JsonValue[] = [
    null,
    7,
    'x',
    {},
    { error: { message: 'no' } },
    { data: {} },
    { data: 7, models: 'x' },
  ];
  const odd: readonly JsonValue[] = [null, 7, 'x', [], {}, { id: 7 }, { id: '' }, { id: 'a b' }];

  for (const format of formats) {
    test(`${format.id}: what is no list is none, and what is no model is left out`, () => {
      const { readList } = dialectOf(format);
      for (const body of noLists) assert.equal(readList(body), undefined, JSON.stringify(body));
      const member = format === gemini ? 'models' : 'data';
      const hostile = [...odd, { id: 'x'.repeat(257), name: 'models/' }, { id: 'a\nb', name: 7 }];
      assert.deepEqual(readList({ [member]: hostile }), []);
      const endless = Array.from({ length: 9_999 }, (_, n) => ({
        id: `m${n}`,
        name: `models/m${n}`,
      }));
      assert.equal(readList({ [member]: endless })?.length, 2_000);
    });
  }

  test('imitations of OpenAI that send the bare list are read too', () => {
    const { readList } = dialectOf(openaiChat);
    assert.deepEqual(
      readList([{ id: 'a' }])?.map(({ id }) => id),
      ['a'],
    );
  });

  test('moments that no calendar has are not told', () => {
    for (const created of [1e300, -5, 0, 'yesterday', null])
      assert.equal(
        dialectOf(openaiChat).readList({ data: [{ id: 'a', created }] })?.[0]?.createdMs,
        undefined,
      );
    for (const created_at of ['9999999-01-01', 'x', 7])
      assert.equal(
        dialectOf(anthropicMessages).readList({ data: [{ id: 'a', created_at }] })?.[0]?.createdMs,
        undefined,
      );
  });
});

describe('writing', () => {
  const models: readonly Listed[] = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id }));
  const query = (text: string): URLSearchParams => new URLSearchParams(text);

  test('Anthropic’s pages go both ways', () => {
    const { encodeList } = dialectOf(anthropicMessages);
    const rows: readonly (readonly [string, string, boolean])[] = [
      ['', 'abcde', false],
      ['limit=2', 'ab', true],
      ['limit=2&after_id=b', 'cd', true],
      ['limit=2&after_id=d', 'e', false],
      ['after_id=e', '', false],
      ['limit=2&before_id=e', 'cd', true],
      ['limit=9&before_id=c', 'ab', false],
    ];
    for (const [text, ids, hasMore] of rows) {
      const { data, ...ends } = encodeList(models, query(text));
      assert.ok(Array.isArray(data));
      assert.equal(data.map((one) => Object(one).id).join(''), ids, text);
      const [first_id, last_id] = [ids.at(0) ?? null, ids.at(-1) ?? null];
      assert.deepEqual(ends, { has_more: hasMore, first_id, last_id }, text);
    }
  });

  test('Google’s pages follow their token to the end', () => {
    const { encodeList } = dialectOf(gemini);
    const sizes: number[] = [];
    let token: string | undefined = '';
    while (token !== undefined) {
      const page = encodeList(models, query(`pageSize=2&pageToken=${token}`));
      assert.ok(Array.isArray(page['models']));
      sizes.push(page['models'].length);
      const next: unknown = page['nextPageToken'];
      token = typeof next === 'string' ? next : undefined;
    }
    assert.deepEqual(sizes, [2, 2, 1]);
    assert.equal(Object.keys(encodeList(models, query('pageSize=0'))).join(), 'models');
    assert.equal(Object.keys(encodeList(models, query('pageSize=99999'))).join(), 'models');
  });

  test('a query that asks for no page is refused', () => {
    for (const text of [
      'limit=0',
      'limit=-1',
      'limit=x',
      'limit=1.5',
      'limit=1001',
      'after_id=z',
      'before_id=z',
    ])
      assert.throws(
        () => dialectOf(anthropicMessages).encodeList(models, query(text)),
        GatewayError,
        text,
      );
    for (const text of ['pageSize=-1', 'pageSize=x', 'pageToken=eg', 'pageToken=%00'])
      assert.throws(() => dialectOf(gemini).encodeList(models, query(text)), GatewayError, text);
  });

  test('an upstream’s own words are kept for clients of its dialect, under the name that is asked for', () => {
    for (const format of formats) {
      const member = format === gemini ? 'models' : 'data';
      const entry = { id: 'a', name: 'models/a', window: 7 };
      const [listed] = dialectOf(format).readList({ [member]: [entry] }) ?? [];
      assert.ok(listed);
      for (const other of formats) {
        const { window } = dialectOf(other).encodeModel({ ...listed, id: 'b' });
        assert.equal(window, other === format ? 7 : undefined);
      }
    }
  });
});
