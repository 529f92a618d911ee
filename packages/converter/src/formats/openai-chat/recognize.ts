/** Whether a request is this format's: by its path, its headers, and what only its bodies hold. */
import type { Call, Probe, Recognition } from '../../format.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { filledIn, listOf, objectIn, objectsIn, textIn } from '../../openai/lenient.ts';

/** With and without `/v1`, since clients differ in what they take for the base; doubled by some. */
const generationPath = /^(?:\/openai)?(?:\/v1){0,2}\/chat\/completions\/?$/;

/** Azure names the model in the path. */
const deploymentPath = /^\/openai\/deployments\/([^/]+)\/chat\/completions\/?$/;

const siblings: readonly RegExp[] = [
  /^(?:\/openai)?(?:\/v1){0,2}\/(?:completions|embeddings|moderations)(?:\/|$)/,
  // Behind a colon stands a method of Google's, unless the model is a tuned one.
  /^(?:\/openai)?(?:\/v1){0,2}\/models(?:\/(?:ft:.*|[^:]*))?$/,
  /^(?:\/v1){0,2}\/(?:assistants|audio|batches|files|images|realtime|threads)(?:\/|$)/,
  /^(?:\/v1){0,2}\/chat\/completions\//,
  /^\/openai\/deployments\//,
  // Google's own endpoint for OpenAI's clients.
  /^\/v1beta\/openai\//,
];

export function recognize(probe: Probe): Recognition {
  return {
    path() {
      return probe.method === 'POST' ? callOf(probe.path) : undefined;
    },
    sibling: () => siblings.some((path) => path.test(probe.path)),
    header() {
      return ['openai-organization', 'openai-project'].find(
        (name) => probe.header(name) !== undefined,
      );
    },
    body() {
      return probe.body === undefined ? [] : marksOf(probe.body);
    },
  };
}

function callOf(path: string): Call | undefined {
  if (generationPath.test(path)) return {};
  const deployment = deploymentPath.exec(path)?.[1];
  return deployment === undefined ? undefined : { model: deployment };
}

const ownFields: readonly string[] = [
  'stream_options',
  'max_completion_tokens',
  'response_format',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'logprobs',
  'n',
  'functions',
  'function_call',
  'parallel_tool_calls',
  'reasoning_effort',
];

function marksOf(body: JsonObject): readonly string[] {
  const messages = listOf(body['messages']);
  if (messages.length === 0) return [];
  const fields = ownFields.filter((name) => body[name] !== undefined && body[name] !== null);
  // One mark settles it; these cost nothing to find.
  if (fields.length > 0) return fields;
  const [first] = messages;
  const role = isObject(first) ? textIn(first, 'role') : undefined;
  if (role === 'system' || role === 'developer') return [`messages[0].role=${role}`];
  const tools = objectsIn(body, 'tools').slice(0, 3);
  const hasTools = tools.some((tool) => objectIn(tool, 'function') ?? objectIn(tool, 'custom'));
  // Long histories are all of one kind: the first and the last messages tell.
  const looked = messages.length <= 8 ? messages : [...messages.slice(0, 4), ...messages.slice(-4)];
  return [
    ...(hasTools ? ['tools[].function'] : []),
    ...new Set(looked.flatMap((message) => (isObject(message) ? marksOfMessage(message) : []))),
  ];
}

const ownRoles: ReadonlySet<string> = new Set(['tool', 'function']);
const ownParts: ReadonlySet<string> = new Set(['image_url', 'input_audio', 'file', 'refusal']);

function marksOfMessage(message: JsonObject): readonly string[] {
  const role = textIn(message, 'role') ?? '';
  const parts = objectsIn(message, 'content').map((part) => filledIn(part, 'type') ?? '');
  return [
    ...(ownRoles.has(role) ? [`messages[].role=${role}`] : []),
    ...(Array.isArray(message['tool_calls']) ? ['messages[].tool_calls'] : []),
    ...parts.filter((type) => ownParts.has(type)).map((type) => `content[].type=${type}`),
  ];
}
