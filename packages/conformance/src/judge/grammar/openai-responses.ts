/** What strict Responses clients demand of an answer and of an error; streams are in a file of their own. */
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

/** Fields that typed clients read without asking whether they are there. */
const headFields = [
  'error',
  'incomplete_details',
  'instructions',
  'metadata',
  'output',
  'parallel_tool_calls',
  'temperature',
  'tool_choice',
  'tools',
  'top_p',
];

export function checkResponsesAnswer(body: JsonObject): readonly string[] {
  const problems = collectProblems();
  checkHead(problems, body);
  checkEnd(problems, body);
  const output = objectsOf(body['output']);
  for (const item of output) checkItem(problems, item);
  const ids = new Set(output.map(({ id }) => id));
  problems.expect(ids.size === output.length, `ids of items stand twice: ${shown([...ids])}`);
  return problems.found;
}

export function checkHead(problems: Problems, response: JsonObject): void {
  problems.expect(textOf(response['id']).startsWith('resp_'), `id ${shown(response['id'])}`);
  problems.expect(response['object'] === 'response', `object is ${shown(response['object'])}`);
  problems.expect(textOf(response['model']) !== '', 'no model');
  problems.expect(
    Number.isInteger(response['created_at']),
    `created_at is ${shown(response['created_at'])}`,
  );
  const missing = headFields.filter((field) => response[field] === undefined);
  problems.expect(missing.length === 0, `fields are missing: ${missing.join()}`);
  problems.expect(Array.isArray(response['output']), 'output is no array');
  problems.expect(Array.isArray(response['tools']), 'tools is no array');
}

const incompleteReasons = ['max_output_tokens', 'content_filter'];

/** An answer that did not fail. */
export function checkEnd(problems: Problems, response: JsonObject): void {
  const { status, error, usage } = response;
  const reason = textOf(objectOf(response['incomplete_details'])['reason']);
  problems.expect(
    status === 'completed' || status === 'incomplete',
    `an answer with status ${shown(status)}`,
  );
  problems.expect(error === null, `an answer with the error ${shown(error)}`);
  problems.expect(
    status === 'completed' ? reason === '' : incompleteReasons.includes(reason),
    `status ${shown(status)} with incomplete_details ${shown(response['incomplete_details'])}`,
  );
  if (usage !== null && usage !== undefined) checkUsage(problems, objectOf(usage));
}

function checkUsage(problems: Problems, usage: JsonObject): void {
  const input = numberOf(usage['input_tokens']) ?? Number.NaN;
  const output = numberOf(usage['output_tokens']) ?? Number.NaN;
  const cached = objectOf(usage['input_tokens_details'])['cached_tokens'];
  const reasoning = objectOf(usage['output_tokens_details'])['reasoning_tokens'];
  const counts = [input, output, usage['total_tokens'], cached, reasoning];
  problems.expect(counts.every(Number.isInteger), `usage ${shown(usage)}`);
  problems.expect(
    input + output === usage['total_tokens'],
    `usage does not add up: ${shown(usage)}`,
  );
}

/** A whole item. */
export function checkItem(problems: Problems, item: JsonObject): void {
  const type = textOf(item['type']);
  problems.expect(textOf(item['id']) !== '', `an item without id: ${shown(item)}`);
  if (type === 'message') checkMessage(problems, item);
  else if (type === 'reasoning') checkReasoning(problems, item);
  else if (type === 'function_call') {
    checkCall(problems, item);
    const parsed = tryParse(textOf(item['arguments']));
    problems.expect(isObject(parsed), `arguments are no JSON object: ${shown(item['arguments'])}`);
  } else if (type === 'custom_tool_call') {
    checkCall(problems, item);
    problems.expect(typeof item['input'] === 'string', `input ${shown(item['input'])}`);
  } else if (type === 'image_generation_call') {
    problems.expect(textOf(item['result']) !== '', 'a picture without content');
  } else problems.expect(false, `item of type ${shown(item['type'])}`);
  if (type !== 'reasoning') {
    problems.expect(item['status'] === 'completed', `item status ${shown(item['status'])}`);
  }
}

function checkMessage(problems: Problems, item: JsonObject): void {
  const content = listOf(item['content']);
  problems.expect(item['role'] === 'assistant', `role ${shown(item['role'])}`);
  problems.expect(content.length > 0, 'a message without content');
  for (const part of content.map(objectOf)) {
    if (part['type'] === 'refusal') {
      problems.expect(textOf(part['refusal']) !== '', 'an empty refusal');
      continue;
    }
    problems.expect(part['type'] === 'output_text', `content of type ${shown(part['type'])}`);
    problems.expect(typeof part['text'] === 'string', `text ${shown(part['text'])}`);
    problems.expect(Array.isArray(part['annotations']), 'text without annotations');
    for (const note of objectsOf(part['annotations'])) checkAnnotation(problems, note, part);
  }
}

/** Offsets count characters, not UTF-16 units. */
function checkAnnotation(problems: Problems, note: JsonObject, part: JsonObject): void {
  const length = Array.from(textOf(part['text'])).length;
  const start = numberOf(note['start_index']) ?? -1;
  const end = numberOf(note['end_index']) ?? -1;
  problems.expect(
    note['type'] === 'url_citation' && textOf(note['url']) !== '',
    `annotation ${shown(note)}`,
  );
  problems.expect(
    start >= 0 && start <= end && end <= length,
    `annotation from ${start} to ${end} in ${length} characters`,
  );
}

function checkReasoning(problems: Problems, item: JsonObject): void {
  problems.expect(Array.isArray(item['summary']), 'reasoning without summary');
  for (const piece of objectsOf(item['summary'])) {
    problems.expect(
      piece['type'] === 'summary_text' && textOf(piece['text']) !== '',
      `summary ${shown(piece)}`,
    );
  }
  const sealed = textOf(item['encrypted_content']) !== '';
  problems.expect(sealed || listOf(item['summary']).length > 0, 'reasoning that says nothing');
}

function checkCall(problems: Problems, item: JsonObject): void {
  problems.expect(textOf(item['call_id']) !== '', 'a call without call_id');
  problems.expect(textOf(item['name']) !== '', 'a call without name');
}

export function checkResponsesError(status: number, body: Json | undefined): readonly string[] {
  const problems = collectProblems();
  const error = objectOf(objectOf(body)['error']);
  problems.expect(status >= 400, `status ${status}`);
  problems.expect(textOf(error['message']) !== '', `error without message: ${shown(body)}`);
  problems.expect(textOf(error['type']) !== '', `error without type: ${shown(body)}`);
  problems.expect(
    'code' in error && 'param' in error,
    `error without code or param: ${shown(body)}`,
  );
  return problems.found;
}
