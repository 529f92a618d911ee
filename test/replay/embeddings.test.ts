/** Recorded embeddings reach clients of the other format with the same vectors, and requests the other vendor with the same texts. */
import { after, before, describe, test } from 'node:test';
import { collectProblems, shown } from '../../packages/conformance/src/judge/problems.ts';
import {
  type EmbeddingFormatId,
  embeddingReaders,
  type GivenVectors,
  isAnswer,
  isReadable,
} from './embeddings/meaning.ts';
import { readers } from './formats.ts';
import { type Harness, jsonHeaders, startHarness } from './harness.ts';
import { type JsonObject, objectOf, tryParse } from './json.ts';
import { missingCorpus } from './load.ts';
import { createReport } from './report.ts';
import { type SideReply, sendSide } from './side-client.ts';
import { loadSideCases, type SideCase } from './side-load.ts';
import { statusesFor } from './statuses.ts';
import type { Received } from './upstream.ts';

const models: { readonly [id in EmbeddingFormatId]: string } = {
  'openai-chat': 'text-embedding-3-small',
  gemini: 'gemini-embedding-001',
};
const pairs = [
  ['openai-chat', 'gemini'],
  ['gemini', 'openai-chat'],
] as const;

const cases = loadSideCases('embeddings');
const report = createReport();
let harness: Harness;

function casesOf(format: EmbeddingFormatId): readonly SideCase[] {
  return cases.filter((one) => one.format === format);
}

/** In the client's format and for the upstream's model. */
function askOf(
  client: EmbeddingFormatId,
  upstream: EmbeddingFormatId,
  body: JsonObject,
): Promise<SideReply> {
  const model = models[upstream];
  const method = body['requests'] === undefined ? 'embedContent' : 'batchEmbedContents';
  return sendSide(harness.port, {
    format: client,
    path: client === 'gemini' ? `/v1beta/models/${model}:${method}` : '/v1/embeddings',
    body: JSON.stringify(client === 'gemini' ? body : { ...body, model }),
  });
}

function layOut({ status, answer }: Pick<SideCase, 'status' | 'answer'>): void {
  const pieces = [Buffer.from(JSON.stringify(answer))];
  harness.upstream.answer({ status, headers: jsonHeaders, pieces });
  harness.upstream.take();
}

/** As short a question as has so many vectors for an answer. */
function question(client: EmbeddingFormatId, count: number): JsonObject {
  const texts = Array.from({ length: count }, (_, index) => `text ${index}`);
  if (client === 'openai-chat') return { input: texts };
  return { requests: texts.map((text) => ({ content: { parts: [{ text }] } })) };
}

function judgeVectors(
  expected: GivenVectors,
  reply: SideReply,
  { to, isRounded }: { readonly to: EmbeddingFormatId; readonly isRounded: boolean },
): readonly string[] {
  const problems = collectProblems();
  const body = objectOf(tryParse(reply.text));
  problems.expect(reply.status === 200, `status ${reply.status}: ${shown(body)}`);
  const got = embeddingReaders[to].given(body);
  const wanted = expected.vectors.map((vector) =>
    isRounded ? vector.map((value) => Math.fround(value)) : vector,
  );
  const isSame = JSON.stringify(got.vectors) === JSON.stringify(wanted);
  problems.expect(isSame, `vectors ${shown(got.vectors)} instead of ${shown(wanted)}`);
  const isEstimated = reply.headers.get('x-dragoman-estimated') === 'true';
  if (expected.tokens !== undefined)
    problems.expect(got.tokens === expected.tokens && !isEstimated, `tokens ${got.tokens}`);
  else {
    problems.expect(isEstimated, 'an estimate is not marked as one');
    if (to === 'openai-chat') problems.expect((got.tokens ?? 0) > 0, `tokens ${got.tokens}`);
  }
  return problems.found;
}

function judgeError({ format, status, answer, id }: SideCase, reply: SideReply): readonly string[] {
  const to = format === 'gemini' ? 'openai-chat' : 'gemini';
  const problems = collectProblems();
  const text = JSON.stringify(answer);
  const statuses = statusesFor({ id, format, status, text }, to);
  problems.expect(statuses.includes(reply.status), `status ${reply.status}`);
  const message = readers[format].failure(answer)?.message ?? '';
  const told = readers[to].failure(tryParse(reply.text))?.message;
  problems.expect(told?.includes(message) === true, `message ${shown(told)}`);
  return problems.found;
}

