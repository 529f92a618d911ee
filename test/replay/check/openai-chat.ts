/** What OpenAI's API accepts as a Chat Completions request, as far as its types and refusals tell. */

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
  'messages',
  'max_completion_tokens',
  'max_tokens',
  'temperature',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'seed',
  'logprobs',
  'top_logprobs',
  'n',
  'stop',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
  'verbosity',
  'modalities',
  'audio',
  'prediction',
  'web_search_options',
  'metadata',
  'store',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'service_tier',
];
const toolName = /^[a-zA-Z0-9_-]{1,64}$/;

export function checkChatRequest(body: JsonObject): readonly string[] {
  const problems = collectProblems();
  allowKeys(problems, body, { place: 'body', keys: topKeys });
  problems.expect(textOf(body['model']) !== '', 'no model');
  const messages = objectsOf(body['messages']);
  problems.expect(messages.length > 0, 'no messages');
  for (const [index, message] of messages.entries())
    checkMessage(problems, message, `messages[${index}]`);
  checkResults(problems, messages);
  checkTools(problems, body);
  checkSettings(problems, body);
  return problems.found;
}

const messageKeys: { readonly [role: string]: readonly string[] } = {
  system: ['role', 'content', 'name'],
  developer: ['role', 'content', 'name'],
  user: ['role', 'content', 'name'],
  assistant: ['role', 'content', 'name', 'refusal', 'tool_calls', 'audio', 'reasoning_content'],
  tool: ['role', 'content', 'tool_call_id'],
};

function checkMessage(problems: Problems, message: JsonObject, place: string): void {
  const role = textOf(message['role']);
  const keys = messageKeys[role];
  if (!problems.expect(keys !== undefined, `${place}: role ${shown(message['role'])}`)) return;
  allowKeys(problems, message, { place, keys: keys ?? [] });
  if (role === 'assistant') checkAssistant(problems, message, place);
  else
    checkContent(problems, message['content'], {
      place,
      parts: role === 'user' ? userParts : ['text'],
    });
  if (role !== 'tool' && role !== 'assistant') {
    problems.expect(message['content'] !== '', `${place}: empty content`);
  }
}

const userParts = ['text', 'image_url', 'input_audio', 'file'];

interface Place {
  readonly place: string;
  readonly parts: readonly string[];
}

function checkContent(
  problems: Problems,
  content: Json | undefined,
  { place, parts }: Place,
): void {
  if (typeof content === 'string') return;
  const list = objectsOf(content);
  problems.expect(list.length > 0, `${place}: content ${shown(content)}`);
  for (const part of list) {
    const type = textOf(part['type']);
    if (!problems.expect(parts.includes(type), `${place}: part ${type}`)) continue;
    allowKeys(problems, part, { place, keys: ['type', type, 'prompt_cache_breakpoint'] });
    if (type === 'text') problems.expect(textOf(part['text']) !== '', `${place}: empty text`);
    if (type === 'image_url') checkImage(problems, objectOf(part['image_url']), place);
    if (type === 'input_audio') {
      const format = objectOf(part['input_audio'])['format'];
      problems.expect(
        format === 'wav' || format === 'mp3',
        `${place}: audio format ${shown(format)}`,
      );
    }
    if (type === 'file') checkFile(problems, objectOf(part['file']), place);
  }
}

function checkImage(problems: Problems, image: JsonObject, place: string): void {
  allowKeys(problems, image, { place, keys: ['url', 'detail'] });
  const url = textOf(image['url']);
  const fair =
    /^https?:\/\//.test(url) ||
    /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+=*$/.test(url);
  problems.expect(fair, `${place}: image ${shown(url.slice(0, 60))}`);
}

function checkFile(problems: Problems, file: JsonObject, place: string): void {
  allowKeys(problems, file, { place, keys: ['file_data', 'filename', 'file_id'] });
  const data = textOf(file['file_data']);
  problems.expect(
    /^data:[\w.+-]+\/[\w.+-]+;base64,/.test(data),
    `${place}: file ${shown(data.slice(0, 60))}`,
  );
  problems.expect(textOf(file['filename']) !== '', `${place}: a file without name`);
}

