/** What OpenAI's API accepts as a Responses request, as far as its types and refusals tell. */

import {
  collectProblems,
  type Problems,
  shown,
} from '../../../packages/conformance/src/judge/problems.ts';
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
import { allowKeys, checkSchema, checkStrict } from './keys.ts';

const topKeys = [
  'model',
  'input',
  'instructions',
  'max_output_tokens',
  'temperature',
  'top_p',
  'top_logprobs',
  'stream',
  'store',
  'include',
  'reasoning',
  'text',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'metadata',
  'safety_identifier',
  'prompt_cache_key',
  'service_tier',
];
const toolName = /^[a-zA-Z0-9_-]{1,64}$/;

export function checkResponsesRequest(body: JsonObject): readonly string[] {
  const problems = collectProblems();
  allowKeys(problems, body, { place: 'body', keys: topKeys });
  problems.expect(textOf(body['model']) !== '', 'no model');
  problems.expect(body['store'] === false, 'the conversation is kept at the provider');
  problems.expect(body['instructions'] !== '', 'instructions are empty');
  const items = objectsOf(body['input']);
  problems.expect(items.length > 0, 'no input');
  for (const [index, item] of items.entries()) checkItem(problems, item, `input[${index}]`);
  checkResults(problems, items);
  checkReasoningOrder(problems, items);
  checkTools(problems, body);
  checkSettings(problems, body);
  return problems.found;
}

const itemKeys: { readonly [type: string]: readonly string[] } = {
  message: ['type', 'role', 'content', 'phase'],
  reasoning: ['type', 'id', 'summary', 'content', 'encrypted_content'],
  function_call: ['type', 'call_id', 'name', 'arguments'],
  function_call_output: ['type', 'call_id', 'output'],
  custom_tool_call: ['type', 'call_id', 'name', 'input'],
  custom_tool_call_output: ['type', 'call_id', 'output'],
};

function checkItem(problems: Problems, item: JsonObject, place: string): void {
  const type = textOf(item['type']);
  const keys = itemKeys[type];
  if (!problems.expect(keys !== undefined, `${place}: type ${shown(item['type'])}`)) return;
  allowKeys(problems, item, { place, keys: keys ?? [] });
  if (type === 'message') checkMessage(problems, item, place);
  else if (type === 'reasoning') checkReasoning(problems, item, place);
  else if (type.endsWith('_output')) {
    if (typeof item['output'] !== 'string') {
      checkContent(problems, item['output'], { place, parts: inputParts });
    }
  } else {
    problems.expect(toolName.test(textOf(item['name'])), `${place}: name ${shown(item['name'])}`);
    const args = item['arguments'];
    const fair = type === 'custom_tool_call' || isObject(tryParse(textOf(args)));
    problems.expect(fair, `${place}: arguments ${shown(args)}`);
  }
  if (item['call_id'] === undefined) return;
  const id = textOf(item['call_id']);
  problems.expect(id !== '' && id.length <= 64, `${place}: call_id ${shown(id)}`);
}

const inputParts = ['input_text', 'input_image', 'input_file'];

function checkMessage(problems: Problems, item: JsonObject, place: string): void {
  const role = textOf(item['role']);
  const roles = ['user', 'assistant', 'system', 'developer'];
  problems.expect(roles.includes(role), `${place}: role ${shown(item['role'])}`);
  const { content } = item;
  if (typeof content === 'string') {
    problems.expect(content !== '', `${place}: empty content`);
    return;
  }
  const parts = role === 'assistant' ? ['output_text', 'refusal'] : inputParts;
  checkContent(problems, content, { place, parts });
}

interface Place {
  readonly place: string;
  readonly parts: readonly string[];
}

