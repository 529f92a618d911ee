/** What Google's API accepts as a generateContent request, as far as its types and refusals tell. */

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
  wordOf,
} from '../json.ts';
import { allowKeys } from './keys.ts';

const topKeys = [
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'safetySettings',
  'generationConfig',
  'serviceTier',
  'labels',
];
const configKeys = [
  'temperature',
  'topP',
  'topK',
  'candidateCount',
  'maxOutputTokens',
  'stopSequences',
  'presencePenalty',
  'frequencyPenalty',
  'seed',
  'responseMimeType',
  'responseJsonSchema',
  'responseSchema',
  'responseModalities',
  'responseLogprobs',
  'logprobs',
  'mediaResolution',
  'thinkingConfig',
];
const dataKeys = ['text', 'inlineData', 'fileData', 'functionCall', 'functionResponse'];
const partKeys = [...dataKeys, 'thought', 'thoughtSignature', 'mediaResolution', 'videoMetadata'];

export function checkGeminiRequest(body: JsonObject, model: string): readonly string[] {
  const problems = collectProblems();
  allowKeys(problems, body, { place: 'body', keys: topKeys });
  const instruction = body['systemInstruction'];
  if (instruction !== undefined) {
    const parts = objectsOf(objectOf(instruction)['parts']);
    const fair = parts.length > 0 && parts.every((part) => textOf(part['text']) !== '');
    problems.expect(fair, `systemInstruction ${shown(instruction)}`);
  }
  checkContents(problems, objectsOf(body['contents']), model.startsWith('gemini-3'));
  checkTools(problems, body);
  checkConfig(problems, objectOf(body['generationConfig']), model);
  return problems.found;
}

function checkContents(problems: Problems, contents: readonly JsonObject[], signed: boolean): void {
  problems.expect(contents.length > 0, 'no contents');
  problems.expect(contents[0]?.['role'] === 'user', 'the first turn is not the user’s');
  let before: Json | undefined;
  let open: readonly string[] = [];
  for (const [index, content] of contents.entries()) {
    const place = `contents[${index}]`;
    const { role } = content;
    allowKeys(problems, content, { place, keys: ['role', 'parts'] });
    problems.expect(role === 'user' || role === 'model', `${place}: role ${shown(role)}`);
    problems.expect(role !== before, `${place}: ${shown(role)} follows itself`);
    before = role;
    const parts = objectsOf(content['parts']);
    problems.expect(parts.length > 0, `${place}: no parts`);
    for (const part of parts) checkPart(problems, part, { place, role });
    const answered = parts.flatMap((part) => namesOf(part['functionResponse']));
    problems.expect(
      answered.join() === open.join(),
      `${place}: results ${answered.join()} for calls ${open.join()}`,
    );
    open = parts.flatMap((part) => namesOf(part['functionCall']));
    const [first] = parts.filter((part) => part['functionCall'] !== undefined);
    // Gemini 3 demands a signature on the first call of a step.
    if (signed && first !== undefined) {
      problems.expect(
        textOf(first['thoughtSignature']) !== '',
        `${place}: the first call has no signature`,
      );
    }
  }
  problems.expect(open.length === 0, `calls without result at the end: ${open.join()}`);
}

function namesOf(value: Json | undefined): readonly string[] {
  return isObject(value) ? [textOf(value['name'])] : [];
}

interface Where {
  readonly place: string;
  readonly role: Json | undefined;
}

function checkPart(problems: Problems, part: JsonObject, { place, role }: Where): void {
  allowKeys(problems, part, { place, keys: partKeys });
  const present = dataKeys.filter((key) => part[key] !== undefined);
  problems.expect(
    present.length === 1,
    `${place}: a part with ${present.length} kinds of data: ${shown(part)}`,
  );
  const signature = part['thoughtSignature'];
  const blank = part['text'] === '' && signature === undefined;
  problems.expect(!blank, `${place}: empty text`);
  problems.expect(signature === undefined || textOf(signature) !== '', `${place}: empty signature`);
  if (part['functionCall'] !== undefined) {
    const call = objectOf(part['functionCall']);
    allowKeys(problems, call, { place, keys: ['id', 'name', 'args'] });
    problems.expect(role === 'model', `${place}: the user calls a function`);
    problems.expect(
      call['args'] === undefined || isObject(call['args']),
      `${place}: args ${shown(call['args'])}`,
    );
  }
  if (part['functionResponse'] !== undefined) {
    const response = objectOf(part['functionResponse']);
    allowKeys(problems, response, { place, keys: ['id', 'name', 'response', 'parts'] });
    problems.expect(role === 'user', `${place}: the model answers a function`);
    problems.expect(textOf(response['name']) !== '', `${place}: a result without name`);
    problems.expect(
      isObject(response['response']),
      `${place}: response ${shown(response['response'])}`,
    );
  }
  if (part['inlineData'] === undefined) return;
  const inline = objectOf(part['inlineData']);
  allowKeys(problems, inline, { place, keys: ['mimeType', 'data', 'displayName'] });
  problems.expect(
    /^[\w.+-]+\/[\w.+-]+$/.test(textOf(inline['mimeType'])),
    `${place}: type ${shown(inline['mimeType'])}`,
  );
  problems.expect(/^[A-Za-z0-9+/]+=*$/.test(textOf(inline['data'])), `${place}: data is no base64`);
}

