/**
 * Tools and the choice among them: this format's, its deprecated functions, and shapes of others
 * that clients post here.
 */

import { compact } from '../../compact.ts';
import { invalidRequest, unsupported } from '../../errors.ts';
import type {
  CustomTool,
  FunctionTool,
  Tool,
  ToolChoice,
  WebSearchTool,
} from '../../ir/request.ts';
import { isObject, type JsonObject, type JsonValue } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { filledIn, listOf, numberIn, objectIn, objectsIn, textIn } from '../../openai/lenient.ts';
import {
  at,
  type Element,
  objectsOf,
  optionalArray,
  optionalBoolean,
  optionalObject,
  optionalString,
  requiredString,
  wrongType,
} from '../../read.ts';
import { cacheMarkFromWire } from './mappings.ts';

export interface DecodedTools {
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | undefined;
  /** The client spoke of `functions` and reads `function_call` in answers. */
  readonly isLegacy: boolean;
}

export function decodeTools(body: JsonObject, report: Report): DecodedTools {
  const functions = optionalArray(body, 'functions', '') ?? [];
  const listed = optionalArray(body, 'tools', '') ?? [];
  const isLegacy = functions.length > 0 && listed.length === 0;
  const searchOptions = optionalObject(body, 'web_search_options', '');
  const tools: Tool[] = objectsOf(listed, 'tools').map(decodeTool);
  for (const element of objectsOf(functions, 'functions')) tools.push(functionTool(element));
  if (searchOptions !== undefined) tools.push(webSearch(searchOptions, 'web_search_options'));
  const isCallable = tools.some((tool) => tool.type !== 'web-search');
  return {
    tools: lastOfEachName(tools, report),
    toolChoice: isCallable ? decodeToolChoice(body, isLegacy) : undefined,
    isLegacy,
  };
}

function decodeTool(element: Element): Tool {
  const { value: tool, path } = element;
  const type = textIn(tool, 'type') ?? 'function';
  if (isObject(tool['input_schema'])) return functionTool(element, tool, 'input_schema');
  const custom = optionalObject(tool, 'custom', path);
  if (custom !== undefined) return { ...customTool(custom, at(path, 'custom')), path };
  if (type === 'custom') return { ...customTool(tool, path), path };
  if (/^(openrouter:)?web_search/.test(type)) return webSearch(tool, path);
  if (type !== 'function') {
    throw unsupported(
      at(path, 'type'),
      `${at(path, 'type')}: a tool of type "${type}" runs at one provider only`,
    );
  }
  // Without the inner object it is the shape of the Responses API, which Cursor posts here too.
  return functionTool(element, optionalObject(tool, 'function', path));
}

function functionTool(
  { value: tool, path }: Element,
  definition: JsonObject = tool,
  schemaKey: 'parameters' | 'input_schema' = 'parameters',
): FunctionTool {
  const place = definition === tool ? path : at(path, 'function');
  return compact({
    type: 'function' as const,
    name: requiredString(definition, 'name', place),
    description: optionalString(definition, 'description', place),
    schema: optionalObject(definition, schemaKey, place),
    strict: optionalBoolean(definition, 'strict', place),
    cache: cacheMarkFromWire(definition) ?? cacheMarkFromWire(tool),
    path,
  });
}

function customTool(definition: JsonObject, path: string): CustomTool {
  const format = optionalObject(definition, 'format', path);
  return compact({
    type: 'custom' as const,
    name: requiredString(definition, 'name', path),
    description: optionalString(definition, 'description', path),
    grammar: format === undefined ? undefined : grammarOf(format, at(path, 'format')),
  });
}

function grammarOf(format: JsonObject, path: string): CustomTool['grammar'] {
  if (textIn(format, 'type') !== 'grammar') return undefined;
  const grammar = objectIn(format, 'grammar') ?? format;
  return {
    syntax: requiredString(grammar, 'syntax', path),
    definition: requiredString(grammar, 'definition', path),
  };
}

const contextSizes: ReadonlyMap<string, NonNullable<WebSearchTool['contextSize']>> = new Map([
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
]);

