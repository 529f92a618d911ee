/** Tools and the choice among them; those that the API alone runs are refused. */

import { compact } from '../../compact.ts';
import { unsupported } from '../../errors.ts';
import type {
  CustomTool,
  FunctionTool,
  Tool,
  ToolChoice,
  WebSearchTool,
} from '../../ir/request.ts';
import { isObject, type JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { filledIn, objectIn, objectsIn, textIn } from '../../openai/lenient.ts';
import {
  at,
  objectsOf,
  optionalArray,
  optionalBoolean,
  optionalObject,
  optionalString,
  requiredArray,
  requiredString,
  stringsOf,
} from '../../read.ts';
import { builtInFunction, isBuiltIn } from './built-in-tools.ts';
import { type CallForm, flatName } from './call-forms.ts';
import { decodeToolChoice } from './decode-tool-choice.ts';
import { drop, type Keys, type Place, placeAt, reportRest } from './losses.ts';

export interface WireTool {
  readonly value: JsonObject;
  readonly path: string;
}

interface DecodedTools {
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | undefined;
  /** By the name that other formats know. */
  readonly callForms: { readonly [name: string]: CallForm } | undefined;
}

interface NamedForm {
  readonly tool: Tool;
  readonly form?: CallForm | undefined;
}

/** `found`: tools that the conversation brought in, by a search or by the client. */
export function decodeTools(
  body: JsonObject,
  found: readonly WireTool[],
  report: Report,
): DecodedTools {
  const decode = ({ value, path }: WireTool): readonly NamedForm[] =>
    decodeTool(value, { path, report });
  const listed = objectsOf(optionalArray(body, 'tools', '') ?? [], 'tools').flatMap(decode);
  const all = [...listed, ...newAmong(found.flatMap(decode), listed)];
  const tools = all.map(({ tool }) => tool).filter((tool) => !isOff(tool, body));
  const forms = all.flatMap(({ tool, form }) =>
    form === undefined ? [] : [[nameOf(tool), form] as const],
  );
  return {
    tools,
    toolChoice: decodeToolChoice(body, tools, report),
    callForms: forms.length === 0 ? undefined : Object.fromEntries(forms),
  };
}

/** A search that the choice leaves out: elsewhere choices are among functions alone. */
function isOff(tool: Tool, body: JsonObject): boolean {
  const choice = body['tool_choice'];
  if (tool.type !== 'web-search') return false;
  if (!isObject(choice)) return choice === 'none';
  const allowed = objectIn(choice, 'allowed_tools') ?? choice;
  const isSearch = (entry: JsonObject): boolean =>
    textIn(entry, 'type')?.startsWith('web_search') ?? false;
  return choice['type'] === 'allowed_tools' && !objectsIn(allowed, 'tools').some(isSearch);
}

function nameOf(tool: Tool): string {
  return tool.type === 'web-search' ? '' : tool.name;
}

/** What was found was mostly there from the start, only not shown to the model yet. */
function newAmong(found: readonly NamedForm[], listed: readonly NamedForm[]): readonly NamedForm[] {
  const known = new Set(listed.map(({ tool }) => nameOf(tool)));
  const added = new Map(found.map((entry) => [nameOf(entry.tool), entry]));
  return [...added.values()].filter(({ tool }) => !known.has(nameOf(tool)));
}

function decodeTool(wire: JsonObject, place: Place): readonly NamedForm[] {
  const type = textIn(wire, 'type') ?? 'function';
  if (type === 'namespace') return namespaceTools(wire, place);
  if (type.startsWith('web_search')) return [{ tool: webSearch(wire, place) }];
  if (type === 'function' || type === 'custom') return [{ tool: ownTool(wire, undefined, place) }];
  if (isServerSearch(wire) || type === 'programmatic_tool_calling') {
    drop(place, {
      feature: type === 'tool_search' ? 'tool-search' : 'programmatic-tool-calling',
      effect: 'hint',
      reason: 'emulated',
      detail: 'the model has all tools from the start and calls them itself',
    });
    return [];
  }
  const { path } = place;
  if (!isBuiltIn(type) || isHosted(wire)) throw unsupported(path, `${path}: ${refusalOf(type)}`);
  const tool = { ...builtInFunction(type, wire), path };
  return [{ tool, form: { builtIn: type } }];
}

function isServerSearch(wire: JsonObject): boolean {
  return wire['type'] === 'tool_search' && wire['execution'] !== 'client';
}

/** A shell in a container of OpenAI's; what is not said is run by the client. */
function isHosted(wire: JsonObject): boolean {
  const environment = objectIn(wire, 'environment');
  return environment !== undefined && environment['type'] !== 'local';
}

const remoteTools: ReadonlySet<string> = new Set([
  'code_interpreter',
  'file_search',
  'image_generation',
  'mcp',
  'shell',
]);

function refusalOf(type: string): string {
  if (remoteTools.has(type)) {
    return `a tool of type "${type}" runs at OpenAI and other providers have no such tool; leave it out, or run it yourself and declare it as a function`;
  }
  if (type.startsWith('computer')) {
    return `"${type}" is a tool that only models of OpenAI know without a description; declare it as a function`;
  }
  return `"${type}" is not a kind of tool that can be converted`;
}

const hints: ReadonlySet<string> = new Set([
  'allowed_callers',
  'async',
  'defer_loading',
  'output_schema',
]);

const functionKeys: Keys = {
  known: new Set(['type', 'name', 'description', 'parameters', 'strict', 'function']),
  hints,
};
const customKeys: Keys = {
  known: new Set(['type', 'name', 'description', 'format', 'custom']),
  hints,
};

/** A function, or a custom tool; some clients put its definition inside, as Chat Completions have it. */
function ownTool(wire: JsonObject, namespace: string | undefined, place: Place): Tool {
  const kind = wire['type'] === 'custom' ? 'custom' : 'function';
  reportRest(wire, kind === 'custom' ? customKeys : functionKeys, place);
  const inner = objectIn(wire, kind);
  const definition = inner ?? wire;
  const path = inner === undefined ? place.path : at(place.path, kind);
  const head = {
    name: flatName(namespace, requiredString(definition, 'name', path)),
    description: optionalString(definition, 'description', path),
    path: place.path,
  };
  return kind === 'custom'
    ? customTool(definition, head, path)
    : functionTool(definition, head, path);
}

type Head = Pick<FunctionTool, 'name' | 'description' | 'path'>;

function functionTool(definition: JsonObject, head: Head, path: string): FunctionTool {
  return compact({
    type: 'function' as const,
    ...head,
    schema: optionalObject(definition, 'parameters', path),
    strict: optionalBoolean(definition, 'strict', path),
  });
}

function customTool(definition: JsonObject, head: Head, path: string): CustomTool {
  const format = optionalObject(definition, 'format', path);
  return compact({
    type: 'custom' as const,
    ...head,
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

function namespaceTools(wire: JsonObject, place: Place): readonly NamedForm[] {
  const namespace = requiredString(wire, 'name', place.path);
  if (filledIn(wire, 'description') !== undefined) {
    drop(placeAt(place, 'description'), {
      feature: 'namespace-description',
      effect: 'hint',
      detail: 'other formats have no namespaces; their tools are told with the name in front',
    });
  }
  const tools = requiredArray(wire, 'tools', place.path);
  return objectsOf(tools, at(place.path, 'tools')).map(({ value, path }) => {
    const tool = ownTool(value, namespace, { ...place, path });
    const name = filledIn(objectIn(value, 'function') ?? value, 'name') ?? '';
    return { tool, form: { namespace, name } };
  });
}

const contextSizes: ReadonlyMap<string, NonNullable<WebSearchTool['contextSize']>> = new Map([
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
]);

const searchKeys: Keys = {
  known: new Set([
    'type',
    'filters',
    'max_uses',
    'search_context_size',
    'user_location',
    'external_web_access',
  ]),
  hints: new Set(['search_content_types']),
};

function webSearch(wire: JsonObject, place: Place): WebSearchTool {
  const { path } = place;
  reportRest(wire, searchKeys, place);
  if (wire['external_web_access'] === false) {
    drop(placeAt(place, 'external_web_access'), {
      feature: 'web-search-cached',
      effect: 'answer',
      detail: 'other providers search the web as it is now',
    });
  }
  const filters = optionalObject(wire, 'filters', path) ?? {};
  const location = objectIn(wire, 'user_location');
  const maxUses = wire['max_uses'];
  return compact({
    type: 'web-search' as const,
    path,
    maxUses: typeof maxUses === 'number' ? maxUses : undefined,
    allowedDomains: domains(filters, 'allowed_domains', path),
    blockedDomains: domains(filters, 'blocked_domains', path),
    contextSize: contextSizes.get(textIn(wire, 'search_context_size') ?? ''),
    location: location === undefined ? undefined : locationOf(location),
  });
}

function domains(filters: JsonObject, key: string, path: string): readonly string[] | undefined {
  const place = at(path, 'filters');
  const names = optionalArray(filters, key, place) ?? [];
  return names.length === 0 ? undefined : stringsOf(names, at(place, key));
}

function locationOf(location: JsonObject): WebSearchTool['location'] {
  const place = isObject(location['approximate']) ? location['approximate'] : location;
  return compact({
    city: filledIn(place, 'city'),
    region: filledIn(place, 'region'),
    country: filledIn(place, 'country'),
    timezone: filledIn(place, 'timezone'),
  });
}
