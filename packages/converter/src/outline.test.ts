/** Outlines: what is in them, and that they take what JSON.parse takes and nothing else. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { JSON_DEPTH_MAX, JsonTooLarge, type JsonValue, parseJson } from './json.ts';
import {
  OUTLINE_FIRST,
  OUTLINE_LAST,
  OUTLINE_SHORT_BYTES,
  OUTLINE_TEXT_BYTES,
  outlineOf,
} from './outline.ts';

const suite = join(import.meta.dirname, '../../../../shared/corpora/jsontestsuite');
const RUNS = { numRuns: 2_000 };

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Undefined: there is none. */
function outlined(text: string, valuesMax = 1_000_000): JsonValue | undefined {
  const pieces = outlineOf(bytesOf(text), valuesMax);
  if (pieces === undefined) return undefined;
  return parseJson(pieces.map((piece) => new TextDecoder().decode(piece)).join(''));
}

/** What JSON.parse says of it: an object within the depth that is taken. */
function isTaken(text: string): boolean {
  try {
    const value = parseJson(text, 'plain');
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function assertTakenAlike(text: string): void {
  const taken = outlineOf(bytesOf(text), 1_000_000) !== undefined;
  assert.equal(taken, isTaken(text), JSON.stringify(text.slice(0, 200)));
}

describe('outlineOf', () => {
  it('leaves short bodies as they are, character by character', () => {
    const text = ' {"model" : "m", "n":[1,2, {"a":[ ]}],\n"s":"\\u00e4\\"}]", "x":{"y":null} }\r\n';
    const pieces = outlineOf(bytesOf(text), 1_000) ?? [];
    assert.deepEqual(pieces.map((piece) => new TextDecoder().decode(piece)).join(''), text);
  });

  it('has the beginning and the end of long lists, what is short, and all else', () => {
    const long = 'long '.repeat(OUTLINE_SHORT_BYTES / 5);
    const list = Array.from({ length: 100 }, (_none, at) => ({ at, text: `",[${at}]{`, long }));
    const body = { before: true, list, deep: { list }, again: list, after: [1, 2] };
    const ends = [...list.slice(0, OUTLINE_FIRST), ...list.slice(-OUTLINE_LAST)];
    assert.deepEqual(outlined(JSON.stringify(body)), { ...body, list: ends, again: ends });
    assert.deepEqual(outlined(JSON.stringify(body, null, 2)), { ...body, list: ends, again: ends });
    const mixed = list.map((element, at) => (at % 3 === 0 ? { at } : element));
    assert.deepEqual(outlined(JSON.stringify({ mixed })), {
      mixed: mixed.filter(
        (element, at) =>
          at < OUTLINE_FIRST || at >= list.length - OUTLINE_LAST || !('long' in element),
      ),
    });
  });

  it('leaves lists alone that are no longer than beginning and end', () => {
    const long = 'long '.repeat(OUTLINE_SHORT_BYTES / 5);
    const listOf = (length: number): readonly string[] =>
      Array.from({ length }, (_none, at) => `${at} ${long}`);
    for (let length = 0; length <= OUTLINE_FIRST + OUTLINE_LAST; length++)
      assert.deepEqual(outlined(JSON.stringify({ list: listOf(length) })), {
        list: listOf(length),
      });
    const list = listOf(OUTLINE_FIRST + OUTLINE_LAST + 1);
    assert.deepEqual(outlined(JSON.stringify({ list })), {
      list: list.filter((_element, at) => at !== OUTLINE_FIRST),
    });
  });

  it('has the beginning of long texts, cut between characters', () => {
    const pieces = ['a', 'ä', '中', '😀', '"', '\\', '\n', '\u0001', ' words of a text '];
    const texts = fc
      .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 12 })
      .map((parts) => parts.join('').repeat((3 * OUTLINE_TEXT_BYTES) / parts.join('').length));
    fc.assert(
      fc.property(texts, fc.nat(9), (text, before) => {
        const body = { ['k'.repeat(before)]: text, list: [{ text }, 1], end: text.slice(0, 99) };
        const found = outlined(JSON.stringify(body)) as typeof body;
        assert.equal(found.end, body.end);
        for (const one of [found['k'.repeat(before)], (found.list[0] as { text: string }).text]) {
          assert.ok(typeof one === 'string' && text.startsWith(one));
          assert.ok(one.length >= OUTLINE_TEXT_BYTES / 6 && one.length <= OUTLINE_TEXT_BYTES + 1);
        }
      }),
      { numRuns: 60 },
    );
    const plain = 'a'.repeat(1_000_000);
    assert.equal(
      (outlined(JSON.stringify({ plain })) as { plain: string }).plain.length < 40_000,
      true,
    );
  });

  it('leaves out long texts in elements that it leaves out', () => {
    const long = 'a'.repeat(3 * OUTLINE_TEXT_BYTES);
    const list = Array.from({ length: 40 }, (_none, at) => [at, long, at]);
    const found = outlined(JSON.stringify({ list })) as { list: [number, string, number][] };
    assert.equal(found.list.length, OUTLINE_FIRST + OUTLINE_LAST);
    assert.deepEqual(
      found.list.map(([at]) => at),
      list.map((_element, at) => at).filter((at) => at < OUTLINE_FIRST || at >= 40 - OUTLINE_LAST),
    );
    assert.ok(found.list.every(([first, text, last]) => first === last && long.startsWith(text)));
  });

  it('takes the last of two members of one name, as parsers do', () => {
    const list = Array.from({ length: 40 }, () => '"x"').join(',');
    assert.deepEqual(outlined(`{"a":[${list}],"a":1}`), { a: 1 });
  });

  it('takes every object that JSON.parse takes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (value) => {
        const text = JSON.stringify(value);
        assertTakenAlike(text);
        assertTakenAlike(JSON.stringify(value, null, '\t'));
      }),
      RUNS,
    );
  });

  it('refuses what JSON.parse refuses, where one character was put in, taken out or changed', () => {
    const character = fc.oneof(
      fc.constantFrom(...Array.from('{}[]",:\\/ \n\t\r\u0000\u001f\u007f-+.0123456789eEtrufalsn')),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    const change = fc.tuple(fc.nat(), fc.constantFrom(0, 1), fc.option(character, { nil: '' }));
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        change,
        (value, [place, out, put]) => {
          const text = JSON.stringify(value);
          const at = place % text.length;
          const changed = (text.slice(0, at) + put + text.slice(at + out)).toWellFormed();
          assertTakenAlike(changed);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it('reads words of four characters and ends of strings wherever they lie', () => {
    for (let length = 0; length < 16; length++) {
      for (const end of [
        '',
        '\\n',
        '\\u12aF',
        '\\u12g4',
        '\\x',
        '\u0001',
        '\u001f',
        ' ',
        '!',
        'ä',
        '\\',
        '\u007f',
      ]) {
        assertTakenAlike(`{"a":"${'x'.repeat(length)}${end}"}`);
        assertTakenAlike(`{"a":"${'x'.repeat(length)}${end}`);
      }
    }
  });

  it('reads numbers as JSON.parse does', () => {
    for (const number of [
      '0',
      '-0',
      '01',
      '-',
      '1.',
      '.5',
      '1.5',
      '1e',
      '1e+',
      '1E-7',
      '1e5.5',
      '+1',
      '-1.0e+10',
      '0x1',
      'NaN',
      '1_0',
    ])
      assertTakenAlike(`{"a":${number}}`);
  });

  it('is nothing for what is no object, not whole, or too deep', () => {
    const nested = (depth: number): string => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    assert.notEqual(outlined(nested(JSON_DEPTH_MAX - 1)), undefined);
    for (const text of [
      '',
      ' ',
      '[]',
      '"a"',
      '1',
      '{}x',
      '{} {}',
      '\ufeff{}',
      '{',
      nested(JSON_DEPTH_MAX),
    ])
      assert.equal(outlined(text), undefined, text);
  });

  it('counts values as parseJson does', () => {
    const texts = fc
      .tuple(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom('', '  '), fc.nat(40))
      .map(([value, indent, valuesMax]) => ({
        text: JSON.stringify(value, null, indent),
        valuesMax,
      }));
    fc.assert(
      fc.property(texts, ({ text, valuesMax }) => {
        const isTooMuch = (read: () => unknown): boolean => {
          try {
            read();
            return false;
          } catch (cause) {
            assert.ok(cause instanceof JsonTooLarge);
            return true;
          }
        };
        assert.equal(
          isTooMuch(() => outlineOf(bytesOf(text), valuesMax)),
          isTooMuch(() => parseJson(text, 'plain', valuesMax)),
        );
      }),
      RUNS,
    );
  });

  it('agrees with JSON.parse on the public test suite', {
    skip: !existsSync(suite) && `skipped: ${suite} is not there`,
  }, () => {
    const files = readdirSync(suite).filter((name) => name.endsWith('.json'));
    assert.ok(files.length > 150);
    for (const name of files) {
      const bytes = readFileSync(join(suite, name));
      const text = bytes.toString();
      // Others are refused before.
      if (!bytes.equals(Buffer.from(text))) continue;
      assertTakenAlike(text);
      assertTakenAlike(`{"a":${text}}`);
    }
  });
});
