/** Reads tools and the choice among them. */
import { invalidRequest, unsupported } from '../../errors.ts';
import type { FunctionTool, Tool, ToolChoice, WebSearchTool } from '../../ir/request.ts';
import type { JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import {
  at,
  objectsOf,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalObject,
  optionalString,
  requiredString,
  stringsOf,
} from '../../read.ts';
import { allToolsAreThere } from './decode-content.ts';
import { drop, type Keys, type Place, reportRest } from './losses.ts';
import { decodeCacheMark } from './mappings.ts';

export function decodeTools(body: JsonObject, report: Report): readonly Tool[] {
  const wire = optionalArray(body, 'tools', '') ?? [];
  return objectsOf(wire, 'tools').flatMap(({ value, path }) => decodeTool(value, { path, report }));
}

function decodeTool(wire: JsonObject, place: Place): readonly Tool[] {
  const type = optionalString(wire, 'type', place.path) ?? 'custom';
  if (type === 'custom') return [decodeFunction(wire, place)];
  if (/^web_search(_|$)/.test(type)) return [decodeSearch(wire, place)];
  if (type.startsWith('tool_search_tool_')) {
    const detail = allToolsAreThere;
    drop(place, { feature: 'tool-search', effect: 'hint', reason: 'emulated', detail });
    return [];
  }
  throw unsupported(place.path, `${place.path}: ${refusalOf(type)}`);
}

/** By prefix: a new version of a tool is still that tool. */
function refusalOf(type: string): string {
  if (/^(bash|text_editor|memory|computer|browser)_/.test(type)) {
    return `"${type}" is a tool that only Claude models know without a description; declare it as a tool of your own, with name, description and input_schema`;
  }
  const isRemote = /^(web_fetch|code_execution|advisor|mcp_toolset)/.test(type);
  if (isRemote)
    return `"${type}" runs at Anthropic and other providers have no such tool; leave it out`;
  return `"${type}" is not a kind of tool that can be converted`;
}

const functionKeys: Keys = {
  known: new Set(['type', 'name', 'description', 'input_schema', 'strict', 'cache_control']),
  hints: new Set(['defer_loading', 'eager_input_streaming', 'input_examples', 'allowed_callers']),
};

function decodeFunction(wire: JsonObject, place: Place): FunctionTool {
  reportRest(wire, functionKeys, place);
  const description = optionalString(wire, 'description', place.path);
  const schema = optionalObject(wire, 'input_schema', place.path);
  const strict = optionalBoolean(wire, 'strict', place.path);
  const cache = decodeCacheMark(wire['cache_control']);
  return {
    type: 'function',
    name: requiredString(wire, 'name', place.path),
    path: place.path,
    ...(description !== undefined && { description }),
    ...(schema !== undefined && { schema }),
    ...(strict !== undefined && { strict }),
    ...(cache !== undefined && { cache }),
  };
}

const searchKeys: Keys = {
  known: new Set([
    'type',
    'name',
    'max_uses',
    'allowed_domains',
    'blocked_domains',
    'user_location',
  ]),
  hints: new Set([
    'cache_control',
    'allowed_callers',
    'defer_loading',
    'strict',
    'response_inclusion',
  ]),
};

function decodeSearch(wire: JsonObject, place: Place): WebSearchTool {
  const { path } = place;
  reportRest(wire, searchKeys, place);
  const location = optionalObject(wire, 'user_location', path);
  const domains = (key: string): readonly string[] | undefined => {
    const array = optionalArray(wire, key, path) ?? [];
    return array.length === 0 ? undefined : stringsOf(array, at(path, key));
  };
  const locationPath = at(path, 'user_location');
  return {
    type: 'web-search',
    path,
    maxUses: optionalInteger(wire, 'max_uses', path),
    allowedDomains: domains('allowed_domains'),
    blockedDomains: domains('blocked_domains'),
    location: location && {
      city: optionalString(location, 'city', locationPath),
      region: optionalString(location, 'region', locationPath),
      country: optionalString(location, 'country', locationPath),
      timezone: optionalString(location, 'timezone', locationPath),
    },
  };
}

/** A choice among no tools has no meaning, and other formats refuse it. */
export function decodeToolChoice(
  body: JsonObject,
  tools: readonly Tool[],
  report: Report,
): ToolChoice | undefined {
  const wire = optionalObject(body, 'tool_choice', '');
  if (wire === undefined || tools.length === 0) return undefined;
  const type = requiredString(wire, 'type', 'tool_choice');
  const isSerial = optionalBoolean(wire, 'disable_parallel_tool_use', 'tool_choice') === true;
  const parallel = isSerial && { parallel: false };
  switch (type) {
    case 'auto':
      return { mode: 'auto', ...parallel };
    case 'any':
      return { mode: 'required', ...parallel };
    case 'tool': {
      const name = requiredString(wire, 'name', 'tool_choice');
      if (isSearch(name, tools)) {
        const place = { path: 'tool_choice', report };
        drop(place, {
          feature: 'tool-choice',
          action: 'weakened',
          effect: 'answer',
          detail: forcedSearch,
        });
        return { mode: 'auto', ...parallel };
      }
      return { mode: 'required', only: [name], ...parallel };
    }
    case 'none':
      return { mode: 'none' };
    default:
      throw invalidRequest(
        'tool_choice.type',
        `tool_choice.type: expected "auto", "any", "tool" or "none", got "${type}"`,
      );
  }
}

const forcedSearch = 'other providers cannot be forced to search; whether to is left to the model';

function isSearch(name: string, tools: readonly Tool[]): boolean {
  const isFunction = tools.some((tool) => tool.type !== 'web-search' && tool.name === name);
  return !isFunction && tools.some(({ type }) => type === 'web-search');
}