function checkContent(
  problems: Problems,
  content: Json | undefined,
  { place, parts }: Place,
): void {
  const list = objectsOf(content);
  problems.expect(list.length > 0, `${place}: content ${shown(content)}`);
  for (const part of list) {
    const type = textOf(part['type']);
    problems.expect(parts.includes(type), `${place}: part ${type}`);
    if (type === 'input_image') checkImage(problems, part, place);
    else if (type === 'input_file') checkFile(problems, part, place);
    else {
      const field = type === 'refusal' ? 'refusal' : 'text';
      allowKeys(problems, part, { place, keys: ['type', field, 'prompt_cache_breakpoint'] });
      problems.expect(textOf(part[field]) !== '', `${place}: empty text`);
    }
  }
}

const details = ['low', 'high', 'auto', 'original'];

function checkImage(problems: Problems, part: JsonObject, place: string): void {
  allowKeys(problems, part, {
    place,
    keys: ['type', 'image_url', 'detail', 'prompt_cache_breakpoint'],
  });
  const url = textOf(part['image_url']);
  const fair =
    /^https?:\/\//.test(url) ||
    /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+=*$/.test(url);
  problems.expect(fair, `${place}: image ${shown(url.slice(0, 60))}`);
  const { detail } = part;
  problems.expect(details.includes(textOf(detail)), `${place}: detail ${shown(detail)}`);
}

