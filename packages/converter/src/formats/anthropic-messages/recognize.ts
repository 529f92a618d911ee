/** Tells requests of this format from others: by path and method, by headers, by fields of the body. */
import type { Probe, Recognition } from '../../format.ts';
import { isObject, type JsonObject } from '../../json.ts';

/** Also without a version, or with two: a base URL with a version under a client that adds its own. */
const generation = /^(?:\/v1){0,2}\/messages\/?$/;

/** `/v1/models` is OpenAI's as well. */
const siblings: readonly RegExp[] = [
  /^(?:\/v1){0,2}\/messages\//,
  /^(?:\/v1){0,2}\/(?:complete|organizations|skills)(?:\/|$)/,
  /^(?:\/v1){0,2}\/models(?:\/[^:]*)?$/,
];

const ownHeaders = ['anthropic-version', 'anthropic-beta'];

const ownFields = ['stop_sequences', 'output_config', 'context_management', 'mcp_servers'];

const ownChoices: ReadonlySet<unknown> = new Set(['auto', 'any', 'tool', 'none']);

const ownBlocks: ReadonlySet<unknown> = new Set([
  'tool_use',
  'tool_result',
  'redacted_thinking',
  'server_tool_use',
  'document',
  'search_result',
]);

const MESSAGES_AT_EACH_END = 4;

export function recognize(probe: Probe): Recognition {
  return {
    path() {
      return probe.method === 'POST' && generation.test(probe.path) ? {} : undefined;
    },
    sibling: () => siblings.some((path) => path.test(probe.path)),
    header() {
      return ownHeaders.find((name) => probe.header(name) !== undefined);
    },
    body() {
      return probe.body === undefined ? [] : marksOf(probe.body);
    },
  };
}

function marksOf(body: JsonObject): readonly string[] {
  const messages = body['messages'];
  if (!Array.isArray(messages)) return [];
  const marks = ownFields.filter((field) => isPresent(body[field]));
  if (isPresent(body['system'])) marks.push('system');
  const choice = body['tool_choice'];
  if (isObject(choice) && ownChoices.has(choice['type'])) marks.push('tool_choice.type');
  const tools = Array.isArray(body['tools']) ? body['tools'] : [];
  if (tools.some((tool) => isObject(tool) && isObject(tool['input_schema']))) {
    marks.push('tools[].input_schema');
  }
  const metadata = body['metadata'];
  if (isObject(metadata) && isPresent(metadata['user_id'])) marks.push('metadata.user_id');
  const ends = new Set([
    ...messages.slice(0, MESSAGES_AT_EACH_END),
    ...messages.slice(-MESSAGES_AT_EACH_END),
  ]);
  if ([...ends].some(hasOwnBlock)) marks.push('messages[].content[].type');
  return marks;
}

function hasOwnBlock(message: unknown): boolean {
  if (!isObject(message) || !Array.isArray(message['content'])) return false;
  return message['content'].some((block: unknown) => {
    if (!isObject(block)) return false;
    if (block['type'] === 'image') return isObject(block['source']);
    // Others have thinking blocks too, but none that are signed.
    if (block['type'] === 'thinking') return block['signature'] !== undefined;
    return ownBlocks.has(block['type']);
  });
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
