/** The official SDKs read the replayed answers with their own helpers, and raise their own errors. */
import { after, before, describe, test } from 'node:test';
import { type FormatId, formatIds } from '../../packages/conformance/src/judge/meaning.ts';
import { modelFor } from './client.ts';
import { compareAnswers } from './compare.ts';
import { type Harness, jsonHeaders, layOut, startHarness } from './harness.ts';
import { type AnswerCase, type ErrorCase, loadCorpus, missingCorpus } from './load.ts';
import { recordedMeaning } from './observe.ts';
import { createReport } from './report.ts';
import { sdks } from './sdk/sdk.ts';
import { statusesFor } from './statuses.ts';
import { translate } from './translate.ts';

const corpus = loadCorpus();
const report = createReport();
let harness: Harness;

async function judge(answer: AnswerCase, to: FormatId): Promise<readonly string[]> {
  const meaning = recordedMeaning(answer);
  const expected = translate(meaning, answer.format, to);
  layOut(harness, answer);
  const ask = {
    port: harness.port,
    model: modelFor(to, answer.format),
    stream: answer.mode === 'stream',
  };
  try {
    const got = await sdks[to].read(ask);
    if (meaning.error === undefined) return compareAnswers(expected, got);
    return got.error === undefined ? ['the SDK raised nothing for a failed answer'] : [];
  } catch (error) {
    const kind = sdks[to].describeError(error);
    const fair = meaning.error !== undefined || expected.mayFail;
    if (fair && kind !== 'foreign') return [];
    return [`the SDK raised ${kind}: ${String(error)}`];
  }
}

const kindOfStatus = new Map([
  [400, 'bad-request'],
  [401, 'authentication'],
  [403, 'permission'],
  [404, 'not-found'],
  [429, 'rate-limit'],
]);

async function judgeError(error: ErrorCase, to: FormatId): Promise<readonly string[]> {
  harness.upstream.answer({
    status: error.status,
    headers: jsonHeaders,
    pieces: [Buffer.from(error.text)],
  });
  const model = modelFor(to, error.format);
  try {
    await sdks[to].read({ port: harness.port, model, stream: false });
    return ['the SDK raised nothing'];
  } catch (thrown) {
    const kind = sdks[to].describeError(thrown);
    const fair = statusesFor(error, to).map((status) => {
      return kindOfStatus.get(status) ?? (status >= 500 ? 'server' : `api ${status}`);
    });
    return fair.includes(kind)
      ? []
      : [`raised ${kind} instead of ${fair.join(' or ')}: ${String(thrown)}`];
  }
}

describe('recorded answers in the official SDKs', { skip: missingCorpus }, () => {
  before(async () => {
    harness = await startHarness();
  });
  after(async () => {
    await harness.close();
    report.print(import.meta.filename);
  });

  for (const from of formatIds) {
    for (const to of formatIds.filter((format) => format !== from)) {
      for (const mode of ['json', 'stream'] as const) {
        test(`the SDK of ${to} reads every ${mode} answer of ${from}`, async () => {
          const tally = report.tally(`sdk ${mode}`, from, to);
          for (const answer of corpus.answers) {
            if (answer.format !== from || answer.mode !== mode) continue;
            tally.add(answer.id, await judge(answer, to));
          }
          tally.settle();
        });
      }
      test(`the SDK of ${to} raises its own error class for every error of ${from}`, async () => {
        const tally = report.tally('sdk error', from, to);
        for (const error of corpus.errors) {
          if (error.format === from) tally.add(error.id, await judgeError(error, to));
        }
        tally.settle();
      });
    }
  }
});
