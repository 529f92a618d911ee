/** A gateway without faults passes, and each fault is found by the cases that are there for it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FormatId } from '../judge/meaning.ts';
import { type ScriptedProvider, startProvider } from '../provider/provider.ts';
import { type Result, runCases } from '../run.ts';
import { scriptedMode } from '../scripted.ts';
import { type Fault, startFaultyGateway } from '../testing/faulty-gateway.ts';
import type { ProviderId } from './case.ts';

const vendors: { readonly [id in FormatId]: ProviderId } = {
  'openai-chat': 'openai',
  'openai-responses': 'responses',
  'anthropic-messages': 'anthropic',
  gemini: 'gemini',
};

const model = 'some-model';
let provider: ScriptedProvider;

async function resultsWith(
  fault: Fault,
  client: FormatId,
  cases: readonly string[] = [],
): Promise<readonly Result[]> {
  const gateway = await startFaultyGateway(provider.port, fault);
  const baseUrl = `http://127.0.0.1:${gateway.port}`;
  const endpoint = { baseUrl, key: 'some-key', headers: {} };
  const models = { [vendors[client]]: model };
  const own = `client=${client}`;
  const runs = cases.length === 0 ? [[own]] : cases.map((id) => [own, `case=${id}`]);
  const results: Result[] = [];
  for (const only of runs) {
    results.push(...(await runCases({ endpoint, models, only }, scriptedMode(provider))));
  }
  await gateway.close();
  return results;
}

function failuresOf(results: readonly Result[]): readonly string[] {
  return results.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id);
}

/** Their SDKs take a stream that merely stops for a whole one: a gateway has to tell them. */
const silentWhenCut: readonly FormatId[] = ['openai-responses', 'gemini'];

interface Row {
  readonly name: string;
  readonly client: FormatId;
  readonly fault: Fault;
  /** Cases that have to fail. */
  readonly finds: readonly string[];
}

const decoder = new TextDecoder();

const rows: readonly Row[] = [
  {
    name: 'decodes each piece of a stream by itself',
    client: 'openai-chat',
    fault: { piece: (bytes) => decoder.decode(bytes) },
    finds: ['unicode'],
  },
  {
    name: 'holds streams back until they are whole',
    client: 'anthropic-messages',
    fault: { whole: (text) => text },
    finds: ['stream-at-once'],
  },
  {
    name: 'ends what broke as if it were whole',
    client: 'openai-chat',
    fault: { afterBreak: 'data: [DONE]\n\n' },
    finds: ['stream-reset'],
  },
  {
    name: 'ends what broke without a word',
    client: 'openai-responses',
    fault: {
      whole: (text) => text.replace(/event: error\ndata: .*\n\n/, ''),
    },
    finds: ['stream-error'],
  },
  {
    name: 'reads on when the client has left',
    client: 'gemini',
    fault: { keepsReading: true },
    finds: ['cancel'],
  },
  {
    name: 'loses when to come again',
    client: 'openai-chat',
    fault: { withoutHeader: 'retry-after' },
    finds: ['error-429'],
  },
  {
    name: 'takes every failure for one of the server',
    client: 'anthropic-messages',
    fault: { status: (status) => (status >= 400 ? 500 : status) },
    finds: ['error-400', 'error-404', 'error-429'],
  },
  {
    name: 'answers errors with 200',
    client: 'gemini',
    fault: { status: () => 200 },
    finds: ['error-400', 'error-401', 'error-500', 'error-overloaded'],
  },
  {
    name: 'counts no tokens',
    client: 'openai-responses',
    fault: { whole: (text) => text.replaceAll(/_tokens": ?\d+/g, '_tokens":0') },
    finds: ['text', 'usage'],
  },
  {
    name: 'knows one word for every end',
    client: 'openai-chat',
    fault: { whole: (text) => text.replaceAll(/"(length|content_filter)"/g, '"stop"') },
    finds: ['length', 'filter'],
  },
  {
    name: 'leaves the instructions out',
    client: 'anthropic-messages',
    fault: { request: (body) => body.replace('"system":', '"metadata":') },
    finds: ['system'],
  },
  {
    name: 'leaves the tool choice out',
    client: 'openai-chat',
    fault: { request: (body) => body.replace('"tool_choice":', '"x_choice":') },
    finds: ['tool-choice-none', 'tool-choice-required', 'tool-choice-named'],
  },
  {
    name: 'leaves signatures out of the history',
    client: 'anthropic-messages',
    fault: { request: (body) => body.replaceAll(/"signature":"[^"]*"/g, '"signature":"x"') },
    finds: ['seals'],
  },
  {
    name: 'reads images as text',
    client: 'gemini',
    fault: { request: (body) => body.replace('iVBORw0KGgo', 'iVBORw0KGgp') },
    finds: ['image'],
  },
  {
    name: 'leaves the schema of the output out',
    client: 'openai-chat',
    fault: { request: (body) => body.replace('"response_format":', '"x_format":') },
    finds: ['structured-output'],
  },
  {
    name: 'gives all calls one index',
    client: 'openai-chat',
    fault: { whole: (text) => text.replaceAll(/("tool_calls":\[\{"index":)\d/g, '$10') },
    finds: ['parallel-tools-stream', 'tool-results-stream'],
  },
  {
    name: 'leaves an event out',
    client: 'anthropic-messages',
    fault: { whole: (text) => text.replaceAll(/event: content_block_stop\n.*\n\n/g, '') },
    finds: ['unicode', 'tool-call-stream'],
  },
  {
    name: 'forgets which model was asked for',
    client: 'gemini',
    fault: { whole: (text) => text.replaceAll('"modelVersion"', '"version"') },
    finds: ['text', 'unicode'],
  },
];

describe('the scripted cases', () => {
  before(async () => {
    provider = await startProvider({ host: '127.0.0.1', port: 0, models: [model] });
  });
  after(() => provider.close());

  for (const client of Object.keys(vendors) as readonly FormatId[]) {
    test(`pass, for ${client} clients, with a gateway that hands on every byte`, async () => {
      const results = await resultsWith({}, client);
      const failed = results.filter(({ outcome }) => outcome === 'failed');
      assert.deepEqual(
        failed.map(({ id }) => id),
        silentWhenCut.includes(client) ? ['stream-cut'] : [],
        JSON.stringify(failed),
      );
      assert.ok(results.filter(({ outcome }) => outcome === 'passed').length > 30);
    });
  }

  for (const { name, client, fault, finds } of rows) {
    test(`find a gateway that ${name}`, async () => {
      const failed = failuresOf(await resultsWith(fault, client, finds));
      assert.deepEqual(
        finds.filter((id) => !failed.includes(id)),
        [],
      );
    });
  }
});
