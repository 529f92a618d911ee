/** Recorded token counts and lists of models: passed on as they are, estimated for other vendors' models, and listed in every dialect. */

import { after, before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { FormatId } from '../../packages/conformance/src/judge/meaning.ts';
import { collectProblems, shown } from '../../packages/conformance/src/judge/problems.ts';
import { type Harness, jsonHeaders, startHarness } from './harness.ts';
import {
  type Json,
  type JsonObject,
  listOf,
  numberOf,
  objectOf,
  objectsOf,
  textOf,
  tryParse,
} from './json.ts';
import { missingCorpus } from './load.ts';
import { createReport } from './report.ts';
import { type SideReply, sendSide } from './side-client.ts';
import { loadSideCases, type SideCase } from './side-load.ts';

const report = createReport();

type CountFormat = Exclude<FormatId, 'openai-chat'>;
type ListFormat = Exclude<FormatId, 'openai-responses'>;

/** Of a vendor that does not count for the others. */
const foreignModels: { readonly [id in CountFormat]: string } = {
  'anthropic-messages': 'gemini-2.5-flash',
  gemini: 'gpt-4o',
  'openai-responses': 'claude-sonnet-4-5',
};
const countFields: { readonly [id in CountFormat]: string } = {
  'anthropic-messages': 'input_tokens',
  gemini: 'totalTokens',
  'openai-responses': 'input_tokens',
};
const countFormats = ['openai-responses', 'anthropic-messages', 'gemini'] as const;
const listFormats = ['openai-chat', 'anthropic-messages', 'gemini'] as const;

function layOut(harness: Harness, { status, answer }: SideCase): void {
  const pieces = [Buffer.from(JSON.stringify(answer))];
  harness.upstream.answer({ status, headers: jsonHeaders, pieces });
  harness.upstream.take();
}

describe('recorded token counts', { skip: missingCorpus }, () => {
  const cases = loadSideCases('count');
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  async function passed(one: SideCase, asked: JsonObject): Promise<readonly string[]> {
    const { format, path, status, answer } = one;
    layOut(harness, one);
    const body = JSON.stringify(asked);
    const reply = await sendSide(harness.port, { format, path, body });
    const [received] = harness.upstream.take();
    // A model that its vendor does not know may well be another's.
    if (status !== 200) return judgeEstimate(format, reply);
    const problems = collectProblems();
    const arrived = received?.body.toString() ?? '';
    // What is wrapped in another request is unwrapped on its way.
    const isSame =
      asked['generateContentRequest'] === undefined
        ? arrived === body
        : isDeepStrictEqual(tryParse(arrived), asked);
    problems.expect(isSame, `asked ${arrived.slice(0, 300)}`);
    problems.expect(reply.text === JSON.stringify(answer), `answer ${shown(reply.text)}`);
    problems.expect(!reply.headers.has('x-dragoman-estimated'), 'it is called an estimate');
    return problems.found;
  }

  async function estimated(
    { format, path }: SideCase,
    asked: JsonObject,
  ): Promise<readonly string[]> {
    if (format === 'openai-chat') return ['no count of Chat Completions was ever recorded'];
    const model = foreignModels[format];
    const reply = await sendSide(harness.port, {
      format,
      path: path.replace(/models\/[^/]+:/, `models/${model}:`),
      body: JSON.stringify(format === 'gemini' ? asked : { ...asked, model }),
    });
    const problems = collectProblems();
    problems.expect(harness.upstream.take().length === 0, 'an upstream was asked');
    return [...problems.found, ...judgeEstimate(format, reply)];
  }

  for (const format of countFormats)
    test(`of ${format} are passed on, and estimated for other vendors’ models`, async () => {
      const native = report.tally('count', format, format);
      const foreign = report.tally('estimate', format, format);
      for (const one of cases) {
        if (one.format !== format) continue;
        if (one.asked === undefined) {
          report.excuse('no request for a count was recorded', one.id);
          continue;
        }
        native.add(one.id, await passed(one, one.asked));
        if (JSON.stringify(one.asked).includes('"memory_20250818"'))
          report.excuse(
            'refused as the generation would be: a tool that only Claude knows',
            one.id,
          );
        else foreign.add(one.id, await estimated(one, one.asked));
      }
      native.settle();
      foreign.settle();
    });
});

function judgeEstimate(format: FormatId, reply: SideReply): readonly string[] {
  const problems = collectProblems();
  if (format === 'openai-chat') return ['no such dialect'];
  const tokens = numberOf(objectOf(tryParse(reply.text))[countFields[format]]);
  problems.expect(reply.status === 200, `status ${reply.status}: ${reply.text.slice(0, 200)}`);
  problems.expect((tokens ?? 0) > 0, `tokens ${tokens}`);
  const mark = reply.headers.get('x-dragoman-estimated');
  problems.expect(mark === 'true', `it is not called an estimate: ${mark}`);
  return problems.found;
}

interface Dialect {
  readonly channel: string;
  readonly path: string;
  entries(body: JsonObject): readonly JsonObject[];
  idOf(entry: JsonObject): string;
}

const dialects: { readonly [id in ListFormat]: Dialect } = {
  'openai-chat': {
    channel: 'openai',
    path: '/v1/models',
    entries: ({ data }) => objectsOf(data),
    idOf: ({ id }) => textOf(id),
  },
  'anthropic-messages': {
    channel: 'anthropic',
    path: '/v1/models?limit=1000',
    entries: ({ data }) => objectsOf(data),
    idOf: ({ id }) => textOf(id),
  },
  gemini: {
    channel: 'gemini',
    path: '/v1beta/models?pageSize=1000',
    entries: ({ models }) => objectsOf(models),
    idOf: ({ name }) => textOf(name).replace('models/', ''),
  },
};

/** Generating and embedding are what is served. */
function isServed({ supportedGenerationMethods: methods }: JsonObject): boolean {
  const served: readonly Json[] = ['generateContent', 'embedContent'];
  return methods === undefined || listOf(methods).some((method) => served.includes(method));
}

function judgeList(one: SideCase, to: ListFormat, reply: SideReply): readonly string[] {
  const from = dialects[formatOfList(one)];
  const { entries, idOf } = dialects[to];
  const problems = collectProblems();
  const wanted = from.entries(objectOf(one.answer)).filter(isServed);
  const got = new Map(entries(objectOf(tryParse(reply.text))).map((entry) => [idOf(entry), entry]));
  problems.expect(reply.status === 200, `status ${reply.status}: ${reply.text.slice(0, 200)}`);
  const ids = [...new Set(wanted.map(from.idOf))].toSorted().join();
  problems.expect([...got.keys()].toSorted().join() === ids, `models ${[...got.keys()].join()}`);
  if (to !== formatOfList(one)) return problems.found;
  // What a vendor says of its own models stands as it is.
  for (const entry of wanted) {
    const same = JSON.stringify(got.get(from.idOf(entry))) === JSON.stringify(entry);
    problems.expect(same, `${shown(got.get(from.idOf(entry)))} instead of ${shown(entry)}`);
  }
  return problems.found;
}

function formatOfList({ format }: SideCase): ListFormat {
  return format === 'openai-responses' ? 'openai-chat' : format;
}

describe('recorded lists of models', { skip: missingCorpus }, () => {
  const cases = loadSideCases('list').filter(({ path }) => !path.includes('/models/'));
  // It is of both suites, and this one runs last.
  after(() => report.print(import.meta.filename));

  for (const from of listFormats)
    test(`of ${from} are listed in every dialect`, async () => {
      const tallies = listFormats.map((to) => ({ to, tally: report.tally('list', from, to) }));
      for (const one of cases) {
        if (one.format !== from) continue;
        // A list is remembered: one gateway for each.
        const harness = await startHarness(dialects[from].channel);
        layOut(harness, one);
        for (const { to, tally } of tallies) {
          const { path } = dialects[to];
          tally.add(one.id, judgeList(one, to, await sendSide(harness.port, { format: to, path })));
        }
        await harness.close();
      }
      for (const { tally } of tallies) tally.settle();
    });
});