function judgeAsked(
  asked: JsonObject,
  received: Received | undefined,
  { from, to, reply }: { from: EmbeddingFormatId; to: EmbeddingFormatId; reply: SideReply },
): readonly string[] {
  const problems = collectProblems();
  const body = objectOf(tryParse(received?.body.toString() ?? ''));
  const wanted = embeddingReaders[from].asked(asked);
  const got = embeddingReaders[to].asked(body);
  const { hints, ...meant } = wanted;
  const { hints: _, ...arrived } = got;
  problems.expect(
    JSON.stringify(arrived) === JSON.stringify(meant),
    `${shown(arrived)} instead of ${shown(meant)}`,
  );
  const losses = reply.headers.get('x-dragoman-losses') ?? '';
  if (hints.length > 0) problems.expect(/task-type|title/.test(losses), `losses: ${losses}`);
  const model = models[to];
  const method = wanted.isList ? 'batchEmbedContents' : 'embedContent';
  const url = to === 'gemini' ? `/v1beta/models/${model}:${method}` : '/v1/embeddings';
  problems.expect(received?.url === url, `path ${received?.url}`);
  return problems.found;
}

describe('recorded embeddings', { skip: missingCorpus }, () => {
  before(async () => {
    harness = await startHarness();
  });
  after(async () => {
    await harness.close();
    report.print(import.meta.filename);
  });

  for (const [from, to] of pairs) {
    test(`vectors of ${from} reach ${to} clients as they are`, async () => {
      const tally = report.tally('embeddings', from, to);
      const encodings = to === 'gemini' ? [undefined] : ['float', 'base64'];
      for (const one of casesOf(from)) {
        if (!isAnswer(one.answer)) continue;
        const expected = embeddingReaders[from].given(one.answer);
        if (!isReadable(expected)) {
          report.excuse('its base64 holds no 32-bit floats, which no client reads', one.id);
          continue;
        }
        for (const encoding of encodings) {
          layOut(one);
          const asked = question(to, expected.vectors.length);
          const reply = await askOf(
            to,
            from,
            encoding ? { ...asked, encoding_format: encoding } : asked,
          );
          const isRounded = encoding === 'base64';
          tally.add(
            `${one.id} ${encoding ?? ''}`,
            judgeVectors(expected, reply, { to, isRounded }),
          );
        }
      }
      tally.settle();
    });

    test(`errors of ${from} embeddings reach ${to} clients in their own shape`, async () => {
      const tally = report.tally('embed. error', from, to);
      for (const one of casesOf(from)) {
        if (isAnswer(one.answer)) continue;
        layOut(one);
        tally.add(one.id, judgeError(one, await askOf(to, from, question(to, 1))));
      }
      tally.settle();
    });

    test(`${from} requests for embeddings arrive at ${to} upstreams with the same texts`, async () => {
      const tally = report.tally('embed. asked', from, to);
      for (const { id, asked, status } of casesOf(from)) {
        if (asked === undefined) continue;
        if (status === 400) {
          report.excuse('its own provider refused it with 400', id);
          continue;
        }
        const { isOfTokens, texts } = embeddingReaders[from].asked(asked);
        layOut({ status: 200, answer: answerWith(to, texts.length) });
        const reply = await askOf(from, to, asked);
        const [received] = harness.upstream.take();
        if (isOfTokens && reply.status === 400 && received === undefined) {
          report.excuse(`refused, ${from} -> ${to}: it holds tokens in place of text`, id);
          continue;
        }
        tally.add(id, judgeAsked(asked, received, { from, to, reply }));
      }
      tally.settle();
    });

    test(`${from} clients get the bytes of ${from} embeddings`, async () => {
      const tally = report.tally('embed. passed', from, from);
      for (const one of casesOf(from)) {
        layOut(one);
        const asked = one.asked ?? question(from, 1);
        const reply = await askOf(from, from, asked);
        const [received] = harness.upstream.take();
        const problems = collectProblems();
        const sent = JSON.stringify(from === 'gemini' ? asked : { ...asked, model: models[from] });
        problems.expect(reply.status === one.status, `status ${reply.status}`);
        problems.expect(reply.text === JSON.stringify(one.answer), `answer ${shown(reply.text)}`);
        problems.expect(received?.body.toString() === sent, `asked ${shown(received?.body)}`);
        tally.add(one.id, problems.found);
      }
      tally.settle();
    });
  }
});

function answerWith(format: EmbeddingFormatId, count: number): JsonObject {
  const vectors = Array.from({ length: count }, () => [0.5, -0.25]);
  if (format === 'openai-chat')
    return { object: 'list', data: vectors.map((embedding, index) => ({ index, embedding })) };
  const embeddings = vectors.map((values) => ({ values }));
  return { embeddings, embedding: embeddings[0] ?? null };
}
