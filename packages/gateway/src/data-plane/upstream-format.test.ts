/** Which of its provider's formats a channel is asked in. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from 'ai-api-converter';
import { createRegistry } from '../channels/registry.ts';
import { compile } from '../control-plane/compile.ts';
import { defaultSettings } from '../model/settings.ts';
import { chatRequest } from '../model/testing/raw-request.ts';
import { channelSettings, routeSettings } from '../model/testing/settings.ts';
import { readIngress } from './ingress.ts';
import { upstreamFormat } from './upstream-format.ts';

const snapshot = compile(
  { ...defaultSettings, channels: [channelSettings('a')], routes: [routeSettings(['a'])] },
  {
    registry: createRegistry(() => {}),
    guard: undefined,
    prices: { costMicroUsd: () => undefined },
  },
);

async function formatOf(body: JsonObject): Promise<string> {
  const ingress = await readIngress(chatRequest(body), snapshot, () => {});
  const [channel] = snapshot.route(ingress.model, undefined).route.channels;
  assert.ok(channel);
  return upstreamFormat(ingress, { channel, model: ingress.model }).id;
}

describe('a request of Chat to OpenAI', () => {
  const turns = Array.from({ length: 40 }, (_none, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content: 'word '.repeat(100),
  }));
  const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
  const call = { type: 'function', function: { name: 'f', arguments: '{}' } };
  const calls = Array.from({ length: 4 }, (_none, id) => ({ id: `call_${id}`, ...call }));
  const results = calls.map(() => ({ role: 'tool', content: 'done' }));
  const withCalls = [...turns, { role: 'assistant', tool_calls: calls }, ...results, ...turns];
  const table: readonly (readonly [string, JsonObject, string])[] = [
    ['stays what it is', { model: 'gpt-4o', messages: turns, tools }, 'openai-chat'],
    [
      'takes Responses where the model has nothing else',
      { model: 'o3-pro', messages: turns },
      'openai-responses',
    ],
    [
      'takes Responses where a model reasons and has tools',
      { model: 'gpt-5.6', messages: turns, tools, reasoning_effort: 'high' },
      'openai-responses',
    ],
    [
      'takes Responses also where results have no ids of their own',
      { model: 'gpt-5.6', messages: withCalls, tools, reasoning_effort: 'high' },
      'openai-responses',
    ],
    [
      'stays what it is where such a model has no tools',
      { model: 'gpt-5.6', messages: turns },
      'openai-chat',
    ],
    [
      'stays what it is where the model is not to reason',
      { model: 'gpt-5.6', messages: turns, tools, reasoning_effort: 'none' },
      'openai-chat',
    ],
  ];
  for (const [name, body, expected] of table) {
    it(name, async () => {
      assert.equal(await formatOf(body), expected);
      // What was remembered of the model's name says the same.
      assert.equal(await formatOf(body), expected);
    });
  }
});
