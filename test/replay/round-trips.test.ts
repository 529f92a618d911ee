/** What a format says means the same after it went through the neutral form and back into that format. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import {
  type AnswerContext,
  ConversionError,
  createSseParser,
  type Format,
  formats,
  isObject,
  type JsonObject,
  type Loss,
  type StreamPart,
  stringifyJson,
} from 'ai-api-converter';
import type { Asked, AskedTurn } from '../../packages/conformance/src/judge/asked/asked.ts';
import { type FormatId, formatIds } from '../../packages/conformance/src/judge/meaning.ts';
import { shown } from '../../packages/conformance/src/judge/problems.ts';
import { parseSse, type SseEvent } from '../../packages/conformance/src/judge/sse.ts';
import { refusalsOf } from './asked/refusals.ts';
import { compareAnswers } from './compare.ts';
import { readers } from './formats.ts';
import { type Json, objectOf, parseJson, textOf, tryParse } from './json.ts';
import { type AnswerCase, loadCorpus, missingCorpus, type RequestCase } from './load.ts';
import { recordedMeaning } from './observe.ts';
import { createReport } from './report.ts';
import { type ExpectedAnswer, translate } from './translate.ts';

const corpus = loadCorpus();
const report = createReport();

/** A recording that ends in an error is told in errors.test.ts. */
const answers = corpus.answers.filter((answer) => recordedMeaning(answer).error === undefined);

/** What a stream may have more than the recording, whatever its length. */
const addedEventsMax: { readonly [id in FormatId]: number } = {
  // OpenAI puts role, opening of a call, finish and usage into chunks of their own; others join them.
  'openai-chat': 4,
  // Recordings that were shortened lack the events which close a part.
  'openai-responses': 2,
  // The ping after the start.
  'anthropic-messages': 1,
  // The finish, with the final usage, has a chunk of its own.
  gemini: 2,
};

function codecOf(id: FormatId): Format {
  const codec = formats.find((format) => format.id === id);
  assert.ok(codec !== undefined, id);
  return codec;
}

function contextWith(note: (loss: Loss) => void): AnswerContext {
  let count = 0;
  return {
    request: {
      model: 'some-model',
      stream: true,
      streamUsage: true,
      system: [],
      tools: [],
      sampling: {},
      reasoning: { mode: 'auto', visible: true },
    },
    upstreamModel: 'some-model',
    newId: (prefix) => `${prefix}${++count}`,
    nowSeconds: () => 0,
    report: note,
  };
}

/** What is said to be lost is an exception with its reason: the same format could have said it. */
function lossesOf({ id, format }: { readonly id: string; readonly format: FormatId }) {
  const told = new Set<string>();
  return ({ feature, action }: Loss): void => {
    const reason = `${format}: ${feature} is ${action}, and said to be`;
    if (!told.has(reason)) report.excuse(reason, id);
    told.add(reason);
  };
}

type Kind = 'request' | 'stream';

interface Exception {
  readonly kind: Kind;
  readonly problem: RegExp;
  readonly reason: string;
  /** How the ids of the recordings end. */
  readonly ids: readonly string[];
}

/** What is not quite the same. */
const exceptions: readonly Exception[] = [
  {
    kind: 'request',
    problem: /^turns: .*document/,
    reason: 'a text document is told to Gemini as text, which it takes it for',
    ids: [
      'test_google_document.yaml#0',
      'test_instrument_google_genai_no_content.yaml#0',
      'test_instrument_google_genai_no_content.yaml#1',
      'test_google_model_text_as_binary_content_input.yaml#0',
    ],
  },
  {
    kind: 'request',
    problem: /^turns: .*tool_search/,
    reason: 'what a search for tools found is told in words',
    ids: ['test_openai_client_tool_search_streaming.yaml#2'],
  },
  {
    kind: 'stream',
    problem: /deltas became/,
    reason: 'code that Gemini ran, and its output, are told within the text',
    ids: [
      'streaming-success-code-execution.txt#0',
      'test_google_model_file_search_tool_stream.yaml#3',
      'test_code_execution_stream.yaml#0',
    ],
  },
  {
    kind: 'stream',
    problem: /654 deltas became 657/,
    reason: 'paragraphs of one summary become one, with the three borders between them as deltas',
    ids: ['test_openai_responses_thinking_part_iter.yaml#0'],
  },
];

/** Notes which exceptions are made; one that is not needed is a problem itself. */
function excused(kind: Kind, id: string, problems: readonly string[]): readonly string[] {
  const exception = exceptions.find((other) => {
    return other.kind === kind && other.ids.some((end) => id.endsWith(`/${end}`));
  });
  if (exception === undefined) return problems;
  const { problem: known, reason } = exception;
  const others = problems.filter((problem) => !known.test(problem));
  if (others.length === problems.length) return [...problems, `not so: ${reason}`];
  report.excuse(reason, id);
  return others;
}

function objectFrom(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  assert.ok(isObject(value), text);
  return value;
}

interface Verdict {
  readonly refused: boolean;
  readonly problems: readonly string[];
}

function judgeRequest(request: RequestCase): Verdict {
  const { format, body, stream, id } = request;
  const asked = readers[format].readRequest(body, stream);
  const [reason] = refusalsOf(asked, format);
  try {
    const again = encodedAgain(request);
    const got = readers[format].readRequest(objectOf(again), stream);
    return { refused: false, problems: differences(comparable(asked), comparable(got)) };
  } catch (cause) {
    if (!(cause instanceof ConversionError)) throw cause;
    const { message } = cause;
    if (reason === undefined) return { refused: false, problems: [`refused: ${message}`] };
    report.excuse(`refused, ${format}: ${reason}`, id);
    return { refused: true, problems: [] };
  }
}

