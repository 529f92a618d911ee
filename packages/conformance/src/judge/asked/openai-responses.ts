/** Reads what a Responses request asks for. */
import {
  type Json,
  type JsonObject,
  listOf,
  numberOf,
  objectOf,
  objectsOf,
  textOf,
} from '../json.ts';
import {
  type Asked,
  type AskedChoice,
  type AskedMedia,
  type AskedTool,
  mediaKind,
  mediaOfBytes,
  readDataUrl,
} from './asked.ts';
import {
  argumentsOf,
  type Conversation,
  createConversation,
  plainResult,
  propertiesOf,
} from './conversation.ts';

export function readResponsesRequest(body: JsonObject): Asked {
  const conversation = createConversation();
  conversation.system(textOf(body['instructions']));
  const { input } = body;
  if (typeof input === 'string') conversation.text('user', input);
  for (const item of objectsOf(input)) readItem(conversation, item);
  const { system, turns } = conversation.finish();
  const tools = offeredTools(body);
  return {
    system,
    turns,
    tools: tools.filter(isClientTool).map(toolOf),
    serverTools: tools.filter((tool) => !isClientTool(tool)).map(serverToolName),
    choice: choiceOf(body),
    sampling: {
      temperature: numberOf(body['temperature']),
      topP: numberOf(body['top_p']),
      topK: undefined,
      presencePenalty: undefined,
      frequencyPenalty: undefined,
      seed: undefined,
    },
    outputTokensMax: numberOf(body['max_output_tokens']),
    stop: [],
    output: outputOf(objectOf(objectOf(body['text'])['format'])),
    reasoning: reasoningOf(objectOf(body['reasoning'])),
    candidates: 1,
    logprobs: listOf(body['include']).includes('message.output_text.logprobs'),
    stream: body['stream'] === true,
    needs: needsOf(body),
  };
}

function readItem(conversation: Conversation, item: JsonObject): void {
  const type = textOf(item['type']) || 'message';
  const id = textOf(item['call_id']);
  if (type === 'message') readMessage(conversation, item);
  else if (type === 'function_call') {
    const args = textOf(item['arguments']);
    // What languages whose empty maps are lists write for no arguments.
    conversation.call(id, textOf(item['name']), args === '[]' ? {} : argumentsOf(args));
  } else if (type === 'custom_tool_call') {
    conversation.call(id, textOf(item['name']), { input: textOf(item['input']) });
  } else if (type === 'function_call_output' || type === 'custom_tool_call_output') {
    readResult(conversation, id, item['output']);
  } else if (isClientSearch(item) && type === 'tool_search_call') {
    // What it found stands among the tools; its result is told in whatever words.
    conversation.call(id, 'tool_search', item['arguments'] ?? {});
  } else if (type !== 'reasoning' && type !== 'additional_tools') {
    // What the provider's own tools did is no part of the conversation elsewhere.
    conversation.loosen('assistant');
  }
}

function readMessage(conversation: Conversation, message: JsonObject): void {
  const { role, content } = message;
  const parts: readonly JsonObject[] =
    typeof content === 'string' ? [{ type: 'input_text', text: content }] : objectsOf(content);
  if (role === 'system' || role === 'developer') {
    for (const part of parts) conversation.system(textOf(part['text']));
    return;
  }
  const side = role === 'assistant' ? 'assistant' : 'user';
  for (const part of parts) {
    const media = mediaOf(part);
    if (media !== undefined) conversation.media(side, media);
    else conversation.text(side, textOf(part['text']) || textOf(part['refusal']));
  }
}

function readResult(conversation: Conversation, id: string, output: Json | undefined): void {
  const parts = objectsOf(output);
  const media = parts.map(mediaOf).filter((part) => part !== undefined);
  const texts = parts.map((part) => textOf(part['text'])).filter(Boolean);
  const text = typeof output === 'string' ? output : texts.join('\n');
  conversation.result({ id, name: '' }, plainResult(text, false, media));
}

