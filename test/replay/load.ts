/** Reads the recorded exchanges in place and sorts them: answers, errors, requests, and the unusable with a reason. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FormatId } from '../../packages/conformance/src/judge/meaning.ts';
import { parseSse } from '../../packages/conformance/src/judge/sse.ts';
import {
  isObject,
  type Json,
  type JsonObject,
  listOf,
  objectOf,
  objectsOf,
  parseJson,
  textOf,
  tryParse,
} from './json.ts';

const folder = join(import.meta.dirname, '../../../shared/recorded');

/** Why the suites cannot run here; undefined: they can. */
export const missingCorpus: string | undefined = existsSync(folder)
  ? undefined
  : 'the recorded exchanges are absent: put them into ../shared/recorded, beside the repository';

export interface AnswerCase {
  readonly id: string;
  readonly format: FormatId;
  readonly mode: 'json' | 'stream';
  /** The answer's bytes as text. */
  readonly text: string;
}

export interface ErrorCase {
  readonly id: string;
  readonly format: FormatId;
  readonly status: number;
  readonly text: string;
}

export interface RequestCase {
  readonly id: string;
  readonly format: FormatId;
  readonly stream: boolean;
  readonly body: JsonObject;
}

interface Unusable {
  readonly id: string;
  readonly format: FormatId;
  readonly what: 'answer' | 'request';
  readonly reason: string;
}

interface Corpus {
  readonly answers: readonly AnswerCase[];
  readonly errors: readonly ErrorCase[];
  readonly requests: readonly RequestCase[];
  readonly unusable: readonly Unusable[];
  /** Exchanges of other APIs (embeddings, token counts, Bedrock). */
  readonly otherApis: number;
}

interface Sorted {
  readonly answers: AnswerCase[];
  readonly errors: ErrorCase[];
  readonly requests: RequestCase[];
  readonly unusable: Unusable[];
  otherApis: number;
}

const formats: ReadonlyMap<string, FormatId> = new Map([
  ['openai.chat', 'openai-chat'],
  ['openai.responses', 'openai-responses'],
  ['anthropic.messages', 'anthropic-messages'],
  ['google.generateContent', 'gemini'],
]);

export function loadCorpus(): Corpus {
  const sorted: Sorted = { answers: [], errors: [], requests: [], unusable: [], otherApis: 0 };
  for (const record of recordsIn()) sortRecord(sorted, record);
  return sorted;
}

/** None where the recorded exchanges are absent. */
export function* recordsIn(): Generator<JsonObject> {
  if (missingCorpus !== undefined) return;
  for (const file of readdirSync(folder).toSorted()) {
    if (!file.endsWith('.jsonl')) continue;
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
      if (line !== '') yield objectOf(parseJson(line));
    }
  }
}

function sortRecord(sorted: Sorted, record: JsonObject): void {
  const format = formats.get(textOf(record['api']));
  if (format === undefined) {
    sorted.otherApis++;
    return;
  }
  sortAnswer(sorted, format, record);
  sortRequest(sorted, format, record);
}

function sortAnswer(sorted: Sorted, format: FormatId, record: JsonObject): void {
  const id = textOf(record['id']);
  const status = Number(record['status']);
  const sse = textOf(record['response_sse']);
  const body = record['response_body'];
  if (sse === '' && (body === undefined || body === null)) {
    sorted.unusable.push({ id, format, what: 'answer', reason: 'no body was recorded' });
    return;
  }
  const failed = isObject(body) && body['error'] !== undefined && body['error'] !== null;
  if (status >= 400 || (sse === '' && failed)) {
    sorted.errors.push({ id, format, status, text: sse || JSON.stringify(body) });
    return;
  }
  const answers =
    sse === '' ? jsonAnswers({ id, format }, body) : streamAnswers({ id, format }, sse);
  for (const answer of answers) {
    const reason = whyUnusable(answer);
    if (reason === undefined) sorted.answers.push(answer);
    else sorted.unusable.push({ id: answer.id, format, what: 'answer', reason });
  }
}

interface Named {
  readonly id: string;
  readonly format: FormatId;
}

/** A Gemini stream without `alt=sse` is an array; the gateway asks for SSE, which frames the same elements. */
function jsonAnswers(named: Named, body: Json | undefined): readonly AnswerCase[] {
  if (!Array.isArray(body)) return [{ ...named, mode: 'json', text: JSON.stringify(body) }];
  const text = listOf(body)
    .map((element) => `data: ${JSON.stringify(element)}\r\n\r\n`)
    .join('');
  return [{ ...named, mode: 'stream', text }];
}