function checkTools(problems: Problems, body: JsonObject): void {
  const names: string[] = [];
  for (const tool of objectsOf(body['tools'])) {
    allowKeys(problems, tool, { place: 'tool', keys: ['functionDeclarations', 'googleSearch'] });
    if (tool['functionDeclarations'] === undefined) continue;
    const declarations = objectsOf(tool['functionDeclarations']);
    problems.expect(declarations.length > 0, 'functionDeclarations is empty');
    for (const declaration of declarations) {
      const name = textOf(declaration['name']);
      names.push(name);
      const keys = ['name', 'description', 'parameters', 'parametersJsonSchema'];
      allowKeys(problems, declaration, { place: `tool ${name}`, keys });
      problems.expect(/^[a-zA-Z_][\w.:-]{0,127}$/.test(name), `tool name ${shown(name)}`);
      const schema = declaration['parametersJsonSchema'];
      problems.expect(
        schema === undefined || isObject(schema),
        `tool ${name}: schema ${shown(schema)}`,
      );
    }
  }
  problems.expect(
    new Set(names).size === names.length,
    `a tool name stands twice: ${names.join()}`,
  );
  if (body['tools'] !== undefined)
    problems.expect(listOf(body['tools']).length > 0, 'tools is empty');
  checkChoice(problems, objectOf(body['toolConfig']), names);
}

function checkChoice(problems: Problems, config: JsonObject, names: readonly string[]): void {
  allowKeys(problems, config, {
    place: 'toolConfig',
    keys: ['functionCallingConfig', 'includeServerSideToolInvocations'],
  });
  if (config['functionCallingConfig'] === undefined) return;
  const choice = objectOf(config['functionCallingConfig']);
  problems.expect(names.length > 0, 'toolConfig without functions');
  const mode = textOf(choice['mode']);
  problems.expect(['AUTO', 'ANY', 'NONE', 'VALIDATED'].includes(mode), `mode ${mode}`);
  const allowed = listOf(choice['allowedFunctionNames']).map(wordOf);
  problems.expect(
    allowed.every((name) => names.includes(name)),
    `allowed functions ${allowed.join()}`,
  );
  const listed = allowed.length === 0 || mode === 'ANY' || mode === 'VALIDATED';
  problems.expect(listed, `allowedFunctionNames with mode ${mode}`);
}

function checkConfig(problems: Problems, config: JsonObject, model: string): void {
  allowKeys(problems, config, { place: 'generationConfig', keys: configKeys });
  const temperature = numberOf(config['temperature']) ?? 0;
  problems.expect(temperature >= 0 && temperature <= 2, `temperature ${temperature}`);
  const stops = listOf(config['stopSequences']);
  problems.expect(
    stops.length <= 5 && stops.every((stop) => stop !== ''),
    `stopSequences ${shown(stops)}`,
  );
  const thinking = objectOf(config['thinkingConfig']);
  allowKeys(problems, thinking, {
    place: 'thinkingConfig',
    keys: ['includeThoughts', 'thinkingBudget', 'thinkingLevel'],
  });
  const level = thinking['thinkingLevel'];
  const fair =
    level === undefined ||
    ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'].includes(textOf(level).toUpperCase());
  problems.expect(fair, `thinkingLevel ${shown(level)}`);
  const both = level !== undefined && thinking['thinkingBudget'] !== undefined;
  problems.expect(!both, 'thinkingLevel beside thinkingBudget');
  if (!model.startsWith('gemini-3'))
    problems.expect(level === undefined, 'thinkingLevel before Gemini 3');
  const schema = config['responseJsonSchema'] ?? config['responseSchema'];
  if (schema === undefined) return;
  const json = config['responseMimeType'] === 'application/json';
  problems.expect(json && isObject(schema), `a schema with ${shown(config['responseMimeType'])}`);
}