function checkFile(problems: Problems, part: JsonObject, place: string): void {
  allowKeys(problems, part, {
    place,
    keys: ['type', 'file_data', 'file_url', 'filename', 'prompt_cache_breakpoint'],
  });
  if (part['file_url'] !== undefined) {
    problems.expect(/^https?:\/\//.test(textOf(part['file_url'])), `${place}: file address`);
    problems.expect(part['filename'] === undefined, `${place}: a name beside an address`);
    return;
  }
  const data = textOf(part['file_data']);
  problems.expect(
    /^data:[\w.+-]+\/[\w.+-]+;base64,/.test(data),
    `${place}: file ${shown(data.slice(0, 60))}`,
  );
  problems.expect(textOf(part['filename']) !== '', `${place}: a file without name`);
}

function checkReasoning(problems: Problems, item: JsonObject, place: string): void {
  const pieces = [...objectsOf(item['summary']), ...objectsOf(item['content'])];
  problems.expect(Array.isArray(item['summary']), `${place}: reasoning without summary`);
  problems.expect(
    pieces.every(({ type }) => type === 'summary_text' || type === 'reasoning_text'),
    `${place}: reasoning ${shown(pieces)}`,
  );
  const sealed = textOf(item['encrypted_content']);
  // The beginning of an envelope in which seals travel through other clients.
  const genuine = sealed !== '' && !sealed.startsWith('WyJkZ20x');
  problems.expect(genuine, `${place}: encrypted content ${shown(sealed)}`);
}

/** Every call is answered, once, before anything else is said. */
function checkResults(problems: Problems, items: readonly JsonObject[]): void {
  let open = new Map<string, string>();
  for (const [index, item] of items.entries()) {
    const type = textOf(item['type']);
    const id = textOf(item['call_id']);
    if (type.endsWith('_call')) open.set(id, `${type}_output`);
    else if (type.endsWith('_output')) {
      problems.expect(open.get(id) === type, `input[${index}]: no open call ${id} for ${type}`);
      open.delete(id);
    } else if (item['role'] !== 'assistant' && type !== 'reasoning' && open.size > 0) {
      problems.expect(false, `input[${index}]: calls without result: ${[...open.keys()].join()}`);
      open = new Map();
    }
  }
  problems.expect(open.size === 0, `calls without result at the end: ${[...open.keys()].join()}`);
}

/** "provided without its required following item" */
function checkReasoningOrder(problems: Problems, items: readonly JsonObject[]): void {
  for (const [index, item] of items.entries()) {
    if (item['type'] !== 'reasoning') continue;
    const next = items[index + 1];
    const follows = next?.['role'] === 'assistant' || textOf(next?.['type']).endsWith('_call');
    problems.expect(follows, `input[${index}]: reasoning without what it led to`);
  }
}

function checkTools(problems: Problems, body: JsonObject): void {
  const tools = objectsOf(body['tools']);
  const names = tools.map((tool) => textOf(tool['name'])).filter((name) => name !== '');
  for (const tool of tools) checkTool(problems, tool);
  const unique = new Set(names).size === names.length;
  problems.expect(unique, `a tool name stands twice: ${names.join()}`);
  problems.expect(body['tools'] === undefined || tools.length > 0, 'tools is empty');
  const choice = body['tool_choice'];
  if (choice === undefined) return;
  problems.expect(tools.length > 0, 'tool_choice without tools');
  const wire = objectOf(choice);
  const chosen = wire['type'] === 'allowed_tools' ? objectsOf(wire['tools']) : [wire];
  const word = choice === 'auto' || choice === 'none' || choice === 'required';
  const known = chosen.every((tool) => names.includes(textOf(tool['name'])));
  problems.expect(word || known, `tool_choice ${shown(choice)}`);
}

function checkTool(problems: Problems, tool: JsonObject): void {
  const type = textOf(tool['type']);
  if (type === 'web_search') return;
  const name = textOf(tool['name']);
  problems.expect(toolName.test(name), `tool name ${shown(name)}`);
  if (type === 'custom') {
    const keys = ['type', 'name', 'description', 'format'];
    allowKeys(problems, tool, { place: `tool ${name}`, keys });
    return;
  }
  problems.expect(type === 'function', `tool type ${shown(type)}`);
  const keys = ['type', 'name', 'description', 'parameters', 'strict'];
  allowKeys(problems, tool, { place: `tool ${name}`, keys });
  checkSchema(problems, tool['parameters'], `tool ${name}`);
  // Left out, the schema is made strict.
  problems.expect(typeof tool['strict'] === 'boolean', `tool ${name}: strict is not said`);
  if (tool['strict'] === true) {
    checkStrict(problems, objectOf(tool['parameters']), `tool ${name}`);
  }
}

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

function checkSettings(problems: Problems, body: JsonObject): void {
  const reasons = /^(o\d|gpt-5|codex)/.test(textOf(body['model']));
  const reasoning = objectOf(body['reasoning']);
  const { effort } = reasoning;
  allowKeys(problems, reasoning, { place: 'reasoning', keys: ['effort', 'summary'] });
  const known = effort === undefined || efforts.includes(textOf(effort));
  problems.expect(known, `effort ${shown(effort)}`);
  if (reasons && effort !== undefined && effort !== 'none') {
    problems.expect(body['temperature'] === undefined, 'temperature for a model that reasons');
    problems.expect(body['top_p'] === undefined, 'top_p for a model that reasons');
  }
  const sealed = listOf(body['include']).includes('reasoning.encrypted_content');
  if (!reasons) {
    problems.expect(body['reasoning'] === undefined, 'reasoning of a model that does not reason');
    problems.expect(!sealed, 'seals of a model that does not reason');
  } else if (effort !== undefined && effort !== 'none') {
    problems.expect(sealed, 'reasoning that cannot be sent back, since it comes without its seal');
  }
  const temperature = numberOf(body['temperature']) ?? 0;
  problems.expect(temperature >= 0 && temperature <= 2, `temperature ${temperature}`);
  const limit = numberOf(body['max_output_tokens']) ?? 16;
  problems.expect(limit >= 16, `max_output_tokens ${limit}`);
  const text = objectOf(body['text']);
  allowKeys(problems, text, { place: 'text', keys: ['format', 'verbosity'] });
  const format = objectOf(text['format']);
  if (format['type'] === 'json_object') {
    // Instructions do not count.
    const named = /json/i.test(JSON.stringify(body['input']));
    problems.expect(named, 'plain JSON without the word in the input');
  }
  if (format['type'] !== 'json_schema') return;
  problems.expect(toolName.test(textOf(format['name'])), `schema name ${shown(format['name'])}`);
  checkSchema(problems, format['schema'], 'text.format');
  if (format['strict'] === true) checkStrict(problems, objectOf(format['schema']), 'text.format');
}
