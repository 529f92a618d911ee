/** Tools that are called with free text stay so for the clients that know such tools, whoever answers. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type FormatId, formatIds } from '../../packages/conformance/src/judge/meaning.ts';
import { callings } from './calling.ts';
import { cannedAnswer } from './canned.ts';
import { modelFor, send } from './client.ts';
import { readers } from './formats.ts';
import { frame } from './frame.ts';
import { type Harness, layOut, startHarness } from './harness.ts';
import { type JsonObject, objectOf, objectsOf, tryParse } from './json.ts';
import { observe } from './observe.ts';

let harness: Harness;

const patch = '*** Begin Patch\n+"é" \\ 1\n*** End Patch';

/** The request of a client that offers such a tool. */
const offers: ReadonlyMap<FormatId, JsonObject> = new Map([
  [
    'openai-chat',
    {
      messages: [{ role: 'user', content: 'Hello' }],
      tools: [{ type: 'custom', custom: { name: 'apply_patch' } }],
    },
  ],
  ['openai-responses', { input: 'Hello', tools: [{ type: 'custom', name: 'apply_patch' }] }],
]);

describe('tools that are called with free text', () => {
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  for (const [from, body] of offers) {
    for (const to of formatIds.filter((format) => format !== from)) {
      for (const stream of [false, true]) {
        const how = stream ? 'stream' : 'json';
        test(`a ${from} client's tool is called with text by ${to} (${how})`, async () => {
          const ask = { format: from, model: modelFor(from, to), stream, body };
          harness.upstream.answer(cannedAnswer(to, stream));
          harness.upstream.take();
          await send(harness.port, ask);
          const [received] = harness.upstream.take();
          const arrived = objectOf(tryParse(received?.body.toString('utf8') ?? ''));
          const [tool] = readers[to].readRequest(arrived, stream).tools;
          assert.deepEqual([tool?.name, tool?.properties], ['apply_patch', ['input']]);
          const calling = callings[to];
          const answer =
            tool?.custom === true
              ? (calling.freeText?.('apply_patch', patch) ?? {})
              : calling.answer('apply_patch', { input: patch });
          const text = stream ? frame(to, calling.events(answer)) : JSON.stringify(answer);
          layOut(harness, { id: from, format: to, mode: how, text });
          const { answer: got, problems } = observe(from, stream, await send(harness.port, ask));
          const call = { name: 'apply_patch', kind: 'custom', arguments: { input: patch } };
          assert.deepEqual(got.candidates[0]?.calls, [call]);
          assert.deepEqual(problems, []);
        });
      }
    }
  }

  test('a tool in a namespace comes back in it', async () => {
    const tool = { type: 'function', name: 'look', parameters: { type: 'object' } };
    const body = {
      input: 'Hello',
      tools: [{ type: 'namespace', name: 'crm', description: 'Customers', tools: [tool] }],
    };
    for (const to of formatIds.filter((format) => format !== 'openai-responses')) {
      const answer = callings[to].answer('crm__look', {});
      layOut(harness, { id: to, format: to, mode: 'json', text: JSON.stringify(answer) });
      const format = 'openai-responses';
      const ask = { format, model: modelFor(format, to), stream: false, body } as const;
      const { bytes } = await send(harness.port, ask);
      const [item] = objectsOf(objectOf(tryParse(bytes.toString('utf8')))['output']);
      assert.deepEqual([item?.['namespace'], item?.['name']], ['crm', 'look'], to);
    }
  });
});
