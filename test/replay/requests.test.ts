/** Every recorded request arrives upstream in the other formats with the same meaning, in a form that the provider accepts. */
import { after, before, describe, test } from 'node:test';
import type { Asked } from '../../packages/conformance/src/judge/asked/asked.ts';
import { type FormatId, formatIds } from '../../packages/conformance/src/judge/meaning.ts';
import { shown } from '../../packages/conformance/src/judge/problems.ts';
import { compareRequests } from './asked/compare.ts';
import { refusalsOf } from './asked/refusals.ts';
import { cannedAnswer } from './canned.ts';
import { modelFor, pathOf, sendBytes } from './client.ts';
import { readers } from './formats.ts';
import { type Harness, startHarness } from './harness.ts';
import { objectOf, tryParse } from './json.ts';
import { loadCorpus, missingCorpus, type RequestCase } from './load.ts';
import { observe } from './observe.ts';
import { createReport } from './report.ts';
import type { Received } from './upstream.ts';

const corpus = loadCorpus();
const report = createReport();
let harness: Harness;

/** Models of each family that can do what the recordings ask for. */
const models: { readonly [id in FormatId]: readonly [usual: string, reasoning: string] } = {
  'openai-chat': ['gpt-4o', 'gpt-5.1'],
  'openai-responses': ['codex-mini-latest', 'gpt-5.2-codex'],
  'anthropic-messages': ['claude-sonnet-4-5', 'claude-sonnet-4-5'],
  gemini: ['gemini-3-flash-preview', 'gemini-3-flash-preview'],
};

function modelOf(from: FormatId, to: FormatId, { reasoning }: Asked): string {
  const [usual, reasons] = models[to];
  return modelFor(from, to, reasoning === 'unsaid' ? usual : reasons);
}

interface Verdict {
  readonly refused: boolean;
  readonly problems: readonly string[];
}

async function judge({ id, format, body, stream }: RequestCase, to: FormatId): Promise<Verdict> {
  const asked = readers[format].readRequest(body, stream);
  const model = modelOf(format, to, asked);
  harness.upstream.answer(cannedAnswer(to, stream));
  harness.upstream.take();
  const sent = JSON.stringify(format === 'gemini' ? body : { ...body, model });
  const reply = await sendBytes(harness.port, { format, model, stream }, sent);
  const [received] = harness.upstream.take();
  const [reason] = refusalsOf(asked, to);
  if (received !== undefined) {
    const problems = judgeReceived(received, { asked, to, model, reply: reply.status });
    const passed = reason === undefined ? [] : [`passed on, although ${reason}`];
    return { refused: false, problems: [...passed, ...problems] };
  }
  const { answer, problems } = observe(format, false, reply);
  if (reply.status !== 400 || reason === undefined) {
    return {
      refused: false,
      problems: [`refused with ${reply.status}: ${shown(answer.error?.message)}`],
    };
  }
  report.excuse(`refused, ${format} -> ${to}: ${reason}`, id);
  return { refused: true, problems };
}

interface Arrival {
  readonly asked: Asked;
  readonly to: FormatId;
  readonly model: string;
  readonly reply: number;
}

function judgeReceived(
  received: Received,
  { asked, to, model, reply }: Arrival,
): readonly string[] {
  const body = objectOf(tryParse(received.body.toString('utf8')));
  const path = pathOf(to, model, asked.stream);
  const problems = reply === 200 ? [] : [`the client got ${reply}`];
  if (received.url !== path) problems.push(`path ${received.url} instead of ${path}`);
  if (to !== 'gemini' && body['model'] !== model) problems.push(`model ${shown(body['model'])}`);
  const got = readers[to].readRequest(body, received.url.includes(':stream'));
  const refused = readers[to].checkRequest(body, model);
  return [...problems, ...refused, ...compareRequests(asked, got, to)];
}

describe('recorded requests', { skip: missingCorpus }, () => {
  before(async () => {
    harness = await startHarness();
    for (const { format, what, reason, id } of corpus.unusable) {
      if (what === 'request') report.excuse(`unusable ${format} request: ${reason}`, id);
    }
  });
  after(async () => {
    await harness.close();
    report.print(import.meta.filename);
  });

  for (const from of formatIds) {
    for (const to of formatIds.filter((format) => format !== from)) {
      test(`${from} requests arrive at ${to} upstreams with the same meaning`, async () => {
        const converted = report.tally('request', from, to);
        const refused = report.tally('refusal', from, to);
        for (const request of corpus.requests.filter(({ format }) => format === from)) {
          const verdict = await judge(request, to);
          const tally = verdict.refused ? refused : converted;
          tally.add(request.id, verdict.problems);
        }
        converted.settle();
        refused.settle();
      });
    }
  }
});
