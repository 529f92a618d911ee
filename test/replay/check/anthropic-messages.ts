/** What Anthropic's API accepts as a Messages request, as far as its types and refusals tell. */

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
} from '../json.ts';
import { allowKeys, checkSchema } from './keys.ts';

const topKeys = [
  'model',
  'messages',
  'max_tokens',
  'system',
  'stop_sequences',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'thinking',
  'output_config',
  'tools',
  'tool_choice',
  'metadata',
  'service_tier',
  'speed',
  'cache_control',
];
const idPattern = /^[a-zA-Z0-9_-]+$/;

export function checkMessagesRequest(body: JsonObject): readonly string[] {
  const problems = collectProblems();
  allowKeys(problems, body, { place: 'body', keys: topKeys });
  problems.expect(textOf(body['model']) !== '', 'no model');
  const limit = numberOf(body['max_tokens']) ?? 0;
  problems.expect(Number.isInteger(limit) && limit > 0, `max_tokens ${limit}`);
  checkSystem(problems, body['system']);
  checkMessages(problems, objectsOf(body['messages']));
  checkTools(problems, body);
  checkSettings(problems, body);
  const breakpoints = JSON.stringify(body).split('"cache_control"').length - 1;
  problems.expect(breakpoints <= 4, `${breakpoints} cache breakpoints`);
  return problems.found;
}

function checkSystem(problems: Problems, system: Json | undefined): void {
  if (system === undefined) return;
  if (typeof system === 'string') {
    problems.expect(system.trim() !== '', 'system is empty');
    return;
  }
  const blocks = objectsOf(system);
  problems.expect(blocks.length > 0, 'system is empty');
  for (const block of blocks) {
    allowKeys(problems, block, { place: 'system', keys: ['type', 'text', 'cache_control'] });
    problems.expect(
      block['type'] === 'text' && textOf(block['text']).trim() !== '',
      `system ${shown(block)}`,
    );
  }
}

function checkMessages(problems: Problems, messages: readonly JsonObject[]): void {
  problems.expect(messages.length > 0, 'no messages');
  problems.expect(messages[0]?.['role'] === 'user', 'the first turn is not the user’s');
  let before: Json | undefined;
  let open: readonly string[] = [];
  for (const [index, message] of messages.entries()) {
    const place = `messages[${index}]`;
    const { role, content } = message;
    allowKeys(problems, message, { place, keys: ['role', 'content'] });
    problems.expect(role === 'user' || role === 'assistant', `${place}: role ${shown(role)}`);
    problems.expect(role !== before, `${place}: ${shown(role)} follows itself`);
    before = role;
    const blocks =
      typeof content === 'string' ? [{ type: 'text', text: content }] : objectsOf(content);
    problems.expect(blocks.length > 0, `${place}: no content`);
    for (const block of blocks) checkBlock(problems, block, { place, role });
    checkResults(problems, blocks, { place, open });
    open = blocks
      .filter((block) => block['type'] === 'tool_use')
      .map((block) => textOf(objectOf(block)['id']));
    problems.expect(new Set(open).size === open.length, `${place}: a call id stands twice`);
  }
  problems.expect(open.length === 0, `calls without result at the end: ${open.join()}`);
  const last = messages.at(-1);
  if (last?.['role'] !== 'assistant') return;
  const text = textOf(objectsOf(last['content']).at(-1)?.['text'] ?? last['content']);
  problems.expect(text === text.trimEnd(), 'the prefill ends in white space');
}

interface Results {
  readonly place: string;
  readonly open: readonly string[];
}

/** One result for each call of the turn before, and all of them before anything else. */
function checkResults(
  problems: Problems,
  blocks: readonly JsonObject[],
  { place, open }: Results,
): void {
  const types = blocks.map((block) => block['type']);
  const ids = blocks
    .filter(({ type }) => type === 'tool_result')
    .map((block) => textOf(block['tool_use_id']));
  const same = ids.toSorted().join() === open.toSorted().join();
  problems.expect(same, `${place}: results ${ids.join()} for calls ${open.join()}`);
  const leading = types.slice(0, ids.length).every((type) => type === 'tool_result');
  problems.expect(leading, `${place}: something stands before a result`);
}

interface Where {
  readonly place: string;
  readonly role: Json | undefined;
}

const userBlocks = ['text', 'image', 'document', 'tool_result'];
const assistantBlocks = ['text', 'tool_use', 'thinking', 'redacted_thinking'];

function checkBlock(problems: Problems, block: JsonObject, { place, role }: Where): void {
  const type = textOf(block['type']);
  const allowed = role === 'user' ? userBlocks : assistantBlocks;
  problems.expect(allowed.includes(type), `${place}: block ${type} of ${shown(role)}`);
  if (type === 'text') {
    allowKeys(problems, block, { place, keys: ['type', 'text', 'cache_control'] });
    problems.expect(textOf(block['text']).trim() !== '', `${place}: blank text`);
  } else if (type === 'image' || type === 'document') checkMedia(problems, block, place);
  else if (type === 'tool_use') {
    allowKeys(problems, block, { place, keys: ['type', 'id', 'name', 'input', 'cache_control'] });
    problems.expect(idPattern.test(textOf(block['id'])), `${place}: id ${shown(block['id'])}`);
    problems.expect(
      /^[a-zA-Z0-9_-]{1,128}$/.test(textOf(block['name'])),
      `${place}: name ${shown(block['name'])}`,
    );
    problems.expect(isObject(block['input']), `${place}: input ${shown(block['input'])}`);
  } else if (type === 'tool_result') checkResult(problems, block, place);
}

