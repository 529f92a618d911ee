/** Recorded errors, errors inside streams and broken streams reach every client as errors of its own format. */
import { after, before, describe, test } from 'node:test';
import {
  type Answer,
  type FormatId,
  formatIds,
} from '../../packages/conformance/src/judge/meaning.ts';
import { collectProblems, shown } from '../../packages/conformance/src/judge/problems.ts';
import { modelFor, plainBody, send } from './client.ts';
import { everyEvent, seededRandom } from './cuts.ts';
import { readers } from './formats.ts';
import { askFor, type Harness, jsonHeaders, replay, sseHeaders, startHarness } from './harness.ts';
import { listOf, objectOf, textOf, tryParse } from './json.ts';
import { type AnswerCase, type ErrorCase, loadCorpus, missingCorpus } from './load.ts';
import { observe, recordedMeaning } from './observe.ts';
import { createReport } from './report.ts';
import { statusesFor } from './statuses.ts';
import { translate } from './translate.ts';

const SEED = 20_261_125;

const corpus = loadCorpus();
const report = createReport();
const random = seededRandom(SEED);
let harness: Harness;

async function judgeError(
  error: ErrorCase,
  to: FormatId,
  stream: boolean,
): Promise<readonly string[]> {
  harness.upstream.answer({
    status: error.status,
    headers: jsonHeaders,
    pieces: [Buffer.from(error.text)],
  });
  const model = modelFor(to, error.format);
  const reply = await send(harness.port, { format: to, model, stream, body: plainBody(to) });
  const { answer, problems } = observe(to, false, reply);
  const judged = collectProblems();
  const statuses = statusesFor(error, to);
  judged.expect(
    statuses.includes(reply.status),
    `status ${reply.status} instead of ${statuses.join(' or ')}`,
  );
  const message = readers[error.format].failure(tryParse(error.text))?.message ?? '';
  const told = answer.error?.message ?? '';
  judged.expect(told.includes(message), `message: expected ${shown(message)}, got ${shown(told)}`);
  if (error.text.includes('google.rpc.RetryInfo')) {
    const retry = reply.headers.get('retry-after');
    judged.expect(Number(retry) > 0, `retry-after is ${shown(retry)}`);
  }
  if (to === 'anthropic-messages' && error.text.includes('context_length_exceeded')) {
    judged.expect(
      told.includes('prompt is too long'),
      `clients look for "prompt is too long": ${shown(told)}`,
    );
  }
  return [...judged.found, ...problems];
}

/** The error arrives, and what came before it is a beginning of what the upstream said. */
function judgeFailure(
  recorded: Answer,
  from: FormatId,
  { to, got }: { to: FormatId; got: Answer },
): readonly string[] {
  const problems = collectProblems();
  const message = recorded.error?.message ?? '';
  problems.expect(got.error !== undefined, 'the client was not told of the failure');
  problems.expect(
    got.error?.message.includes(message) === true,
    `message ${shown(got.error)} instead of ${shown(message)}`,
  );
  const [expected] = translate(recorded, from, to).candidates;
  const text = got.candidates[0]?.text ?? '';
  // Code that the provider ran may stand among the text; see translate.ts.
  const begins =
    expected === undefined || expected.codes.length > 0 || expected.text.startsWith(text);
  problems.expect(begins, `text ${shown(text)}`);
  return problems.found;
}

async function judgeStreamError(answer: AnswerCase, to: FormatId): Promise<readonly string[]> {
  const reply = await replay(harness, answer, { to });
  const { answer: got, problems } = observe(to, true, reply);
  return [...judgeFailure(recordedMeaning(answer), answer.format, { to, got }), ...problems];
}

/** Leaves a stream off somewhere before its end; the connection breaks or closes in good order. */
async function judgeBroken(
  answer: AnswerCase,
  to: FormatId,
  breaks: boolean,
): Promise<readonly string[]> {
  const events = everyEvent(Buffer.from(answer.text));
  const ending = events.findIndex((event) => endsAnswer(Buffer.from(event).toString()));
  const kept = events.slice(0, Math.floor(random() * ending));
  const partial: AnswerCase = { ...answer, text: Buffer.concat(kept).toString() };
  harness.upstream.answer({ status: 200, headers: sseHeaders, pieces: kept, breaks });
  const reply = await send(harness.port, askFor(answer, to));
  const { answer: got, problems } = observe(to, true, reply);
  const recorded = { ...recordedMeaning(partial), error: { type: '', message: '', code: '' } };
  return [...judgeFailure(recorded, answer.format, { to, got }), ...problems];
}

function endsAnswer(event: string): boolean {
  if (event.includes('"message_delta"') || event.includes('[DONE]')) return true;
  const body = objectOf(tryParse(event.replace(/^[^{]*/, '')));
  if (body['promptFeedback'] !== undefined) return true;
  if (/^response\.(completed|incomplete)$/.test(textOf(body['type']))) return true;
  const ended = [...listOf(body['choices']), ...listOf(body['candidates'])].map(objectOf);
  return ended.some((end) => typeof (end['finish_reason'] ?? end['finishReason']) === 'string');
}

describe('recorded errors', { skip: missingCorpus }, () => {
  before(async () => {
    harness = await startHarness();
  });
  after(async () => {
    await harness.close();
    report.print(import.meta.filename);
  });

  for (const from of formatIds) {
    for (const to of formatIds.filter((format) => format !== from)) {
      test(`errors of ${from} reach ${to} clients in their own shape`, async () => {
        const tally = report.tally('error', from, to);
        for (const error of corpus.errors.filter(({ format }) => format === from)) {
          tally.add(error.id, await judgeError(error, to, false));
          tally.add(`${error.id} (a stream was asked for)`, await judgeError(error, to, true));
        }
        tally.settle();
      });

      test(`errors inside ${from} streams reach ${to} clients`, async () => {
        const tally = report.tally('stream error', from, to);
        const failed = corpus.answers.filter(
          (answer) => answer.format === from && recordedMeaning(answer).error !== undefined,
        );
        for (const answer of failed) tally.add(answer.id, await judgeStreamError(answer, to));
        tally.settle();
      });

      for (const breaks of [true, false]) {
        const how = breaks ? 'break' : 'end early';
        test(`${from} streams that ${how} are errors to ${to} clients (seed ${SEED})`, async () => {
          const tally = report.tally(how, from, to);
          const streams = corpus.answers.filter(
            (answer) =>
              answer.format === from &&
              answer.mode === 'stream' &&
              recordedMeaning(answer).error === undefined,
          );
          for (const answer of streams) tally.add(answer.id, await judgeBroken(answer, to, breaks));
          tally.settle();
        });
      }
    }
  }
});
