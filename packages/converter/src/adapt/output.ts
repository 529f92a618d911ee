/**
 * Structured output: the model's own where it has it and the schema is within its limits, else a
 * tool whose call is the answer, else words.
 */
import type { ChatRequest, FunctionTool, OutputFormat } from '../ir/request.ts';
import { stringifyJson } from '../json.ts';
import type { Rule, Situation } from './contract.ts';
import { wrapSchema } from './schema.ts';
import {
  closeNamedObjects,
  type FittedSchema,
  fitToClaude,
  fitToGemini,
  meetsOpenAiSubset,
} from './schema-limits.ts';
import { withInstruction } from './system.ts';
import { objectRoot } from './tools.ts';

type SchemaOutput = Extract<OutputFormat, { readonly type: 'schema' }>;

const jsonInstruction = 'Respond with one JSON object only.';

export const adaptOutput: Rule = (request, situation) => {
  const { output } = request;
  if (output === undefined) return request;
  if (output.type === 'json') return adaptJson(request, situation);
  const native = isAllowedBesideTools(request, situation) ? fit(output, situation) : undefined;
  if (native !== undefined) return { ...request, output: native };
  if (request.toolChoice?.mode === 'required') return withoutOutput(request, situation);
  const toolAllowed =
    situation.can.forcedToolChoice !== 'never' && !searchesAlone(request, situation);
  return toolAllowed
    ? asTool(request, output, situation)
    : asInstruction(request, output, situation);
};

function adaptJson(request: ChatRequest, situation: Situation): ChatRequest {
  const { can, report } = situation;
  if (can.output.json && isAllowedBesideTools(request, situation)) {
    const needsWord = can.output.jsonNeedsWord && !mentionsJson(request);
    return needsWord ? withInstruction(request, jsonInstruction, situation) : request;
  }
  report({
    feature: 'json-output',
    path: 'output',
    action: 'weakened',
    reason: 'emulated',
    effect: 'answer',
    detail: 'the model was told to answer in JSON but is not held to it',
  });
  const told = withInstruction(request, jsonInstruction, situation);
  return { ...told, output: undefined };
}

function mentionsJson({ system, turns }: ChatRequest): boolean {
  const texts = turns.flatMap(({ parts }) =>
    parts.map((part) => (part.type === 'text' ? part.text : '')),
  );
  return [...system.map(({ text }) => text), ...texts].some((text) => /json/i.test(text));
}

function hasFunctions({ tools }: ChatRequest): boolean {
  return tools.some(({ type }) => type !== 'web-search');
}

/** The model's search bears no functions beside it, and no output format either. */
function searchesAlone({ tools }: ChatRequest, { can }: Situation): boolean {
  return !can.searchWithFunctions && tools.some(({ type }) => type === 'web-search');
}

function isAllowedBesideTools(request: ChatRequest, situation: Situation): boolean {
  const { can } = situation;
  if (searchesAlone(request, situation)) return false;
  if (!hasFunctions(request) || can.output.withFunctions === 'any') return true;
  return can.output.withFunctions === 'auto' && request.toolChoice?.mode !== 'required';
}

/** An answer that must call a tool has no text to be held to a schema. */
function withoutOutput(request: ChatRequest, { report }: Situation): ChatRequest {
  report({
    feature: 'output-schema',
    path: 'output',
    action: 'dropped',
    reason: 'model',
    effect: 'hint',
    detail: 'the model must call a tool, so that its answer is no text of this schema',
  });
  return { ...request, output: undefined };
}

/** Undefined: the model cannot be held to the schema by itself. */
function fit(output: SchemaOutput, { can, report }: Situation): SchemaOutput | undefined {
  switch (can.output.schema) {
    case 'none':
      return undefined;
    case 'openai': {
      const schema = objectRoot(output.schema, 'plain-object');
      if (schema === undefined) return undefined;
      return withStrict({ ...output, schema }, report);
    }
    case 'anthropic': {
      const schema = objectRoot(output.schema, 'plain-object');
      const fitted = schema === undefined ? undefined : fitToClaude(schema);
      return fitted === undefined ? undefined : withFitted(output, fitted, report);
    }
    case 'gemini':
      return withFitted(output, fitToGemini(output.schema), report);
  }
}

function withStrict(output: SchemaOutput, report: Situation['report']): SchemaOutput {
  if (output.strict === false) return output;
  const closed = closeNamedObjects(output.schema);
  if (meetsOpenAiSubset(closed)) return { ...output, schema: closed, strict: true };
  report({
    feature: 'output-schema',
    path: 'output.schema',
    action: 'weakened',
    reason: 'unsupported',
    effect: 'answer',
    detail: 'the model knows the schema but is held only to such as require every property',
  });
  return { ...output, strict: false };
}

function withFitted(
  output: SchemaOutput,
  { schema, weakened }: FittedSchema,
  report: Situation['report'],
): SchemaOutput {
  if (weakened) {
    report({
      feature: 'output-schema',
      path: 'output.schema',
      action: 'weakened',
      reason: 'unsupported',
      effect: 'answer',
      detail: 'constraints that the model cannot be held to became part of descriptions',
    });
  }
  return { ...output, schema };
}

function asTool(request: ChatRequest, output: SchemaOutput, situation: Situation): ChatRequest {
  const { can, report, restoration } = situation;
  report({
    feature: 'output-schema',
    path: 'output',
    action: 'weakened',
    reason: 'emulated',
    effect: 'hint',
    detail: 'the model answers by calling a tool that takes the schema; the call becomes the text',
  });
  const name = unusedName(request);
  const schema = objectRoot(output.schema, can.toolSchemaRoot);
  restoration.outputTool = name;
  if (schema === undefined) restoration.wrappedTools.add(name);
  const tool: FunctionTool = {
    type: 'function',
    name,
    description: output.description ?? 'Respond with a JSON object.',
    schema: schema ?? wrapSchema(output.schema),
  };
  const free = hasFunctions(request) && request.toolChoice?.mode !== 'none';
  const only = free ? withTool(request.toolChoice?.only, name) : [name];
  return {
    ...request,
    output: undefined,
    tools: [...request.tools, tool],
    toolChoice: {
      mode: 'required',
      ...(only !== undefined && { only }),
      ...(can.parallelControl && { parallel: false }),
    },
  };
}

function withTool(
  only: readonly string[] | undefined,
  name: string,
): readonly string[] | undefined {
  return only === undefined ? undefined : [...only, name];
}

function unusedName({ tools, turns }: ChatRequest): string {
  const used = new Set<string>();
  for (const tool of tools) if (tool.type !== 'web-search') used.add(tool.name);
  for (const { parts } of turns) {
    for (const part of parts) if (part.type === 'tool-call') used.add(part.name);
  }
  if (!used.has('json')) return 'json';
  let count = 1;
  while (used.has(`json_${count}`)) count++;
  return `json_${count}`;
}

function asInstruction(
  request: ChatRequest,
  output: SchemaOutput,
  situation: Situation,
): ChatRequest {
  situation.report({
    feature: 'output-schema',
    path: 'output',
    action: 'weakened',
    reason: 'emulated',
    effect: 'answer',
    detail: 'the model was told to answer by the schema but is not held to it',
  });
  const text = `Respond with JSON only, without any other text. It must follow this JSON schema:\n${stringifyJson(output.schema)}`;
  const told = withInstruction(request, text, situation);
  return { ...told, output: undefined };
}
