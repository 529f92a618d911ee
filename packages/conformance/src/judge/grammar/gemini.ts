/** What strict generateContent clients demand of an answer, a stream and an error. */
import {
  isObject,
  type Json,
  type JsonObject,
  listOf,
  numberOf,
  objectOf,
  objectsOf,
  textOf,
  tryParse,
} from '../json.ts';
import { collectProblems, type Problems, shown } from '../problems.ts';
import { parseSse } from '../sse.ts';

const finishReasons: ReadonlySet<Json> = new Set([
  'STOP',
  'MAX_TOKENS',
  'SAFETY',
  'RECITATION',
  'LANGUAGE',
  'OTHER',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'MALFORMED_FUNCTION_CALL',
]);
const dataFields = [
  'text',
  'inlineData',
  'functionCall',
  'executableCode',
  'codeExecutionResult',
  'fileData',
];
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

export function checkGeminiAnswer(body: JsonObject): readonly string[] {
  const problems = collectProblems();
  const candidates = objectsOf(body['candidates']);
  problems.expect(candidates.length > 0, 'no candidates');
  for (const [position, candidate] of candidates.entries()) {
    problems.expect(
      (candidate['index'] ?? 0) === position,
      `candidate index ${shown(candidate['index'])}`,
    );
    problems.expect(
      finishReasons.has(candidate['finishReason'] ?? null),
      `finishReason ${shown(candidate['finishReason'])}`,
    );
    checkContent(problems, objectOf(candidate['content']));
  }
  checkHead(problems, body);
  return problems.found;
}

function checkHead(problems: Problems, body: JsonObject): void {
  problems.expect(textOf(body['modelVersion']) !== '', 'no modelVersion');
  problems.expect(textOf(body['responseId']) !== '', 'no responseId');
  if (body['usageMetadata'] === undefined) return;
  const usage = objectOf(body['usageMetadata']);
  const count = (key: string): number => numberOf(usage[key]) ?? 0;
  const sum =
    count('promptTokenCount') +
    count('candidatesTokenCount') +
    count('thoughtsTokenCount') +
    count('toolUsePromptTokenCount');
  problems.expect(count('totalTokenCount') === sum, `usage does not add up: ${shown(usage)}`);
}

/** The SDK's chats drop a turn in which any chunk lacks content, parts, or has an empty part. */
function checkContent(problems: Problems, content: JsonObject): void {
  problems.expect(content['role'] === 'model', `role ${shown(content['role'])}`);
  const parts = objectsOf(content['parts']);
  problems.expect(
    parts.length > 0 && parts.length === listOf(content['parts']).length,
    `parts ${shown(content['parts'])}`,
  );
  for (const part of parts) {
    const present = dataFields.filter((field) => part[field] !== undefined);
    problems.expect(
      present.length === 1,
      `a part with ${present.length} kinds of data: ${shown(part)}`,
    );
    if (part['functionCall'] !== undefined) checkCall(problems, objectOf(part['functionCall']));
    const signature = part['thoughtSignature'];
    problems.expect(
      signature === undefined || base64.test(textOf(signature)),
      `thoughtSignature ${shown(signature)}`,
    );
  }
}

function checkCall(problems: Problems, call: JsonObject): void {
  problems.expect(textOf(call['name']) !== '', 'functionCall without name');
  problems.expect(
    call['args'] === undefined || isObject(call['args']),
    `args ${shown(call['args'])}`,
  );
  problems.expect(call['partialArgs'] === undefined, 'partialArgs were not asked for');
}

export function checkGeminiStream(text: string): readonly string[] {
  const problems = collectProblems();
  problems.expect(text.endsWith('\n\n'), 'the stream does not end with a blank line');
  const events = parseSse(text);
  problems.expect(
    events.every(({ event }) => event === undefined),
    'an event line stands in the stream',
  );
  const chunks = events.map(({ data }) => objectOf(tryParse(data)));
  problems.expect(
    chunks.every((chunk) => Object.keys(chunk).length > 0),
    'an event is no JSON object',
  );
  if (chunks.some((chunk) => isObject(chunk['error']))) {
    problems.expect(isObject(chunks.at(-1)?.['error']), 'something follows an error');
    return problems.found;
  }
  const finished = new Set<number>();
  const seen = new Set<number>();
  for (const chunk of chunks) checkChunk(problems, chunk, { seen, finished });
  const last = chunks.at(-1) ?? {};
  const lastFinishes = objectsOf(last['candidates']).some(
    ({ finishReason }) => typeof finishReason === 'string',
  );
  problems.expect(lastFinishes, 'the last chunk has no finishReason');
  problems.expect(finished.size === seen.size, 'a candidate has no finishReason');
  return problems.found;
}

interface Seen {
  readonly seen: Set<number>;
  readonly finished: Set<number>;
}

function checkChunk(problems: Problems, chunk: JsonObject, { seen, finished }: Seen): void {
  checkHead(problems, chunk);
  const candidates = objectsOf(chunk['candidates']);
  problems.expect(candidates.length > 0, 'a chunk without candidates');
  for (const candidate of candidates) {
    const index = numberOf(candidate['index']) ?? 0;
    problems.expect(!finished.has(index), 'a chunk after the finish');
    seen.add(index);
    checkContent(problems, objectOf(candidate['content']));
    const finish = candidate['finishReason'];
    problems.expect(
      finish === undefined || finishReasons.has(finish),
      `finishReason ${shown(finish)}`,
    );
    if (finish !== undefined) finished.add(index);
  }
}

export function checkGeminiError(status: number, body: Json | undefined): readonly string[] {
  const problems = collectProblems();
  const error = objectOf(objectOf(body)['error']);
  problems.expect(status >= 400, `status ${status}`);
  problems.expect(
    error['code'] === status,
    `error code ${shown(error['code'])} with status ${status}`,
  );
  problems.expect(
    /^[A-Z_]+$/.test(textOf(error['status'])),
    `error status ${shown(error['status'])}`,
  );
  problems.expect(textOf(error['message']) !== '', `error without message: ${shown(body)}`);
  return problems.found;
}