/** Some recordings hold the answers of several turns, one after the other: where one ends and the next begins. */
const turnBorders: ReadonlyMap<FormatId, RegExp> = new Map([
  [
    'anthropic-messages',
    /(?<=event: message_stop\r?\ndata: [^\n]*\n\r?\n)(?=event: message_start)/,
  ],
  [
    'openai-responses',
    /(?<=data: \{"type":"response\.completed"[^\n]*\n\r?\n)(?=(?:event: [^\n]*\n)?data: \{"type":"response\.created")/,
  ],
]);

function streamAnswers(named: Named, sse: string): readonly AnswerCase[] {
  const whole: AnswerCase = { ...named, mode: 'stream', text: sse };
  const border = turnBorders.get(named.format);
  const parts = border === undefined ? [sse] : sse.split(border);
  if (parts.length === 1) return [whole];
  return parts.map((text, index) => ({ ...whole, id: `${named.id}.${index}`, text }));
}

function whyUnusable({ format, mode, text }: AnswerCase): string | undefined {
  const events = mode === 'stream' ? parseSse(text) : [{ event: undefined, data: text }];
  for (const { data } of events) {
    if (data !== '[DONE]' && tryParse(data) === undefined) return 'the recording holds broken JSON';
  }
  const bodies = events.map(({ data }) => objectOf(tryParse(data)));
  if (format === 'anthropic-messages' && mode === 'stream') return whySpliced(bodies);
  if (format === 'openai-responses' && mode === 'stream' && isEdited(bodies)) return edited;
  return oddities.find(({ isOdd }) => bodies.some(isOdd))?.reason;
}

const objectContent = 'message.content is a bare object, which no Chat Completions answer can be';
const numericEnum =
  'enums are numbers: its client asked for enum-encoding=int, which the gateway never does';

const edited = 'edited by hand: its deltas do not add up to the text that they are said to be';

function isEdited(bodies: readonly JsonObject[]): boolean {
  const texts = new Map<string, string>();
  for (const { type, output_index: item, content_index: part, delta } of bodies) {
    if (type !== 'response.output_text.delta') continue;
    const place = JSON.stringify([item, part]);
    texts.set(place, (texts.get(place) ?? '') + textOf(delta));
  }
  return bodies.some(({ type, output_index: item, content_index: part, text }) => {
    const told = texts.get(JSON.stringify([item, part]));
    return type === 'response.output_text.done' && told !== undefined && told !== text;
  });
}

/** None of them can be taken for that of another format. */
const oddities: readonly { readonly reason: string; isOdd(body: JsonObject): boolean }[] = [
  { reason: objectContent, isOdd: hasObjectContent },
  { reason: numericEnum, isOdd: hasNumericEnum },
  {
    reason: 'a receipt for an answer that is fetched later (background), which holds none yet',
    isOdd: ({ object, status }) => object === 'response' && status === 'queued',
  },
];

function hasObjectContent(body: JsonObject): boolean {
  return objectsOf(body['choices']).some((choice) =>
    isObject(objectOf(choice['message'])['content']),
  );
}

function hasNumericEnum(body: JsonObject): boolean {
  return objectsOf(body['candidates']).some(({ finishReason }) => typeof finishReason === 'number');
}

function whySpliced(bodies: readonly JsonObject[]): string | undefined {
  const count = (type: string): number => bodies.filter((body) => body['type'] === type).length;
  if (count('error') > 0) return undefined;
  if (count('message_start') > 1) return 'two answers are spliced into each other';
  return count('message_delta') === 1 ? undefined : 'an answer without content and message_delta';
}

function sortRequest(sorted: Sorted, format: FormatId, record: JsonObject): void {
  const id = textOf(record['id']);
  const body = record['request_body'];
  if (body === undefined || body === null) return;
  const reason = whyNoRequest(body, Number(record['status']));
  if (reason !== undefined || !isObject(body)) {
    sorted.unusable.push({ id, format, what: 'request', reason: reason ?? 'no JSON object' });
    return;
  }
  const path = textOf(record['path']);
  const stream = format === 'gemini' ? path.includes(':stream') : body['stream'] === true;
  sorted.requests.push({ id, format, stream, body });
}

function whyNoRequest(body: Json, status: number): string | undefined {
  if (status === 400) return 'its own provider refused it with 400';
  const { messages, contents, input } = objectOf(body);
  const turns = typeof input === 'string' ? [{ input }] : listOf(messages ?? contents ?? input);
  if (turns.length === 0) return 'it has no messages';
  if (JSON.stringify(turns).includes('"url":""')) return 'the recorder took its image out';
  // Vertex SDKs that ask for enum-encoding=int write enums that way too.
  if (JSON.stringify(body).includes('"type":6')) return 'its enums are numbers';
  return turns.every(isObject) ? undefined : 'its messages are no objects';
}
