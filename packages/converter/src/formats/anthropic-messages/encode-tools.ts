/** Writes tools and the choice among them. */
import { compact } from '../../compact.ts';
import { unsupported } from '../../errors.ts';
import type {
  ChatRequest,
  FunctionTool,
  Tool,
  ToolChoice,
  WebSearchTool,
} from '../../ir/request.ts';
import { isObject, type JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { at } from '../../read.ts';
import type { Scope } from './encode-content.ts';
import { drop, fieldAt, type Place } from './losses.ts';

interface EncodedTools {
  readonly tools: readonly JsonObject[];
  readonly choice: JsonObject | undefined;
}

/** A choice without tools is refused by the provider, so it goes where they go. */
export function encodeTools(request: ChatRequest, scope: Scope): EncodedTools {
  const { report, markBlock } = scope;
  const tools = offered(request, report).map(({ tool, path }) =>
    encodeTool(tool, { report, markBlock, path }),
  );
  const { toolChoice } = request;
  const isChosen = toolChoice !== undefined && tools.length > 0;
  return { tools, choice: isChosen ? encodeChoice(toolChoice) : undefined };
}

interface Offered {
  readonly tool: Tool;
  readonly path: string;
}

/** A set of allowed tools is said by leaving out the others; a single forced one has its own word. */
function offered({ tools, toolChoice }: ChatRequest, report: Report): readonly Offered[] {
  const all = tools.map((tool, index) => ({ tool, path: tool.path ?? at('tools', index) }));
  const { mode, only } = toolChoice ?? {};
  const isForced = mode === 'required' && only?.length === 1;
  if (only === undefined || mode === 'none' || isForced) return all;
  const kept = all.filter(({ tool }) => tool.type === 'web-search' || only.includes(tool.name));
  if (kept.length < all.length) {
    drop(
      { path: 'toolChoice.only', report },
      {
        feature: 'allowed-tools',
        action: 'weakened',
        reason: 'emulated',
        effect: 'hint',
        detail: 'the other tools are left out, which costs the prompt cache',
      },
    );
  }
  return kept;
}

function encodeTool(tool: Tool, scope: Scope & Place): JsonObject {
  switch (tool.type) {
    case 'web-search':
      return encodeSearch(tool, scope);
    case 'custom':
      throw unsupported(
        scope.path,
        `${scope.path}: the Messages API has no tools with free text input`,
      );
    case 'function':
      return scope.markBlock(encodeFunction(tool), tool);
  }
}

function encodeFunction({ name, description, schema, strict }: FunctionTool): JsonObject {
  const input_schema = isObject(schema) ? schema : { type: 'object', properties: {} };
  return compact({ name, description, input_schema, strict });
}

/** The first version is the one that every model knows. */
function encodeSearch(tool: WebSearchTool, place: Place): JsonObject {
  const { maxUses, allowedDomains, blockedDomains, location } = tool;
  if (tool.contextSize !== undefined) {
    const size = fieldAt(tool, place, 'contextSize');
    drop(size, { feature: 'search-context-size', effect: 'hint' });
  }
  const isBlocking = allowedDomains === undefined && blockedDomains !== undefined;
  if (blockedDomains !== undefined && !isBlocking) {
    drop(fieldAt(tool, place, 'blockedDomains'), {
      feature: 'blocked-domains',
      effect: 'answer',
      detail: 'the provider takes either allowed or blocked domains',
    });
  }
  const { city, region, country, timezone } = location ?? {};
  return {
    type: 'web_search_20250305',
    name: 'web_search',
    ...(maxUses !== undefined && { max_uses: maxUses }),
    ...(allowedDomains !== undefined && { allowed_domains: allowedDomains }),
    ...(isBlocking && { blocked_domains: blockedDomains }),
    ...(location !== undefined && {
      user_location: {
        type: 'approximate',
        ...(city !== undefined && { city }),
        ...(region !== undefined && { region }),
        ...(country !== undefined && { country }),
        ...(timezone !== undefined && { timezone }),
      },
    }),
  };
}

function encodeChoice({ mode, only, parallel }: ToolChoice): JsonObject | undefined {
  const serial = parallel === false && { disable_parallel_tool_use: true };
  const [name] = only ?? [];
  switch (mode) {
    case 'none':
      return { type: 'none' };
    case 'required':
      return only?.length === 1 && name !== undefined
        ? { type: 'tool', name, ...serial }
        : { type: 'any', ...serial };
    case 'auto':
      return { type: 'auto', ...serial };
  }
}
