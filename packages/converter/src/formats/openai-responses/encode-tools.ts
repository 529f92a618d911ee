/** Tools and the choice among them, as this format has them: all flat. */

import { compact } from '../../compact.ts';
import type {
  ChatRequest,
  CustomTool,
  FunctionTool,
  Tool,
  WebSearchTool,
} from '../../ir/request.ts';
import { isObject, type JsonObject, type JsonValue } from '../../json.ts';
import type { Report } from '../../loss.ts';

export function encodeTools({ tools, toolChoice }: ChatRequest, report: Report): JsonObject {
  if (tools.length === 0) return {};
  return compact({
    tools: tools.map((tool) => encodeTool(tool, report)),
    tool_choice: toolChoice === undefined ? undefined : choiceOf(toolChoice, tools),
    parallel_tool_calls: toolChoice?.parallel,
  });
}

function encodeTool(tool: Tool, report: Report): JsonObject {
  switch (tool.type) {
    case 'function':
      return functionTool(tool, report);
    case 'custom':
      return customTool(tool);
    case 'web-search':
      return webSearch(tool, report);
  }
}

function functionTool(tool: FunctionTool, report: Report): JsonObject {
  const { name, description, schema, strict, cache } = tool;
  if (cache !== undefined) {
    report({
      feature: 'tool-cache-mark',
      path: tool.path ?? `tools.${name}`,
      action: 'dropped',
      reason: 'unsupported',
      effect: 'hint',
    });
  }
  return compact({
    type: 'function',
    name,
    description,
    parameters: isObject(schema) ? schema : { type: 'object', properties: {} },
    // Where nothing is said, schemas are made strict, which other formats do not do.
    strict: strict ?? false,
  });
}

function customTool({ name, description, grammar }: CustomTool): JsonObject {
  return compact({
    type: 'custom',
    name,
    description,
    format: grammar === undefined ? undefined : { type: 'grammar', ...grammar },
  });
}

function webSearch(tool: WebSearchTool, report: Report): JsonObject {
  const lost = {
    'web-search-max-uses': tool.maxUses,
    'web-search-domains': tool.blockedDomains,
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
  const { allowedDomains, contextSize, location } = tool;
  return compact({
    type: 'web_search',
    filters: allowedDomains === undefined ? undefined : { allowed_domains: allowedDomains },
    search_context_size: contextSize,
    user_location: location === undefined ? undefined : { type: 'approximate', ...location },
  });
}

function choiceOf(
  { mode, only }: NonNullable<ChatRequest['toolChoice']>,
  tools: readonly Tool[],
): JsonValue {
  if (mode === 'none' || only === undefined || only.length === 0) return mode;
  const named = only.map((name) => {
    const isCustom = tools.some((tool) => tool.type === 'custom' && tool.name === name);
    return { type: isCustom ? 'custom' : 'function', name };
  });
  const [first] = named;
  if (mode === 'required' && named.length === 1 && first !== undefined) return first;
  return { type: 'allowed_tools', mode, tools: named };
}
