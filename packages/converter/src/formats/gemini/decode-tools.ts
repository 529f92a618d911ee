/** Reads tools and how they may be called from a request. */
import { invalidRequest, unsupported } from '../../errors.ts';
import type {
  FunctionTool,
  JsonSchema,
  Tool,
  ToolChoice,
  WebSearchTool,
} from '../../ir/request.ts';
import { isObject, type JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import {
  at,
  objectsOf,
  optionalArray,
  optionalObject,
  optionalString,
  requiredString,
  stringsOf,
} from '../../read.ts';
import { camelKeys, isPresent } from './fields.ts';
import { reportRest } from './rest.ts';
import { schemaOfOpenApi } from './schema.ts';

export function decodeTools(wire: JsonObject, report: Report): readonly Tool[] {
  const value = wire['tools'];
  // The field is a list, but proto3 readers and people write one entry as such.
  const list = isObject(value) ? [value] : (optionalArray(wire, 'tools', '') ?? []);
  return objectsOf(list, 'tools').flatMap((entry) =>
    toolsOf(camelKeys(entry.value), entry.path, report),
  );
}

function toolsOf(entry: JsonObject, path: string, report: Report): readonly Tool[] {
  const tools: Tool[] = [];
  for (const [key, value] of Object.entries(entry)) {
    if (!isPresent(value)) continue;
    if (key === 'functionDeclarations') {
      const list = optionalArray(entry, key, path) ?? [];
      for (const declaration of objectsOf(list, at(path, key))) {
        tools.push(functionOf(camelKeys(declaration.value), declaration.path, report));
      }
    } else if (key === 'googleSearch' || key === 'googleSearchRetrieval') {
      tools.push(searchOf(optionalObject(entry, key, path) ?? {}, at(path, key), report));
    } else {
      throw unsupported(
        at(path, key),
        `${at(path, key)}: only Gemini itself runs this tool; declare a function or choose a Gemini model`,
      );
    }
  }
  return tools;
}

const knownKeys: ReadonlySet<string> = new Set([
  'name',
  'description',
  'parameters',
  'parametersJsonSchema',
  'behavior',
]);

/** What a result will look like helps only Gemini. */
const hintKeys: ReadonlySet<string> = new Set(['response', 'responseJsonSchema']);

function functionOf(declaration: JsonObject, path: string, report: Report): FunctionTool {
  reportRest(declaration, { path, known: knownKeys, hints: hintKeys, report });
  if (declaration['behavior'] === 'NON_BLOCKING') {
    report({
      feature: 'tool-behavior',
      path: at(path, 'behavior'),
      action: 'dropped',
      reason: 'unsupported',
      effect: 'answer',
      detail: 'Other providers wait for the result of every call.',
    });
  }
  return {
    type: 'function',
    name: requiredString(declaration, 'name', path),
    path,
    description: optionalString(declaration, 'description', path),
    schema: parametersOf(declaration, path),
  };
}

function parametersOf(declaration: JsonObject, path: string): JsonSchema | undefined {
  const schema = optionalObject(declaration, 'parametersJsonSchema', path);
  if (schema !== undefined) return schema;
  const parameters = optionalObject(declaration, 'parameters', path);
  const isEmpty = parameters === undefined || Object.keys(parameters).length === 0;
  return isEmpty ? undefined : schemaOfOpenApi(parameters);
}

function searchOf(wire: JsonObject, path: string, report: Report): WebSearchTool {
  const search = camelKeys(wire);
  const excluded = optionalArray(search, 'excludeDomains', path);
  for (const key of Object.keys(search)) {
    if (key === 'excludeDomains' || !isPresent(search[key])) continue;
    report({
      feature: 'web-search-options',
      path: at(path, key),
      action: 'dropped',
      reason: 'unsupported',
      effect: 'answer',
      detail: 'Other providers search without this restriction.',
    });
  }
  return {
    type: 'web-search',
    path,
    blockedDomains: excluded && stringsOf(excluded, at(path, 'excludeDomains')),
  };
}

export function decodeToolChoice(wire: JsonObject, report: Report): ToolChoice | undefined {
  const config = camelKeys(optionalObject(wire, 'toolConfig', '') ?? {});
  if (isPresent(config['retrievalConfig'])) {
    report({
      feature: 'retrieval-config',
      path: 'toolConfig.retrievalConfig',
      action: 'dropped',
      reason: 'unsupported',
      effect: 'answer',
    });
  }
  const path = 'toolConfig.functionCallingConfig';
  const calling = optionalObject(config, 'functionCallingConfig', 'toolConfig');
  return calling === undefined ? undefined : choiceOf(camelKeys(calling), path, report);
}

function choiceOf(calling: JsonObject, path: string, report: Report): ToolChoice | undefined {
  const mode = optionalString(calling, 'mode', path)?.toUpperCase();
  const names = optionalArray(calling, 'allowedFunctionNames', path) ?? [];
  const only = names.length === 0 ? undefined : stringsOf(names, at(path, 'allowedFunctionNames'));
  switch (mode) {
    case undefined:
    case 'MODE_UNSPECIFIED':
      return undefined;
    // Gemini ignores the list of names in this mode.
    case 'AUTO':
      return { mode: 'auto' };
    case 'NONE':
      return { mode: 'none' };
    case 'ANY':
      return { mode: 'required', only };
    case 'VALIDATED':
      report({
        feature: 'validated-tool-calls',
        path: at(path, 'mode'),
        action: 'weakened',
        reason: 'emulated',
        effect: 'hint',
        detail: 'The schema is sent, but calls are not forced to follow it.',
      });
      return { mode: 'auto', only };
    default:
      throw invalidRequest(
        at(path, 'mode'),
        `${at(path, 'mode')}: expected AUTO, ANY, NONE or VALIDATED, got ${mode}`,
      );
  }
}
