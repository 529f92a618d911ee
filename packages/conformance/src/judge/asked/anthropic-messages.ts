/** Reads what a Messages request asks for. */
import {
  type Json,
  type JsonObject,
  listOf,
  numberOf,
  objectOf,
  objectsOf,
  textOf,
  wordOf,
} from '../json.ts';
import {
  type Asked,
  type AskedChoice,
  type AskedMedia,
  mediaOfBytes,
  mediaOfText,
} from './asked.ts';
import {
  type Conversation,
  createConversation,
  plainResult,
  propertiesOf,
} from './conversation.ts';

export function readMessagesRequest(body: JsonObject): Asked {
  const conversation = createConversation();
  const { system: instructions } = body;
  if (typeof instructions === 'string') conversation.system(instructions);
  for (const block of objectsOf(instructions)) {
    const text = textOf(block['text']);
    // A line for Anthropic's accounting, which changes with every request and instructs nobody.
    if (!text.startsWith('x-anthropic-billing-header')) conversation.system(text);
  }
  for (const message of objectsOf(body['messages'])) readMessage(conversation, message);
  const { system, turns } = conversation.finish();
  const tools = objectsOf(body['tools']);
  return {
    system,
    turns,
    tools: tools.filter(isClientTool).map((tool) => ({
      name: textOf(tool['name']),
      description: textOf(tool['description']).trim(),
      properties: propertiesOf(tool['input_schema']),
      custom: false,
    })),
    serverTools: tools.filter((tool) => !isClientTool(tool)).map(serverToolName),
    choice: choiceOf(objectOf(body['tool_choice'])),
    sampling: {
      temperature: numberOf(body['temperature']),
      topP: numberOf(body['top_p']),
      topK: numberOf(body['top_k']),
      presencePenalty: undefined,
      frequencyPenalty: undefined,
      seed: undefined,
    },
    outputTokensMax: numberOf(body['max_tokens']),
    stop: listOf(body['stop_sequences']).map(wordOf),
    output: outputOf(objectOf(objectOf(body['output_config'])['format'])),
    reasoning: reasoningOf(body),
    candidates: 1,
    logprobs: false,
    stream: body['stream'] === true,
    needs: needsOf(body),
  };
}

function isClientTool(tool: JsonObject): boolean {
  return tool['type'] === undefined || tool['type'] === null || tool['type'] === 'custom';
}

function serverToolName(tool: JsonObject): string {
  const name = textOf(tool['type']).replace(/_\d{8}$/, '');
  return name === 'web_search' ? 'web-search' : name;
}

function readMessage(conversation: Conversation, message: JsonObject): void {
  const { role, content } = message;
  const blocks: readonly JsonObject[] =
    typeof content === 'string' ? [{ type: 'text', text: content }] : objectsOf(content);
  if (role === 'system') {
    for (const block of blocks) conversation.system(textOf(block['text']));
    return;
  }
  for (const block of blocks)
    readBlock(conversation, role === 'assistant' ? 'assistant' : 'user', block);
}

function readBlock(
  conversation: Conversation,
  role: 'user' | 'assistant',
  block: JsonObject,
): void {
  const { type } = block;
  if (type === 'text') conversation.text(role, textOf(block['text']));
  else if (type === 'tool_use') {
    conversation.call(textOf(block['id']), textOf(block['name']), block['input'] ?? {});
  } else if (type === 'tool_result') readResult(conversation, block);
  else if (type === 'image' || type === 'document') conversation.media(role, mediaOf(block));
  else if (type !== 'thinking' && type !== 'redacted_thinking') conversation.loosen(role);
}

function readResult(conversation: Conversation, block: JsonObject): void {
  const { content } = block;
  const blocks = objectsOf(content);
  const media = blocks.filter(({ type }) => type === 'image' || type === 'document').map(mediaOf);
  const texts = blocks
    .map((inner) => textOf(inner['text']) || textOf(inner['tool_name']))
    .filter(Boolean);
  const text = typeof content === 'string' ? content : texts.join('\n');
  const link = { id: textOf(block['tool_use_id']), name: '' };
  conversation.result(link, plainResult(text, block['is_error'] === true, media));
}

function mediaOf(block: JsonObject): AskedMedia {
  const source = objectOf(block['source']);
  const media = block['type'] === 'image' ? 'image' : 'document';
  const kind = source['type'];
  if (kind === 'text') return mediaOfText(textOf(source['data']));
  if (kind === 'base64')
    return mediaOfBytes(media, textOf(source['media_type']), textOf(source['data']));
  if (kind === 'url') {
    return { media, source: 'url', key: textOf(source['url']), mime: '', text: undefined };
  }
  return { media, source: 'file', key: textOf(source['file_id']), mime: '', text: undefined };
}

function choiceOf(choice: JsonObject): AskedChoice {
  const single = choice['disable_parallel_tool_use'] === true;
  if (choice['type'] === 'none') return { mode: 'none', names: [], single };
  if (choice['type'] === 'any') return { mode: 'required', names: [], single };
  if (choice['type'] === 'tool')
    return { mode: 'required', names: [textOf(choice['name'])], single };
  return { mode: 'auto', names: [], single };
}

function outputOf(format: JsonObject): Asked['output'] {
  if (format['type'] !== 'json_schema') return undefined;
  return { type: 'schema', properties: propertiesOf(format['schema']) };
}

function reasoningOf(body: JsonObject): Asked['reasoning'] {
  const thinking = objectOf(body['thinking']);
  if (thinking['type'] === 'disabled') return 'off';
  if (thinking['type'] === 'enabled') return 'on';
  return textOf(objectOf(body['output_config'])['effort']) === '' ? 'unsaid' : 'on';
}

function needsOf(body: JsonObject): readonly string[] {
  const needs: string[] = [];
  if (listOf(body['mcp_servers']).length > 0) needs.push('mcp_servers');
  if (body['container'] !== undefined && body['container'] !== null) needs.push('container');
  const blocks: readonly Json[] = objectsOf(body['messages']).flatMap(({ content }) =>
    listOf(content),
  );
  if (objectsOf(blocks).some(({ type }) => type === 'container_upload'))
    needs.push('container_upload');
  return needs;
}