function encodedAgain(request: RequestCase): Json {
  const { client, upstream } = codecOf(request.format);
  const note = lossesOf(request);
  const body = objectFrom(JSON.stringify({ ...request.body, model: 'some-model' }));
  const neutral = client.decodeRequest(body, { stream: request.stream }, note);
  return parseJson(stringifyJson(upstream.encodeRequest(neutral, note)));
}

/** Texts in a row may have been joined, and what was paraphrased once is plain text from then on. */
function comparable({ system, turns, ...asked }: Asked): object {
  const plainly = ({ pieces, ...turn }: AskedTurn): object => ({
    ...turn,
    text: pieces.join('\n\n'),
    loose: undefined,
  });
  // A search for tools is needless where all of them are offered at once.
  const serverTools = asked.serverTools.filter((tool) => !tool.startsWith('tool_search'));
  return { ...asked, serverTools, system: system.join('\n\n'), turns: turns.map(plainly) };
}

/** Each member that is not the same, by name. */
function differences(expected: object, got: object): readonly string[] {
  const others = new Map(Object.entries(got));
  return Object.entries(expected).flatMap(([name, value]): readonly string[] => {
    const other: unknown = others.get(name);
    if (isDeepStrictEqual(value, other)) return [];
    return [`${name}: ${shown(value)} became ${shown(other)}`];
  });
}

/** The provider's own word for an end is right where the format says it again. */
function expectedOf(answer: AnswerCase): ExpectedAnswer {
  const meaning = recordedMeaning(answer);
  const expected = translate(meaning, answer.format, answer.format);
  const candidates = expected.candidates.map((candidate, index) => {
    const word = meaning.candidates[index]?.finishWord ?? '';
    return { ...candidate, finishWords: [...candidate.finishWords, word] };
  });
  return { ...expected, candidates };
}

function judgeAnswer(answer: AnswerCase): readonly string[] {
  const { client, upstream } = codecOf(answer.format);
  const reader = readers[answer.format];
  const note = lossesOf(answer);
  const neutral = upstream.decodeResponse(objectFrom(answer.text), note);
  const again = objectOf(
    parseJson(stringifyJson(client.encodeResponse(neutral, contextWith(note)))),
  );
  const expected = expectedOf(answer);
  return compareAnswers(expected, reader.readAnswer(again));
}

function judgeStream(answer: AnswerCase): readonly string[] {
  const { format, text } = answer;
  const reader = readers[format];
  const again = streamedAgain(answer);
  const before = parseSse(text);
  const events = parseSse(again);
  const expected = expectedOf(answer);
  const problems = [
    ...compareAnswers(expected, reader.readStream(events)),
    ...reader.checkStream(again),
  ];
  const most = before.length + addedEventsMax[format];
  if (events.length > most) problems.push(`${before.length} events became ${events.length}`);
  const [told, toldAgain] = [countDeltas(format, before), countDeltas(format, events)];
  if (told !== toldAgain) problems.push(`${told} deltas became ${toldAgain}`);
  return problems;
}

/** The pieces in which words and reasoning come. */
function countDeltas(format: FormatId, events: readonly SseEvent[]): number {
  // A single event of a Responses stream says nothing to a reader that has not seen its item begin.
  if (format === 'openai-responses') return events.filter(isResponsesDelta).length;
  return events
    .flatMap((event) => readers[format].readStream([event]).candidates)
    .flatMap(({ text, reasoning, refusal }) => [text, reasoning, refusal])
    .filter((piece) => piece !== '').length;
}

function isResponsesDelta({ data }: SseEvent): boolean {
  const { type, delta } = objectOf(tryParse(data));
  return /(text|refusal)\.delta$/.test(textOf(type)) && textOf(delta) !== '';
}

function streamedAgain(answer: AnswerCase): string {
  const { client, upstream } = codecOf(answer.format);
  const note = lossesOf(answer);
  const parser = createSseParser();
  const decoder = upstream.decodeStream(note);
  const encoder = client.encodeStream(contextWith(note));
  let text = '';
  const write = (piece: string): void => {
    text += piece;
  };
  const emit = (part: StreamPart): void => encoder.push(part, write);
  const read = (event: SseEvent): void => decoder.push(event, emit);
  parser.push(Buffer.from(answer.text), read);
  parser.end(read);
  decoder.end(emit);
  return text;
}

describe('round trips of recordings', { skip: missingCorpus }, () => {
  before(() => {
    for (const { format, what, reason, id } of corpus.unusable) {
      report.excuse(`unusable ${format} ${what}: ${reason}`, id);
    }
  });
  after(() => report.print(import.meta.filename));

  for (const format of formatIds) {
    const own = answers.filter((answer) => answer.format === format);

    test(`${format} requests mean the same after they were read and written`, () => {
      const same = report.tally('request again', format, format);
      for (const request of corpus.requests.filter((other) => other.format === format)) {
        const { refused, problems } = judgeRequest(request);
        if (!refused) same.add(request.id, excused('request', request.id, problems));
      }
      same.settle();
    });

    test(`${format} answers mean the same after they were read and written`, () => {
      const same = report.tally('answer again', format, format);
      for (const answer of own.filter(({ mode }) => mode === 'json')) {
        same.add(answer.id, judgeAnswer(answer));
      }
      same.settle();
    });

    test(`${format} streams mean the same, delta by delta and in as many events`, () => {
      const same = report.tally('stream again', format, format);
      for (const answer of own.filter(({ mode }) => mode === 'stream')) {
        same.add(answer.id, excused('stream', answer.id, judgeStream(answer)));
      }
      same.settle();
    });
  }
});
