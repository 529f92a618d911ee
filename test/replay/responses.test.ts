/** Every recorded answer reaches the clients of the other formats with the same meaning. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readGeminiChunks } from '../../packages/conformance/src/judge/answers/gemini.ts';
import { type FormatId, formatIds } from '../../packages/conformance/src/judge/meaning.ts';
import { send } from './client.ts';
import { compareAnswers } from './compare.ts';
import { type Cut, everyByte, everyEvent, randomCut, seededRandom, whole } from './cuts.ts';
import { askFor, type Harness, layOut, replay, startHarness } from './harness.ts';
import { objectsOf, tryParse } from './json.ts';
import { type AnswerCase, loadCorpus, missingCorpus } from './load.ts';
import { observe, recordedMeaning } from './observe.ts';
import { createReport } from './report.ts';
import { translate } from './translate.ts';

const SEED = 20_261_124;
const BYTEWISE_BYTES_MAX = 4096;
const BYTEWISE_STREAMS_MAX = 24;

const corpus = loadCorpus();
const report = createReport();
let harness: Harness;

/** A recording that ends in an error is told in errors.test.ts. */
const answers = corpus.answers.filter((answer) => recordedMeaning(answer).error === undefined);

function ofFormat(format: FormatId, mode: AnswerCase['mode']): readonly AnswerCase[] {
  return answers.filter((answer) => answer.format === format && answer.mode === mode);
}

async function judge(answer: AnswerCase, to: FormatId, cut?: Cut): Promise<readonly string[]> {
  const expected = translate(recordedMeaning(answer), answer.format, to);
  const reply = await replay(harness, answer, { to, cut });
  const { answer: got, problems } = observe(to, answer.mode === 'stream', reply);
  const wrong = compareAnswers(expected, got);
  return expected.mayFail && got.error !== undefined ? wrong : [...wrong, ...problems];
}

interface Way {
  readonly kind: string;
  readonly mode: AnswerCase['mode'];
  readonly cut: Cut;
  choose(all: readonly AnswerCase[]): readonly AnswerCase[];
}

const all = (cases: readonly AnswerCase[]): readonly AnswerCase[] => cases;

/** Small streams, or the smallest ones, spread over the corpus rather than its first ones. */
function sample(cases: readonly AnswerCase[]): readonly AnswerCase[] {
  const sizes = cases.map(({ text }) => Buffer.byteLength(text)).toSorted((a, b) => a - b);
  const limit = Math.max(BYTEWISE_BYTES_MAX, sizes[BYTEWISE_STREAMS_MAX - 1] ?? 0);
  const small = cases.filter(({ text }) => Buffer.byteLength(text) <= limit);
  const step = Math.max(1, Math.floor(small.length / BYTEWISE_STREAMS_MAX));
  return small.filter((_, index) => index % step === 0).slice(0, BYTEWISE_STREAMS_MAX);
}

const ways: readonly Way[] = [
  { kind: 'json', mode: 'json', cut: whole, choose: all },
  { kind: 'stream', mode: 'stream', cut: whole, choose: all },
  { kind: 'by event', mode: 'stream', cut: everyEvent, choose: all },
  { kind: 'random cuts', mode: 'stream', cut: randomCut(seededRandom(SEED)), choose: all },
  { kind: 'by byte', mode: 'stream', cut: everyByte, choose: sample },
];

/** The clients that ask without `alt=sse` read one JSON array. */
async function judgeArray(answer: AnswerCase): Promise<readonly string[]> {
  layOut(harness, answer, everyEvent);
  const reply = await send(harness.port, { ...askFor(answer, 'gemini'), asArray: true });
  const body = tryParse(reply.bytes.toString('utf8'));
  if (!Array.isArray(body)) return [`no JSON array: ${reply.bytes.toString('utf8').slice(0, 200)}`];
  const expected = translate(recordedMeaning(answer), answer.format, 'gemini');
  return compareAnswers(expected, readGeminiChunks(objectsOf(body)));
}

describe('recorded answers', { skip: missingCorpus }, () => {
  before(async () => {
    harness = await startHarness();
    for (const { format, what, reason, id } of corpus.unusable) {
      if (what === 'answer') report.excuse(`unusable ${format} answer: ${reason}`, id);
    }
    for (const answer of answers) {
      const untold = recordedMeaning(answer).candidates.flatMap(({ untold: types = [] }) => types);
      for (const type of new Set(untold)) {
        report.excuse(`told without its ${type}, which only ${answer.format} has`, answer.id);
      }
    }
  });
  after(async () => {
    await harness.close();
    report.print(import.meta.filename);
  });

  test('the corpus holds answers of every format in both modes', () => {
    for (const format of formatIds) {
      assert.ok(ofFormat(format, 'json').length > 50, format);
      assert.ok(ofFormat(format, 'stream').length > 50, format);
    }
  });

  for (const from of formatIds.filter((format) => format !== 'gemini')) {
    test(`${from} streams reach gemini clients without alt=sse as one JSON array`, async () => {
      const tally = report.tally('as array', from, 'gemini');
      for (const answer of ofFormat(from, 'stream')) tally.add(answer.id, await judgeArray(answer));
      tally.settle();
    });
  }

  for (const from of formatIds) {
    for (const to of formatIds.filter((format) => format !== from)) {
      for (const way of ways) {
        const note = way.kind === 'random cuts' ? ` (seed ${SEED})` : '';
        test(`${from} answers reach ${to} clients unchanged in meaning: ${way.kind}${note}`, async () => {
          const tally = report.tally(way.kind, from, to);
          for (const answer of way.choose(ofFormat(from, way.mode))) {
            tally.add(answer.id, await judge(answer, to, way.cut));
          }
          tally.settle();
        });
      }
    }
  }
});
