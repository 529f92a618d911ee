/** Tools and the choice among them, as this format has them. */

import { compact } from '../../compact.ts';
import { unsupported } from '../../errors.ts';
import type { ChatRequest, CustomTool, FunctionTool, WebSearchTool } from '../../ir/request.ts';
import { isObject, type JsonObject, type JsonValue } from '../../json.ts';
import type { Report } from '../../loss.ts';
import type { WireTool } from './wire.ts';

/** OpenAI refuses more. */
const TOOLS_MAX = 128;

export function encodeTools(request: ChatRequest, report: Report): JsonObject {
  const callable = request.tools.filter((tool) => tool.type !== 'web-search');
  const search = request.tools.find((tool) => tool.type === 'web-search');
  if (callable.length > TOOLS_MAX) {
    throw unsupported(
      'tools',
      `tools: Chat Completions takes ${TOOLS_MAX} tools, not ${callable.length}`,
    );
  }
  const fields = {
    web_search_options: search === undefined ? undefined : webSearchOptions(search, report),
  };
  if (callable.length === 0) return compact(fields);
  for (const tool of callable) {
    if (tool.type !== 'function' || tool.cache === undefined) continue;
    report({
      feature: 'tool-cache-mark',
      path: tool.path ?? `tools.${tool.name}`,
      action: 'dropped',
      reason: 'unsupported',
      effect: 'hint',
    });
  }
  return compact({
    tools: callable.map((tool) => (tool.type === 'custom' ? customTool(tool) : functionTool(tool))),
    tool_choice: toolChoice(request, callable),
    parallel_tool_calls: request.toolChoice?.parallel,
    ...fields,
  });
}

function functionTool({ name, description, schema, strict }: FunctionTool): WireTool {
  return {
    type: 'function',
    function: compact({
      name,
      description,
      // Optional at OpenAI, but several compatible servers refuse a tool without it.
      parameters: isObject(schema) ? schema : { type: 'object', properties: {} },
      strict,
    }),
  };
}

function customTool({ name, description, grammar }: CustomTool): WireTool {
  return {
    type: 'custom',
    custom: compact({
      name,
      description,
      format: grammar === undefined ? undefined : { type: 'grammar', grammar: { ...grammar } },
    }),
  };
}

function toolChoice(
  request: ChatRequest,
  callable: readonly (FunctionTool | CustomTool)[],
): JsonValue | undefined {
  const choice = request.toolChoice;
  if (choice === undefined) return undefined;
  const { mode, only } = choice;
  if (mode === 'none' || only === undefined || only.length === 0) return mode;
  const named = only.map((name) => {
    const isCustom = callable.some((tool) => tool.name === name && tool.type === 'custom');
    return isCustom
      ? { type: 'custom', custom: { name } }
      : { type: 'function', function: { name } };
  });
  const [first] = named;
  if (mode === 'required' && named.length === 1 && first !== undefined) return first;
  return { type: 'allowed_tools', allowed_tools: { mode, tools: named } };
}

function webSearchOptions(tool: WebSearchTool, report: Report): JsonObject {
  const lost = {
    'web-search-max-uses': tool.maxUses,
    'web-search-domains': tool.allowedDomains ?? tool.blockedDomains,
  };
  for (const [feature, value] of Object.entries(lost)) {
    if (value === undefined) continue;
    report({
      feature,
      path: tool.path ?? 'tools',
      action: 'dropped',
      reason: 'unsupported',
      effect: 'answer',
    });
  }
  return compact({
    search_context_size: tool.contextSize,
    user_location:
      tool.location === undefined
        ? undefined
        : { type: 'approximate', approximate: { ...tool.location } },
  });
}
