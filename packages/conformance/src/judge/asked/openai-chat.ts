/** Reads what a Chat Completions request asks for. */
import { type JsonObject, listOf, numberOf, objectOf, objectsOf, textOf, wordOf } from '../json.ts';
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

export function readChatRequest(body: JsonObject): Asked {
  const conversation = createConversation();
  for (const message of objectsOf(body['messages'])) readMessage(conversation, message);
  const { system, turns } = conversation.finish();
  return {
    system,
    turns,
    tools: toolsOf(body),
    serverTools: serverToolsOf(body),
    choice: choiceOf(body),
    sampling: {
      temperature: numberOf(body['temperature']),
      topP: numberOf(body['top_p']),
      topK: undefined,
      presencePenalty: numberOf(body['presence_penalty']),
      frequencyPenalty: numberOf(body['frequency_penalty']),
      // Mistral's name of the same thing.
      seed: numberOf(body['seed']) ?? numberOf(body['random_seed']),
    },
    outputTokensMax: numberOf(body['max_completion_tokens']) ?? numberOf(body['max_tokens']),
    stop: typeof body['stop'] === 'string' ? [body['stop']] : listOf(body['stop']).map(wordOf),
    output: outputOf(objectOf(body['response_format'])),
    reasoning: reasoningOf(body),
    candidates: numberOf(body['n']) ?? 1,
    logprobs: body['logprobs'] === true,
    stream: body['stream'] === true,
    needs: needsOf(body),
  };
}

function readMessage(conversation: Conversation, message: JsonObject): void {
  const role = textOf(message['role']);
  const { content } = message;
  if (role === 'system' || role === 'developer') {
    if (typeof content === 'string') conversation.system(content);
    for (const part of objectsOf(content)) conversation.system(textOf(part['text']));
  } else if (role === 'tool' || role === 'function') {
    const text = typeof content === 'string' ? content : textsOf(message).join('\n');
    const link = { id: textOf(message['tool_call_id']), name: textOf(message['name']) };
    conversation.result(link, plainResult(text, false, []));
  } else {
    readTurn(conversation, role === 'assistant' ? 'assistant' : 'user', message);
  }
}

function textsOf(message: JsonObject): readonly string[] {
  return objectsOf(message['content']).map((part) => textOf(part['text']));
}

function readTurn(
  conversation: Conversation,
  role: 'user' | 'assistant',
  message: JsonObject,
): void {
  const { content } = message;
  if (typeof content === 'string') conversation.text(role, content);
  for (const part of objectsOf(content)) {
    const media = mediaOf(part);
    if (media === undefined)
      conversation.text(role, textOf(part['text']) || textOf(part['refusal']));
    else conversation.media(role, media);
  }
  conversation.text(role, textOf(message['refusal']));
  for (const call of role === 'assistant' ? objectsOf(message['tool_calls']) : []) {
    const custom = call['type'] === 'custom';
    const called = objectOf(custom ? call['custom'] : call['function']);
    const args = custom
      ? { input: textOf(called['input']) }
      : argumentsOf(textOf(called['arguments']));
    conversation.call(textOf(call['id']), textOf(called['name']), args);
  }
  const legacy = objectOf(message['function_call']);
  if (textOf(legacy['name']) !== '') {
    conversation.call('', textOf(legacy['name']), argumentsOf(textOf(legacy['arguments'])));
  }
}

function mediaOf(part: JsonObject): AskedMedia | undefined {
  if (part['type'] === 'image_url') {
    const { image_url: image } = part;
    return mediaOfUrl('image', textOf(image) || textOf(objectOf(image)['url']));
  }
  if (part['type'] === 'video_url')
    return mediaOfUrl('video', textOf(objectOf(part['video_url'])['url']));
  if (part['type'] === 'input_audio') {
    const audio = objectOf(part['input_audio']);
    const format = textOf(audio['format']);
    return mediaOfBytes(
      'audio',
      format === 'mp3' ? 'audio/mpeg' : `audio/${format}`,
      textOf(audio['data']),
    );
  }
  if (part['type'] !== 'file') return undefined;
  const file = objectOf(part['file']);
  const data = textOf(file['file_data']);
  if (data !== '') return mediaOfUrl('document', data);
  return {
    media: 'document',
    source: 'file',
    key: textOf(file['file_id']),
    mime: '',
    text: undefined,
  };
}

