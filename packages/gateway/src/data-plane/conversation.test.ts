/** Which requests belong together, and when that counts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from 'ai-api-converter';
import { createRegistry } from '../channels/registry.ts';
import { compile } from '../control-plane/compile.ts';
import { defaultSettings, type Settings } from '../model/settings.ts';
import { chatRequest } from '../model/testing/raw-request.ts';
import { channelSettings, routeSettings } from '../model/testing/settings.ts';
import { type Conversation, conversationOf } from './conversation.ts';
import { readIngress } from './ingress.ts';

const channels = [channelSettings('a'), channelSettings('b')];
const balanced: Settings = { ...defaultSettings, channels, routes: [routeSettings(['a', 'b'])] };

async function conversation(
  body: JsonObject,
  settings: Settings = balanced,
): Promise<Conversation | undefined> {
  const snapshot = compile(settings, {
    registry: createRegistry(() => {}),
    guard: undefined,
    prices: { costMicroUsd: () => undefined },
  });
  const raw = chatRequest({ model: 'gpt-4o', ...body });
  const ingress = await readIngress(raw, snapshot, () => {});
  return conversationOf(ingress, snapshot.route(ingress.model), snapshot.affinity);
}

function turns(...contents: readonly string[]): JsonObject {
  return {
    messages: contents.map((content, index) => ({
      role: index % 2 === 0 ? 'user' : 'assistant',
      content,
    })),
  };
}

describe('two requests', () => {
  const long = 'long '.repeat(3_000);
  const pairs: readonly {
    readonly name: string;
    readonly one: JsonObject;
    readonly other: JsonObject;
    readonly isSame: boolean;
  }[] = [
    {
      name: 'where one goes on from the other',
      one: turns('hello'),
      other: turns('hello', 'yes?', 'more'),
      isSame: true,
    },
    { name: 'that begin otherwise', one: turns('hello'), other: turns('good day'), isSame: false },
    {
      name: 'for two models',
      one: { ...turns('hello'), model: 'gpt-4o' },
      other: { ...turns('hello'), model: 'gpt-4o-mini' },
      isSame: false,
    },
    {
      name: 'under one cache key',
      one: { ...turns('hello'), prompt_cache_key: 'k' },
      other: { ...turns('good day'), prompt_cache_key: 'k' },
      isSame: true,
    },
    {
      name: 'under two cache keys',
      one: { ...turns('hello'), prompt_cache_key: 'k' },
      other: { ...turns('hello'), prompt_cache_key: 'l' },
      isSame: false,
    },
    {
      name: 'that differ in their settings only',
      one: turns('hello'),
      other: { ...turns('hello'), temperature: 0.5, stream: true },
      isSame: true,
    },
    {
      name: 'that differ behind thousands of characters',
      one: turns(`${long}one`),
      other: turns(`${long}two`),
      isSame: true,
    },
    {
      name: 'where a text stands in a part',
      one: turns('hello'),
      other: { messages: [{ role: 'user', content: [{ type: 'text', text: 'other' }] }] },
      isSame: false,
    },
  ];
  for (const { name, one, other, isSame } of pairs) {
    it(`${name} are ${isSame ? 'one conversation' : 'two conversations'}`, async () => {
      const [first, second] = await Promise.all([conversation(one), conversation(other)]);
      assert.ok(first !== undefined && second !== undefined);
      assert.equal(first.id === second.id, isSame);
    });
  }
});

describe('a conversation prefers its channel', () => {
  const table: readonly (readonly [string, JsonObject, boolean])[] = [
    ['not when it is new and short', turns('hello'), false],
    ['when it goes on', turns('hello', 'yes?', 'more'), true],
    ['when it is long', turns('x'.repeat(5_000)), true],
    ['when it names a cache', { ...turns('hello'), prompt_cache_key: 'k' }, true],
  ];
  for (const [name, body, prefers] of table) {
    it(name, async () => {
      assert.equal((await conversation(body))?.prefers, prefers);
    });
  }

  const without: readonly (readonly [string, Settings])[] = [
    ['not when that is switched off', { ...balanced, affinity: false }],
    [
      'not where the order of channels is their meaning',
      { ...balanced, routes: [routeSettings(['a', 'b'], { strategy: 'failover' })] },
    ],
    ['not where there is one channel', { ...balanced, routes: [routeSettings(['a'])] }],
  ];
  for (const [name, settings] of without) {
    it(name, async () => {
      assert.equal(await conversation(turns('hello', 'yes?', 'more'), settings), undefined);
    });
  }
});

it('the name of a conversation tells nothing of what is said in it', async () => {
  const found = await conversation(turns('secret'));
  assert.match(found?.id ?? '', /^[\w-]{43}$/);
});