function checkResult(problems: Problems, block: JsonObject, place: string): void {
  allowKeys(problems, block, {
    place,
    keys: ['type', 'tool_use_id', 'content', 'is_error', 'cache_control'],
  });
  problems.expect(
    idPattern.test(textOf(block['tool_use_id'])),
    `${place}: id ${shown(block['tool_use_id'])}`,
  );
  for (const inner of objectsOf(block['content'])) {
    const type = textOf(inner['type']);
    problems.expect(['text', 'image', 'document'].includes(type), `${place}: ${type} in a result`);
    if (type === 'text')
      problems.expect(textOf(inner['text']).trim() !== '', `${place}: blank text in a result`);
    else checkMedia(problems, inner, place);
  }
}

const imageTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];

function checkMedia(problems: Problems, block: JsonObject, place: string): void {
  allowKeys(problems, block, {
    place,
    keys: ['type', 'source', 'title', 'context', 'citations', 'cache_control'],
  });
  const source = objectOf(block['source']);
  const mime = textOf(source['media_type']);
  if (source['type'] === 'url') {
    problems.expect(
      /^https?:/.test(textOf(source['url'])),
      `${place}: address ${shown(source['url'])}`,
    );
  } else if (source['type'] === 'text') {
    problems.expect(
      block['type'] === 'document' && mime === 'text/plain',
      `${place}: text source ${mime}`,
    );
  } else {
    problems.expect(source['type'] === 'base64', `${place}: source ${shown(source['type'])}`);
    const fair = block['type'] === 'image' ? imageTypes.includes(mime) : mime === 'application/pdf';
    problems.expect(fair, `${place}: media type ${mime}`);
    problems.expect(
      /^[A-Za-z0-9+/]+=*$/.test(textOf(source['data'])),
      `${place}: data is no base64`,
    );
  }
}

function checkTools(problems: Problems, body: JsonObject): void {
  const names: string[] = [];
  for (const tool of objectsOf(body['tools'])) {
    const name = textOf(tool['name']);
    names.push(name);
    if (/^web_search_\d{8}$/.test(textOf(tool['type']))) continue;
    const keys = ['name', 'description', 'input_schema', 'strict', 'cache_control', 'type'];
    allowKeys(problems, tool, { place: `tool ${name}`, keys });
    problems.expect(/^[a-zA-Z0-9_-]{1,128}$/.test(name), `tool name ${shown(name)}`);
    checkSchema(problems, tool['input_schema'], `tool ${name}`);
  }
  problems.expect(
    new Set(names).size === names.length,
    `a tool name stands twice: ${names.join()}`,
  );
  problems.expect(body['tools'] === undefined || names.length > 0, 'tools is empty');
  if (body['tool_choice'] === undefined) return;
  problems.expect(names.length > 0, 'tool_choice without tools');
  const choice = objectOf(body['tool_choice']);
  allowKeys(problems, choice, {
    place: 'tool_choice',
    keys: ['type', 'name', 'disable_parallel_tool_use'],
  });
  const type = textOf(choice['type']);
  const fair =
    ['auto', 'any', 'none'].includes(type) ||
    (type === 'tool' && names.includes(textOf(choice['name'])));
  problems.expect(fair, `tool_choice ${shown(choice)}`);
}

function checkSettings(problems: Problems, body: JsonObject): void {
  const thinking = objectOf(body['thinking']);
  const thinks = thinking['type'] === 'enabled' || thinking['type'] === 'adaptive';
  if (thinking['type'] === 'enabled') {
    const budget = numberOf(thinking['budget_tokens']) ?? 0;
    const limit = numberOf(body['max_tokens']) ?? 0;
    problems.expect(
      budget >= 1024 && budget < limit,
      `a budget of ${budget} with max_tokens ${limit}`,
    );
  }
  if (thinks) {
    const forced = ['any', 'tool'].includes(textOf(objectOf(body['tool_choice'])['type']));
    problems.expect(!forced, 'thinking with a forced tool');
    problems.expect(
      body['temperature'] === undefined && body['top_k'] === undefined,
      'sampling with thinking',
    );
  }
  const temperature = numberOf(body['temperature']) ?? 0;
  problems.expect(temperature >= 0 && temperature <= 1, `temperature ${temperature}`);
  const both = body['temperature'] !== undefined && body['top_p'] !== undefined;
  problems.expect(!both, 'temperature beside top_p');
  const stops = listOf(body['stop_sequences']);
  problems.expect(
    stops.every((stop) => textOf(stop).trim() !== ''),
    `stop_sequences ${shown(stops)}`,
  );
  const output = objectOf(body['output_config']);
  allowKeys(problems, output, { place: 'output_config', keys: ['effort', 'format'] });
  const format = objectOf(output['format']);
  if (output['format'] === undefined) return;
  problems.expect(format['type'] === 'json_schema', `output format ${shown(format['type'])}`);
  checkSchema(problems, format['schema'], 'output_config.format');
}
