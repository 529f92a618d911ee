/** Tool definitions, their names and kinds, and the same in history and choice. */
import { invalidRequest } from '../errors.ts';
import type { Part, ToolCallPart } from '../ir/part.ts';
import type {
  ChatRequest,
  CustomTool,
  FunctionTool,
  JsonSchema,
  Tool,
  ToolChoice,
  Turn,
} from '../ir/request.ts';
import { stringifyJson, tryParseJson } from '../json.ts';
import type { Capabilities, NameGrammar, Rule, Situation } from './contract.ts';
import { inlineRoot, isSchema, wrapSchema } from './schema.ts';
import { isUnion, meetsClaudeSubset, meetsOpenAiSubset } from './schema-limits.ts';
import { fitNames, fitsName } from './tool-names.ts';
import { mapKeeping, mapParts } from './unchanged.ts';

export const adaptTools: Rule = (request, situation) => {
  const unique = withoutSearch(withoutDuplicates(request.tools, situation), situation);
  const toolChoice = checkChoice(request.toolChoice, unique);
  const tools = mapKeeping(unique, (tool, index) => adaptTool(tool, index, situation));
  const turns = callsStay(request.turns, situation)
    ? request.turns
    : mapParts(request.turns, (part) =>
        part.type === 'tool-call' ? adaptCall(part, situation) : part,
      );
  const same =
    tools === request.tools && turns === request.turns && toolChoice === request.toolChoice;
  return fitToolNames(same ? request : { ...request, tools, turns, toolChoice }, situation);
};

/** What most often is all that there is to know of a long history. */
function callsStay(turns: readonly Turn[], { can, restoration }: Situation): boolean {
  if (restoration.wrappedTools.size > 0) return false;
  return can.customTools || !turns.some(({ parts }) => parts.some(isCustomCall));
}

function isCustomCall(part: Part): boolean {
  return part.type === 'tool-call' && part.kind === 'custom';
}

function fitToolNames(request: ChatRequest, { can, restoration }: Situation): ChatRequest {
  if (allNamesFit(request, can.toolNames)) return request;
  const renamed = fitNames(namesIn(request), can.toolNames);
  for (const [client, upstream] of renamed) restoration.toolNames.set(upstream, client);
  const rename = (name: string): string => renamed.get(name) ?? name;
  return {
    ...request,
    tools: mapKeeping(request.tools, (tool) => withName(tool, rename)),
    turns: mapParts(request.turns, (part) => {
      if (part.type === 'tool-call') return withName(part, rename);
      if (part.type !== 'tool-result' || part.name === undefined) return part;
      return rename(part.name) === part.name ? part : { ...part, name: rename(part.name) };
    }),
    toolChoice: renameChoice(request.toolChoice, rename),
  };
}

function allNamesFit({ tools, turns }: ChatRequest, grammar: NameGrammar): boolean {
  const fits = (named: Tool | Part): boolean =>
    !('name' in named) ||
    named.name === undefined ||
    named.type === 'media' ||
    fitsName(named.name, grammar);
  return tools.every(fits) && turns.every(({ parts }) => parts.every(fits));
}

function nameOf(tool: Tool): string | undefined {
  return tool.type === 'web-search' ? undefined : tool.name;
}

function namesIn(request: ChatRequest): ReadonlySet<string> {
  const names = new Set<string>();
  for (const tool of request.tools) if (tool.type !== 'web-search') names.add(tool.name);
  for (const { parts } of request.turns) {
    for (const part of parts) {
      if (part.type === 'tool-call') names.add(part.name);
      else if (part.type === 'tool-result' && part.name !== undefined) names.add(part.name);
    }
  }
  return names;
}

function withName<T extends Tool | ToolCallPart>(named: T, rename: (name: string) => string): T {
  if (named.type === 'web-search') return named;
  const name = rename(named.name);
  return name === named.name ? named : { ...named, name };
}

function withoutDuplicates(tools: readonly Tool[], { report }: Situation): readonly Tool[] {
  if (new Set(tools.map(nameOf)).size === tools.length) return tools;
  const last = new Map<string | undefined, number>();
  for (const [index, tool] of tools.entries()) last.set(nameOf(tool), index);
  return mapKeeping(tools, (tool, index) => {
    if (last.get(nameOf(tool)) === index) return tool;
    report({
      feature: 'tool',
      path: tool.path ?? `tools[${index}]`,
      action: 'dropped',
      reason: 'invalid',
      effect: 'answer',
      detail: `a later tool is also named ${nameOf(tool) ?? 'web search'}`,
    });
    return undefined;
  });
}

/** Agents always offer their search beside their own tools, and can do without the one, not without the others. */
function withoutSearch(
  tools: readonly Tool[],
  { can, target, report }: Situation,
): readonly Tool[] {
  if (can.searchWithFunctions || tools.length === 1) return tools;
  return mapKeeping(tools, (tool, index) => {
    if (tool.type !== 'web-search') return tool;
    report({
      feature: 'web-search',
      path: tool.path ?? `tools[${index}]`,
      action: 'dropped',
      reason: 'model',
      effect: 'answer',
      detail: `${target.model} cannot search the web while it also has functions to call`,
    });
    return undefined;
  });
}