/** OpenAI's options, and the same as a tool of Anthropic's or OpenRouter's. */
function webSearch(options: JsonObject, path: string): WebSearchTool {
  const settings = objectIn(options, 'parameters') ?? options;
  const location = objectIn(settings, 'user_location');
  const place =
    location === undefined ? undefined : (objectIn(location, 'approximate') ?? location);
  return compact({
    type: 'web-search' as const,
    maxUses: numberIn(settings, 'max_uses'),
    allowedDomains: domains(settings, 'allowed_domains'),
    blockedDomains: domains(settings, 'blocked_domains'),
    contextSize: contextSizes.get(textIn(settings, 'search_context_size') ?? ''),
    location:
      place === undefined
        ? undefined
        : compact({
            city: filledIn(place, 'city'),
            region: filledIn(place, 'region'),
            country: filledIn(place, 'country'),
            timezone: filledIn(place, 'timezone'),
          }),
    path,
  });
}

function domains(settings: JsonObject, key: string): readonly string[] | undefined {
  const names = listOf(settings[key]).filter((name) => typeof name === 'string');
  return names.length === 0 ? undefined : names;
}

function lastOfEachName(tools: readonly Tool[], report: Report): readonly Tool[] {
  const nameOf = (tool: Tool): string => (tool.type === 'web-search' ? '' : tool.name);
  if (new Set(tools.map(nameOf)).size === tools.length) return tools;
  const lastIndexes = new Map(tools.map((tool, index) => [nameOf(tool), index]));
  return tools.filter((tool, index) => {
    const isLast = lastIndexes.get(nameOf(tool)) === index;
    if (!isLast && tool.type !== 'web-search') {
      report({
        feature: 'duplicate-tool',
        path: tool.path ?? 'tools',
        action: 'dropped',
        reason: 'invalid',
        effect: 'hint',
        detail: `"${tool.name}" is defined again later`,
      });
    }
    return isLast;
  });
}

function decodeToolChoice(body: JsonObject, isLegacy: boolean): ToolChoice | undefined {
  const key = isLegacy ? 'function_call' : 'tool_choice';
  const choice = choiceOf(body[key], key);
  // One deprecated `function_call` is all that an answer can hold.
  const parallel = isLegacy ? false : optionalBoolean(body, 'parallel_tool_calls', '');
  if (choice === undefined && parallel === undefined) return undefined;
  return compact({ ...(choice ?? { mode: 'auto' as const }), ...compact({ parallel }) });
}

const plainChoices: ReadonlyMap<string, ToolChoice['mode']> = new Map([
  ['auto', 'auto'],
  ['none', 'none'],
  ['required', 'required'],
  ['any', 'required'],
]);

function choiceOf(value: JsonValue | undefined, path: string): ToolChoice | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') {
    const mode = plainChoices.get(value);
    if (mode !== undefined) return { mode };
    throw invalidRequest(path, `${path}: "${value}" is not a choice of this format`);
  }
  if (!isObject(value)) throw wrongType(path, 'a string or an object', value);
  return namedChoice(value, path);
}

function namedChoice(choice: JsonObject, path: string): ToolChoice {
  const type = textIn(choice, 'type') ?? '';
  if (type === 'allowed_tools') return allowedTools(choice, path);
  const name = toolName(choice);
  if (name !== undefined) return { mode: 'required', only: [name] };
  const mode = plainChoices.get(type);
  if (mode === undefined) throw invalidRequest(path, `${path}: names no tool`);
  const serial = choice['disable_parallel_tool_use'] === true;
  return serial ? { mode, parallel: false } : { mode };
}

function allowedTools(choice: JsonObject, path: string): ToolChoice {
  const allowed = objectIn(choice, 'allowed_tools') ?? choice;
  const mode = textIn(allowed, 'mode') === 'required' ? 'required' : 'auto';
  const only = objectsIn(allowed, 'tools').flatMap((tool) => toolName(tool) ?? []);
  const place = at(path, 'allowed_tools');
  if (only.length === 0) throw invalidRequest(place, `${place}: names no tool`);
  return { mode, only };
}

/** `{type, function: {name}}`, `{type, custom: {name}}` or `{type, name}`. */
function toolName(choice: JsonObject): string | undefined {
  const holder = objectIn(choice, 'function') ?? objectIn(choice, 'custom') ?? choice;
  return filledIn(holder, 'name');
}