function mediaOfUrl(media: AskedMedia['media'], url: string): AskedMedia {
  const data = readDataUrl(url);
  if (data !== undefined) {
    return mediaOfBytes(media === 'document' ? mediaKind(data.mime) : media, data.mime, data.data);
  }
  if (/^https?:/.test(url)) return { media, source: 'url', key: url, mime: '', text: undefined };
  return mediaOfBytes(media, '', url);
}

function toolsOf(body: JsonObject): readonly AskedTool[] {
  const tools: AskedTool[] = [];
  for (const tool of objectsOf(body['tools'])) {
    if (tool['type'] === 'custom') {
      const custom = objectOf(tool['custom']);
      tools.push({ ...named(custom), properties: ['input'], custom: true });
    } else if (tool['function'] !== undefined) {
      const called = objectOf(tool['function']);
      tools.push({
        ...named(called),
        properties: propertiesOf(called['parameters']),
        custom: false,
      });
    }
  }
  for (const legacy of objectsOf(body['functions'])) {
    tools.push({ ...named(legacy), properties: propertiesOf(legacy['parameters']), custom: false });
  }
  return tools;
}

function named(tool: JsonObject): { readonly name: string; readonly description: string } {
  return { name: textOf(tool['name']), description: textOf(tool['description']).trim() };
}

function serverToolsOf(body: JsonObject): readonly string[] {
  const others = objectsOf(body['tools'])
    .filter((tool) => tool['function'] === undefined && tool['type'] !== 'custom')
    .map((tool) => textOf(tool['type']).replace('openrouter:web_search', 'web-search'));
  return body['web_search_options'] === undefined ? others : ['web-search', ...others];
}

function choiceOf(body: JsonObject): AskedChoice {
  const choice = body['tool_choice'] ?? body['function_call'] ?? 'auto';
  // The functions of old were called one at a time.
  const single = body['parallel_tool_calls'] === false || body['functions'] !== undefined;
  if (choice === 'none') return { mode: 'none', names: [], single };
  if (choice === 'required' || choice === 'any') return { mode: 'required', names: [], single };
  const wire = objectOf(choice);
  const allowed = objectOf(wire['allowed_tools']);
  if (wire['type'] === 'allowed_tools') {
    const names = objectsOf(allowed['tools']).map((tool) => {
      return textOf(objectOf(tool['function'] ?? tool['custom'])['name']);
    });
    return { mode: allowed['mode'] === 'required' ? 'required' : 'auto', names, single };
  }
  const name = textOf(objectOf(wire['function'] ?? wire['custom'])['name']) || textOf(wire['name']);
  return name === ''
    ? { mode: 'auto', names: [], single }
    : { mode: 'required', names: [name], single };
}

function outputOf(format: JsonObject): Asked['output'] {
  if (format['type'] === 'json_object') return { type: 'json', properties: [] };
  if (format['type'] !== 'json_schema') return undefined;
  return { type: 'schema', properties: propertiesOf(objectOf(format['json_schema'])['schema']) };
}

/** OpenRouter has an object of its own for it. */
function reasoningOf(body: JsonObject): Asked['reasoning'] {
  const effort = textOf(body['reasoning_effort']) || textOf(objectOf(body['reasoning'])['effort']);
  if (effort === '') return 'unsaid';
  return effort === 'none' ? 'off' : 'on';
}

function needsOf(body: JsonObject): readonly string[] {
  const needs: string[] = [];
  if (listOf(body['modalities']).includes('audio')) needs.push('audio-output');
  const references = objectsOf(body['messages']).some(
    (message) => textOf(objectOf(message['audio'])['id']) !== '',
  );
  if (references) needs.push('audio-reference');
  return needs;
}