function checkChoice(
  choice: ToolChoice | undefined,
  tools: readonly Tool[],
): ToolChoice | undefined {
  if (choice === undefined) return undefined;
  const { only = [] } = choice;
  const names = new Set(only.length === 0 ? [] : tools.map(nameOf));
  for (const [index, name] of only.entries()) {
    if (names.has(name)) continue;
    throw invalidRequest(`toolChoice.only[${index}]`, `there is no tool ${name} to choose`);
  }
  return tools.length === 0 ? undefined : choice;
}

function renameChoice(
  choice: ToolChoice | undefined,
  rename: (name: string) => string,
): ToolChoice | undefined {
  if (choice?.only === undefined) return choice;
  const only = choice.only.map(rename);
  return only.every((name, index) => name === choice.only?.[index]) ? choice : { ...choice, only };
}

function adaptTool(tool: Tool, index: number, situation: Situation): Tool {
  switch (tool.type) {
    case 'web-search':
      return tool;
    case 'custom':
      return situation.can.customTools ? tool : asFunction(tool, index, situation);
    case 'function':
      return fitStrict(fitSchema(tool, situation), index, situation);
  }
}

function asFunction(tool: CustomTool, index: number, situation: Situation): FunctionTool {
  const { restoration, report, target } = situation;
  restoration.customTools.add(tool.name);
  const { grammar } = tool;
  report({
    feature: grammar === undefined ? 'custom-tool' : 'custom-tool-grammar',
    path: tool.path ?? `tools[${index}]`,
    action: 'weakened',
    reason: 'emulated',
    effect: grammar === undefined ? 'hint' : 'answer',
    detail:
      grammar === undefined
        ? 'it became a function with one string as its input'
        : `it became a function; ${target.model} is told the grammar but is not held to it`,
  });
  const rule =
    grammar === undefined
      ? []
      : [`The input must follow this ${grammar.syntax} grammar:\n${grammar.definition}`];
  const description = [...(tool.description === undefined ? [] : [tool.description]), ...rule];
  return {
    type: 'function',
    name: tool.name,
    ...(tool.path !== undefined && { path: tool.path }),
    ...(description.length > 0 && { description: description.join('\n\n') }),
    schema: {
      type: 'object',
      properties: { input: { type: 'string' } },
      required: ['input'],
      additionalProperties: false,
    },
  };
}

const emptySchema: JsonSchema = { type: 'object', properties: {} };

function fitSchema(tool: FunctionTool, { can, restoration }: Situation): FunctionTool {
  if (tool.schema === undefined) {
    return can.toolSchemaRoot === 'plain-object' ? { ...tool, schema: emptySchema } : tool;
  }
  const schema = objectRoot(tool.schema, can.toolSchemaRoot);
  if (schema === tool.schema) return tool;
  if (schema !== undefined) return { ...tool, schema };
  restoration.wrappedTools.add(tool.name);
  return { ...tool, schema: wrapSchema(tool.schema) };
}

/** Undefined: what the schema describes is no object, or is a union where none may be. */
export function objectRoot(
  schema: JsonSchema,
  wanted: Capabilities['toolSchemaRoot'],
): JsonSchema | undefined {
  const root = inlineRoot(schema);
  if (wanted === 'plain-object' && isUnion(root)) return undefined;
  if (root.type === 'object') {
    return isSchema(root.properties) || wanted === 'object' ? root : { ...emptySchema, ...root };
  }
  const untyped = root.type === undefined && root.$ref === undefined && !isUnion(root);
  return untyped ? { ...emptySchema, ...root, type: 'object' } : undefined;
}

const strictSubsets = {
  any: () => true,
  openai: meetsOpenAiSubset,
  anthropic: meetsClaudeSubset,
  never: () => false,
} as const satisfies Record<Capabilities['strictTools'], (schema: JsonSchema) => boolean>;

function fitStrict(tool: FunctionTool, index: number, { can, report }: Situation): FunctionTool {
  if (tool.strict !== true) return tool;
  if (strictSubsets[can.strictTools](tool.schema ?? emptySchema)) return tool;
  report({
    feature: 'strict',
    path: tool.path ?? `tools[${index}]`,
    action: 'dropped',
    reason: can.strictTools === 'never' ? 'model' : 'unsupported',
    effect: 'answer',
    detail: 'the model cannot be held to this schema; calls may deviate from it',
  });
  const { strict: _, ...rest } = tool;
  return rest;
}

function adaptCall(call: ToolCallPart, { can, restoration }: Situation): ToolCallPart {
  if (call.kind === 'custom' && !can.customTools) {
    return { ...call, kind: 'function', input: stringifyJson({ input: call.input }) };
  }
  if (!restoration.wrappedTools.has(call.name)) return call;
  const json = tryParseJson(call.input) === undefined ? stringifyJson(call.input) : call.input;
  return { ...call, input: `{"input":${json}}` };
}
