/** Reads what a generateContent request asks for; proto3-JSON keys may be camel or snake. */
import {
  camelKeys,
  isObject,
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
  type AskedTool,
  mediaKind,
  mediaOfBytes,
} from './asked.ts';
import {
  asText,
  type Conversation,
  createConversation,
  plainResult,
  propertiesOf,
} from './conversation.ts';

export function readGeminiRequest(raw: JsonObject, stream: boolean): Asked {
  const body = camelKeys(raw);
  const config = message(body['generationConfig']);
  const conversation = createConversation();
  const { parts } = objectOf(body['systemInstruction']);
  // A single part may stand without the list.
  for (const part of isObject(parts) ? [parts] : objectsOf(parts)) {
    conversation.system(textOf(part['text']));
  }
  for (const content of objectsOf(body['contents'])) readContent(conversation, content);
  const { system, turns } = conversation.finish();
  const tools = objectsOf(body['tools']).map(camelKeys);
  return {
    system,
    turns,
    tools: tools.flatMap((tool) => objectsOf(tool['functionDeclarations']).map(declared)),
    serverTools: tools
      .flatMap((tool) => Object.keys(tool))
      .filter((key) => key !== 'functionDeclarations')
      .map(serverToolName),
    choice: choiceOf(message(message(body['toolConfig'])['functionCallingConfig'])),
    sampling: {
      temperature: numberOf(config['temperature']),
      topP: numberOf(config['topP']),
      topK: numberOf(config['topK']),
      presencePenalty: numberOf(config['presencePenalty']),
      frequencyPenalty: numberOf(config['frequencyPenalty']),
      seed: numberOf(config['seed']),
    },
    outputTokensMax: numberOf(config['maxOutputTokens']),
    stop: listOf(config['stopSequences']).map(wordOf),
    output: outputOf(config),
    reasoning: reasoningOf(message(config['thinkingConfig'])),
    candidates: numberOf(config['candidateCount']) ?? 1,
    logprobs: config['responseLogprobs'] === true,
    stream,
    needs: needsOf(body, config),
  };
}

function message(value: Json | undefined): JsonObject {
  return camelKeys(objectOf(value));
}

function serverToolName(key: string): string {
  return key === 'googleSearch' ? 'web-search' : key;
}

function readContent(conversation: Conversation, content: JsonObject): void {
  const role = content['role'] === 'model' ? 'assistant' : 'user';
  for (const raw of objectsOf(content['parts'])) readPart(conversation, role, camelKeys(raw));
}

function readPart(conversation: Conversation, role: 'user' | 'assistant', part: JsonObject): void {
  const media = mediaOf(part);
  if (media !== undefined) conversation.media(role, media);
  else if (part['functionCall'] !== undefined) {
    const call = objectOf(part['functionCall']);
    conversation.call(textOf(call['id']), textOf(call['name']), call['args'] ?? {});
  } else if (part['functionResponse'] !== undefined) {
    readResult(conversation, objectOf(part['functionResponse']));
  } else if (part['text'] === undefined) conversation.loosen(role);
  else if (part['thought'] !== true) conversation.text(role, textOf(part['text']));
}

function readResult(conversation: Conversation, wire: JsonObject): void {
  const media = objectsOf(wire['parts'])
    .map((part) => mediaOf(camelKeys(part)))
    .filter((part) => part !== undefined);
  const result = plainResult(asText(wire['response'] ?? {}), false, media);
  conversation.result({ id: textOf(wire['id']), name: textOf(wire['name']) }, result);
}

function mediaOf(part: JsonObject): AskedMedia | undefined {
  if (part['inlineData'] !== undefined) {
    const inline = message(part['inlineData']);
    const mime = textOf(inline['mimeType']);
    return mediaOfBytes(mediaKind(mime), mime, textOf(inline['data']));
  }
  if (part['fileData'] === undefined) return undefined;
  const file = message(part['fileData']);
  const uri = textOf(file['fileUri']);
  const mime = textOf(file['mimeType']);
  // Files of Google's own stores are names that nobody else can open.
  const foreign = /^https?:/.test(uri) && !uri.includes('generativelanguage.googleapis.com');
  return {
    media: mediaKind(mime),
    source: foreign ? 'url' : 'file',
    key: uri,
    mime,
    text: undefined,
  };
}

function declared(raw: JsonObject): AskedTool {
  const declaration = camelKeys(raw);
  return {
    name: textOf(declaration['name']),
    description: textOf(declaration['description']).trim(),
    properties: propertiesOf(declaration['parametersJsonSchema'] ?? declaration['parameters']),
    custom: false,
  };
}

function choiceOf(config: JsonObject): AskedChoice {
  const names = listOf(config['allowedFunctionNames']).map(wordOf);
  const mode = textOf(config['mode']).toUpperCase();
  if (mode === 'NONE') return { mode: 'none', names: [], single: false };
  return { mode: mode === 'ANY' ? 'required' : 'auto', names, single: false };
}

function outputOf(config: JsonObject): Asked['output'] {
  const schema = config['responseJsonSchema'] ?? config['responseSchema'];
  if (schema !== undefined) return { type: 'schema', properties: propertiesOf(schema) };
  return config['responseMimeType'] === 'application/json'
    ? { type: 'json', properties: [] }
    : undefined;
}

function reasoningOf(thinking: JsonObject): Asked['reasoning'] {
  const budget = numberOf(thinking['thinkingBudget']);
  if (budget === 0) return 'off';
  return (budget !== undefined && budget > 0) || textOf(thinking['thinkingLevel']) !== ''
    ? 'on'
    : 'unsaid';
}

function needsOf(body: JsonObject, config: JsonObject): readonly string[] {
  const needs: string[] = [];
  if (body['cachedContent'] !== undefined) needs.push('cachedContent');
  const modalities = listOf(config['responseModalities']).map((modality) =>
    wordOf(modality).toUpperCase(),
  );
  if (modalities.some((modality) => modality !== 'TEXT')) needs.push('other-output');
  return needs;
}
