/** Writes tools and how they may be called. */
import { unsupported } from '../../errors.ts';
import type { FunctionTool, Tool, ToolChoice, WebSearchTool } from '../../ir/request.ts';
import { isObject, type JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { at } from '../../read.ts';

export interface EncodedTools {
  readonly tools: readonly JsonObject[];
  readonly toolConfig: JsonObject | undefined;
}

/** Without tools there is no tool config either: Gemini refuses the one without the other. */
export function encodeTools(
  tools: readonly Tool[],
  choice: ToolChoice | undefined,
  report: Report,
): EncodedTools | undefined {
  const functions: JsonObject[] = [];
  const searches: JsonObject[] = [];
  for (const [index, tool] of tools.entries()) {
    const path = tool.path ?? at('tools', index);
    if (tool.type === 'function') functions.push(declarationOf(tool, path, report));
    // NONE stops functions only; a search would still run.
    else if (tool.type === 'web-search' && choice?.mode !== 'none') {
      reportSearch(tool, path, report);
      searches.push({ googleSearch: {} });
    } else if (tool.type === 'custom') {
      throw unsupported(path, `${path}: Gemini has no tools with free text input (${tool.name})`);
    }
  }
  if (functions.length === 0 && searches.length === 0) return undefined;
  if (choice?.parallel === false && functions.length > 0) {
    report({
      feature: 'parallel-tool-calls',
      path: 'toolChoice.parallel',
      action: 'dropped',
      reason: 'unsupported',
      effect: 'answer',
      detail: 'Gemini cannot be told to make one call at a time.',
    });
  }
  const declared = functions.length === 0 ? [] : [{ functionDeclarations: functions }];
  return {
    tools: [...declared, ...searches],
    toolConfig: functions.length === 0 ? undefined : configOf(tools, choice),
  };
}

function declarationOf(tool: FunctionTool, path: string, report: Report): JsonObject {
  if (tool.cache !== undefined) {
    report({
      feature: 'cache-mark',
      path: tool.path ?? at(path, 'cache'),
      action: 'dropped',
      reason: 'unsupported',
      effect: 'hint',
    });
  }
  const { name, description, schema } = tool;
  const takesNothing = schema === undefined || isEmptyObject(schema);
  return {
    name,
    description: description === '' ? undefined : description,
    parametersJsonSchema: takesNothing || !isObject(schema) ? undefined : schema,
  };
}

/** `{type: object}` without properties: some Gemini services refuse it, all take its absence. */
function isEmptyObject(schema: { readonly [key: string]: unknown }): boolean {
  const { type, properties, additionalProperties } = schema;
  const isClosed = additionalProperties === undefined || additionalProperties === false;
  if (type !== 'object' || !isClosed) return false;
  if (isObject(properties) && Object.keys(properties).length > 0) return false;
  return !Object.keys(schema).some((key) => /^(\$ref|anyOf|oneOf|allOf)$/.test(key));
}

const searchOptions = [
  ['maxUses', 'how often it may be used'],
  ['allowedDomains', 'to keep to some domains'],
  ['blockedDomains', 'to leave out some domains'],
  ['contextSize', 'how much to read'],
  ['location', 'where the user is'],
] as const satisfies readonly (readonly [keyof WebSearchTool, string])[];

function reportSearch(tool: WebSearchTool, path: string, report: Report): void {
  for (const [key, wish] of searchOptions) {
    if (tool[key] === undefined) continue;
    report({
      feature: 'web-search-options',
      path: tool.path ?? at(path, key),
      action: 'dropped',
      reason: 'unsupported',
      effect: key === 'contextSize' ? 'hint' : 'answer',
      detail: `Google Search cannot be told ${wish}.`,
    });
  }
}

function configOf(tools: readonly Tool[], choice: ToolChoice | undefined): JsonObject | undefined {
  const isStrict = tools.some((tool) => tool.type === 'function' && tool.strict === true);
  const names = choice?.only === undefined ? {} : { allowedFunctionNames: choice.only };
  const config = (mode: string): JsonObject => ({ functionCallingConfig: { mode, ...names } });
  if (choice?.mode === 'required') return config('ANY');
  if (choice?.mode === 'none') return { functionCallingConfig: { mode: 'NONE' } };
  // AUTO ignores the list of names, and does not hold calls to their schema.
  if (isStrict || choice?.only !== undefined) return config('VALIDATED');
  return choice === undefined ? undefined : config('AUTO');
}