function mediaOf(part: JsonObject): AskedMedia | undefined {
  const image = part['type'] === 'input_image';
  if (!image && part['type'] !== 'input_file') return undefined;
  const media = image ? 'image' : 'document';
  const url = textOf(part['image_url']) || textOf(part['file_url']);
  const data = readDataUrl(url || textOf(part['file_data']));
  if (data !== undefined) {
    return mediaOfBytes(image ? 'image' : mediaKind(data.mime), data.mime, data.data);
  }
  if (url !== '') return { media, source: 'url', key: url, mime: '', text: undefined };
  if (part['file_data'] !== undefined) return mediaOfBytes(media, '', textOf(part['file_data']));
  return { media, source: 'file', key: textOf(part['file_id']), mime: '', text: undefined };
}

/** Tools may also be offered, or found by a search, in the middle of a conversation. */
function offeredTools(body: JsonObject): readonly JsonObject[] {
  const later = objectsOf(body['input']).filter(({ type }) => bringsTools.has(textOf(type)));
  const listed = flatTools(objectsOf(body['tools']));
  const known = new Set(listed.map(({ name }) => name));
  const found = later.flatMap(({ tools }) => flatTools(objectsOf(tools)));
  const added = new Map(found.map((tool) => [tool['name'], tool]));
  return [...listed, ...[...added.values()].filter(({ name }) => !known.has(name))];
}

const bringsTools: ReadonlySet<string> = new Set(['additional_tools', 'tool_search_output']);

/** Elsewhere names stand in no name spaces; what a search finds stands in one of its own name. */
function flatTools(tools: readonly JsonObject[]): readonly JsonObject[] {
  return tools.flatMap((tool) => {
    if (tool['type'] !== 'namespace') return [tool];
    const space = textOf(tool['name']);
    return objectsOf(tool['tools']).map((inner) => {
      const name = textOf(inner['name']);
      return { ...inner, name: name === space ? name : `${space}__${name}` };
    });
  });
}

function isClientTool(tool: JsonObject): boolean {
  return tool['type'] === 'function' || tool['type'] === 'custom' || isClientSearch(tool);
}

function isClientSearch({ execution }: JsonObject): boolean {
  return execution === 'client';
}

function toolOf(tool: JsonObject): AskedTool {
  const custom = tool['type'] === 'custom';
  return {
    name: textOf(tool['name']) || textOf(tool['type']),
    description: textOf(tool['description']).trim(),
    properties: custom ? ['input'] : propertiesOf(tool['parameters']),
    custom,
  };
}

function serverToolName(tool: JsonObject): string {
  const type = textOf(tool['type']);
  return type.startsWith('web_search') ? 'web-search' : type;
}

function choiceOf(body: JsonObject): AskedChoice {
  const choice = body['tool_choice'] ?? 'auto';
  const single = body['parallel_tool_calls'] === false;
  if (choice === 'none') return { mode: 'none', names: [], single };
  if (choice === 'required') return { mode: 'required', names: [], single };
  const wire = objectOf(choice);
  if (wire['type'] === 'allowed_tools') {
    const names = objectsOf(wire['tools']).map((tool) => textOf(tool['name']));
    return { mode: wire['mode'] === 'required' ? 'required' : 'auto', names, single };
  }
  const name = textOf(wire['name']);
  return name === ''
    ? { mode: 'auto', names: [], single }
    : { mode: 'required', names: [name], single };
}

function outputOf(format: JsonObject): Asked['output'] {
  if (format['type'] === 'json_object') return { type: 'json', properties: [] };
  if (format['type'] !== 'json_schema') return undefined;
  return { type: 'schema', properties: propertiesOf(format['schema']) };
}

function reasoningOf({ effort }: JsonObject): Asked['reasoning'] {
  if (textOf(effort) === '') return 'unsaid';
  return effort === 'none' ? 'off' : 'on';
}

/** What is kept at the provider and nowhere else. */
const keptFields = ['previous_response_id', 'conversation', 'prompt'];
const keptItems = ['item_reference', 'compaction'];

function needsOf(body: JsonObject): readonly string[] {
  const needs = keptFields.filter((field) => (body[field] ?? null) !== null);
  if (body['background'] === true) needs.push('background');
  const types = objectsOf(body['input']).map(({ type }) => textOf(type));
  needs.push(...keptItems.filter((type) => types.includes(type)));
  return needs;
}
