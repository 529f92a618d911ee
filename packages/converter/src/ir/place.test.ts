import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConversionError } from '../errors.ts';
import type { Format } from '../format.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { allFixtures, readObject } from '../testing/fixtures.ts';
import type { Part, Placed } from './part.ts';
import { partPathOf } from './place.ts';
import type { ChatRequest, Turn } from './request.ts';

test('a part stands where it says, else where its turn does', () => {
  const turn: Turn = { role: 'user', parts: [] };
  const text = { type: 'text', text: 'Hi' } as const;
  const placed = { ...turn, path: 'messages[4]' };
  assert.equal(partPathOf({ ...text, path: 'messages[4].content' }, placed), 'messages[4].content');
  assert.equal(partPathOf(text, placed), 'messages[4]');
  assert.equal(partPathOf(text, turn), undefined);
});

describe('every piece of a client’s request knows where it stood', () => {
  for (const { format, name, text } of allFixtures('request')) {
    const body = readObject(text);
    test(`${name} of ${format.id}`, () => {
      for (const piece of piecesOf(decode(format, body))) {
        assert.ok(piece.path !== undefined, JSON.stringify(piece));
        assert.notEqual(valueAt(body, piece.path), undefined, piece.path);
      }
    });
  }
});

/** Undefined for what is refused already when it is read. */
function decode({ client }: Format, body: JsonObject): ChatRequest | undefined {
  try {
    return client.decodeRequest(body, { model: 'a-model' }, () => {});
  } catch (cause) {
    if (cause instanceof ConversionError) return undefined;
    throw cause;
  }
}

/** All but reasoning, of which some formats keep the text and its signatures apart. */
function piecesOf(request: ChatRequest | undefined): readonly Placed[] {
  const { system = [], tools = [], turns = [] } = request ?? {};
  const parts = turns
    .flatMap((turn) => turn.parts)
    .filter(({ type }) => type !== 'reasoning')
    .flatMap((part): readonly Part[] =>
      part.type === 'tool-result' ? [part, ...part.content] : [part],
    )
    // What a result says in a field of its own has no place besides the result's.
    .filter((part) => part.path !== undefined || part.type !== 'text');
  return [...system, ...tools, ...turns, ...parts];
}

function valueAt(body: JsonValue, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = body;
  for (const key of path.split(/[.[\]]+/).filter((step) => step !== '')) {
    const holder: JsonValue | undefined = value;
    if (typeof holder !== 'object' || holder === null) return undefined;
    const snake = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    value = Reflect.get(holder, key) ?? Reflect.get(holder, snake);
  }
  return value;
}
