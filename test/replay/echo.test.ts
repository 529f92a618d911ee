/** What a provider must get back with the next turn survives clients of other formats, which echo what they got. */
import { after, before, describe, test } from 'node:test';
import { type FormatId, formatIds } from '../../packages/conformance/src/judge/meaning.ts';
import { collectProblems, shown } from '../../packages/conformance/src/judge/problems.ts';
import { assemble } from './assemble.ts';
import { cannedAnswer } from './canned.ts';
import { plainBody, send } from './client.ts';
import { askFor, type Harness, layOut, startHarness } from './harness.ts';
import { objectOf, tryParse } from './json.ts';
import { type AnswerCase, loadCorpus, missingCorpus } from './load.ts';
import { memories } from './memory.ts';
import { createReport } from './report.ts';

const corpus = loadCorpus();
const report = createReport();
let harness: Harness;

function sealsIn({ format, mode, text }: AnswerCase): readonly string[] {
  const body = mode === 'json' ? objectOf(tryParse(text)) : assemble(format, text);
  return memories[format].sealsTold(body);
}

async function judge(answer: AnswerCase, to: FormatId): Promise<readonly string[]> {
  layOut(harness, answer);
  const ask = askFor(answer, to);
  const reply = await send(harness.port, ask);
  const text = reply.bytes.toString('utf8');
  const got = ask.stream ? assemble(to, text) : objectOf(tryParse(text));
  harness.upstream.answer(cannedAnswer(answer.format, ask.stream));
  harness.upstream.take();
  const next = memories[to].nextBody(plainBody(to), got);
  await send(harness.port, { ...ask, body: next });
  const [received] = harness.upstream.take();
  const body = objectOf(tryParse(received?.body.toString('utf8') ?? ''));
  const problems = collectProblems();
  const expected = sealsIn(answer);
  const arrived = memories[answer.format].sealsAsked(body);
  problems.expect(
    shown(arrived) === shown(expected) && arrived.join() === expected.join(),
    `expected ${shown(expected)}, arrived ${shown(arrived)}`,
  );
  return problems.found;
}

describe('continuity data', { skip: missingCorpus }, () => {
  before(async () => {
    harness = await startHarness();
  });
  after(async () => {
    await harness.close();
    report.print(import.meta.filename);
  });

  for (const from of ['openai-responses', 'anthropic-messages', 'gemini'] as const) {
    for (const to of formatIds.filter((format) => format !== from)) {
      for (const mode of ['json', 'stream'] as const) {
        test(`signatures of ${from} come back through ${to} clients (${mode})`, async () => {
          const tally = report.tally(`echo ${mode}`, from, to);
          for (const answer of corpus.answers) {
            if (answer.format !== from || answer.mode !== mode) continue;
            if (sealsIn(answer).length > 0) tally.add(answer.id, await judge(answer, to));
          }
          tally.settle();
        });
      }
    }
  }
});
