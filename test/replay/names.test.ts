/** Tool names that an upstream forbids are replaced on the way there, and come back as the client's own. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FormatId } from '../../packages/conformance/src/judge/meaning.ts';
import { callings } from './calling.ts';
import { cannedAnswer } from './canned.ts';
import { modelFor, send } from './client.ts';
import { frame } from './frame.ts';
import { type Harness, layOut, startHarness } from './harness.ts';
import { objectOf, tryParse } from './json.ts';
import { observe } from './observe.ts';

let harness: Harness;

const args = { city: 'Oslo' };

interface NameCase {
  readonly from: FormatId;
  readonly to: FormatId;
  readonly name: string;
}

const cases: readonly NameCase[] = [
  { from: 'openai-chat', to: 'gemini', name: '0' },
  { from: 'anthropic-messages', to: 'gemini', name: '9-lives' },
  { from: 'gemini', to: 'openai-chat', name: 'weather.now:v2' },
  { from: 'gemini', to: 'anthropic-messages', name: 'weather.now:v2' },
  { from: 'anthropic-messages', to: 'openai-chat', name: `long_${'x'.repeat(100)}` },
  { from: 'openai-responses', to: 'gemini', name: '0' },
  { from: 'gemini', to: 'openai-responses', name: 'weather.now:v2' },
  { from: 'anthropic-messages', to: 'openai-responses', name: `long_${'x'.repeat(100)}` },
];

const grammars: { readonly [id in FormatId]: RegExp } = {
  'openai-chat': /^[a-zA-Z0-9_-]{1,64}$/,
  'openai-responses': /^[a-zA-Z0-9_-]{1,64}$/,
  'anthropic-messages': /^[a-zA-Z0-9_-]{1,128}$/,
  gemini: /^[a-zA-Z_][\w.:-]{0,127}$/,
};

describe('tool names', () => {
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  for (const { from, to, name } of cases) {
    for (const stream of [false, true]) {
      const how = stream ? 'stream' : 'json';
      test(`the name ${name.slice(0, 20)} of a ${from} client comes back from ${to} (${how})`, async () => {
        const body = callings[from].offer(name);
        const ask = { format: from, model: modelFor(from, to), stream, body };
        harness.upstream.answer(cannedAnswer(to, stream));
        harness.upstream.take();
        await send(harness.port, ask);
        const [received] = harness.upstream.take();
        const arrived = objectOf(tryParse(received?.body.toString('utf8') ?? ''));
        const replaced = callings[to].offered(arrived);
        assert.match(replaced, grammars[to]);
        const whole = callings[to].answer(replaced, args);
        const text = stream ? frame(to, callings[to].events(whole)) : JSON.stringify(whole);
        layOut(harness, { id: name, format: to, mode: how, text });
        const { answer, problems } = observe(from, stream, await send(harness.port, ask));
        assert.deepEqual(answer.candidates[0]?.calls, [
          { name, kind: 'function', arguments: args },
        ]);
        assert.deepEqual(problems, []);
      });
    }
  }
});