function checkAssistant(problems: Problems, message: JsonObject, place: string): void {
  const calls = objectsOf(message['tool_calls']);
  const { content } = message;
  if (typeof content === 'object' && content !== null) {
    checkContent(problems, content, { place, parts: ['text', 'refusal'] });
  }
  const says = content !== undefined && content !== null && content !== '';
  problems.expect(
    says || calls.length > 0 || textOf(message['refusal']) !== '',
    `${place}: says nothing`,
  );
  problems.expect(
    message['tool_calls'] === undefined || calls.length > 0,
    `${place}: tool_calls is empty`,
  );
  for (const call of calls) {
    allowKeys(problems, call, {
      place,
      keys: ['id', 'type', 'function', 'custom', 'extra_content'],
    });
    problems.expect(textOf(call['id']) !== '', `${place}: a call without id`);
    if (call['type'] === 'custom') continue;
    const called = objectOf(call['function']);
    problems.expect(call['type'] === 'function', `${place}: call type ${shown(call['type'])}`);
    problems.expect(
      toolName.test(textOf(called['name'])),
      `${place}: name ${shown(called['name'])}`,
    );
    const args = called['arguments'];
    problems.expect(isObject(tryParse(textOf(args))), `${place}: arguments ${shown(args)}`);
  }
}

/** Every call is answered, once, by the tool messages right after it. */
function checkResults(problems: Problems, messages: readonly JsonObject[]): void {
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    if (message['role'] === 'tool') {
      const id = textOf(message['tool_call_id']);
      problems.expect(open.delete(id), `messages[${index}]: no open call ${id}`);
      continue;
    }
    problems.expect(
      open.size === 0,
      `messages[${index}]: calls without result: ${[...open].join()}`,
    );
    open = new Set(objectsOf(message['tool_calls']).map((call) => textOf(call['id'])));
  }
  problems.expect(open.size === 0, `calls without result at the end: ${[...open].join()}`);
}

function checkTools(problems: Problems, body: JsonObject): void {
  const names: string[] = [];
  for (const tool of objectsOf(body['tools'])) {
    if (tool['type'] === 'custom') {
      names.push(textOf(objectOf(tool['custom'])['name']));
      continue;
    }
    problems.expect(tool['type'] === 'function', `tool type ${shown(tool['type'])}`);
    allowKeys(problems, tool, { place: 'tool', keys: ['type', 'function'] });
    const called = objectOf(tool['function']);
    allowKeys(problems, called, {
      place: 'tool.function',
      keys: ['name', 'description', 'parameters', 'strict'],
    });
    const name = textOf(called['name']);
    names.push(name);
    problems.expect(toolName.test(name), `tool name ${shown(name)}`);
    if (called['parameters'] !== undefined)
      checkSchema(problems, called['parameters'], `tool ${name}`);
    if (called['strict'] === true)
      checkStrict(problems, objectOf(called['parameters']), `tool ${name}`);
  }
  problems.expect(
    new Set(names).size === names.length,
    `a tool name stands twice: ${names.join()}`,
  );
  problems.expect(body['tools'] === undefined || names.length > 0, 'tools is empty');
  const choice = body['tool_choice'];
  if (choice === undefined) return;
  problems.expect(names.length > 0, 'tool_choice without tools');
  const named = textOf(objectOf(objectOf(choice)['function'])['name']);
  const word = choice === 'auto' || choice === 'none' || choice === 'required';
  const allowed = objectOf(choice)['type'] === 'allowed_tools';
  problems.expect(word || allowed || names.includes(named), `tool_choice ${shown(choice)}`);
}

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

function checkSettings(problems: Problems, body: JsonObject): void {
  const reasons = /^(openai\/)?(o\d|gpt-5)/.test(textOf(body['model']));
  const effort = body['reasoning_effort'];
  problems.expect(
    effort === undefined || efforts.includes(textOf(effort)),
    `effort ${shown(effort)}`,
  );
  if (reasons && effort !== undefined && effort !== 'none') {
    problems.expect(body['temperature'] === undefined, 'temperature for a model that reasons');
    problems.expect(body['top_p'] === undefined, 'top_p for a model that reasons');
  }
  if (!reasons) problems.expect(effort === undefined, 'effort for a model that does not reason');
  const temperature = numberOf(body['temperature']) ?? 0;
  problems.expect(temperature >= 0 && temperature <= 2, `temperature ${temperature}`);
  problems.expect(listOf(body['stop']).length <= 4, `stop ${shown(body['stop'])}`);
  const limits = [body['max_tokens'], body['max_completion_tokens']].filter(
    (limit) => limit !== undefined,
  );
  problems.expect(limits.length <= 1, 'max_tokens beside max_completion_tokens');
  problems.expect(
    body['stream_options'] === undefined || body['stream'] === true,
    'stream_options without stream',
  );
  const format = objectOf(body['response_format']);
  if (format['type'] !== 'json_schema') return;
  const wire = objectOf(format['json_schema']);
  problems.expect(toolName.test(textOf(wire['name'])), `schema name ${shown(wire['name'])}`);
  checkSchema(problems, wire['schema'], 'response_format');
  if (wire['strict'] === true) checkStrict(problems, objectOf(wire['schema']), 'response_format');
}
