/**
 * Tools that a model of OpenAI's knows by their type alone and that the client runs: a shell, patches,
 * the search for tools. Elsewhere they are functions of the same name, and their calls are told in
 * the client's own words again.
 */

import { compact } from '../../compact.ts';
import type { FunctionTool, JsonSchema } from '../../ir/request.ts';
import {
  isObject,
  type JsonObject,
  type JsonValue,
  stringifyJson,
  tryParseJson,
} from '../../json.ts';
import { filledIn, listOf, numberIn, objectIn, objectsIn, textIn } from '../../openai/lenient.ts';

export type BuiltInName = 'apply_patch' | 'local_shell' | 'shell' | 'tool_search';

interface BuiltIn {
  readonly idPrefix: string;
  /** What the model gets to know; some of it may stand in the tool. */
  define(tool: JsonObject): Pick<FunctionTool, 'description' | 'schema'>;
  /** Arguments of the function, from an item of the history. */
  argumentsOf(item: JsonObject): JsonValue;
  /** What the client reads of a call; models do not always keep to the schema. */
  fieldsOf(input: JsonObject): JsonObject;
  resultOf(output: JsonObject): { readonly text: string; readonly isError: boolean };
}

const builtIns: { readonly [name in BuiltInName]: BuiltIn } = {
  apply_patch: {
    idPrefix: 'apc_',
    define: () => ({ description: patchDescription, schema: patchSchema }),
    argumentsOf: (item) => objectIn(item, 'operation') ?? {},
    fieldsOf: (input) => ({ operation: patchOf(input) }),
    resultOf: (output) => ({
      text: textIn(output, 'output') ?? '',
      isError: output['status'] === 'failed',
    }),
  },
  local_shell: {
    idPrefix: 'lsh_',
    define: () => ({
      description: 'Runs a command on the user’s machine and returns its output.',
      schema: localShellSchema,
    }),
    argumentsOf(item) {
      const { type: _, ...action } = objectIn(item, 'action') ?? {};
      return withoutNulls(action);
    },
    fieldsOf: (input) => ({
      action: {
        type: 'exec',
        command: wordsOf(input['command']),
        env: objectIn(input, 'env') ?? {},
        timeout_ms: numberIn(input, 'timeout_ms') ?? null,
        user: filledIn(input, 'user') ?? null,
        working_directory: filledIn(input, 'working_directory') ?? null,
      },
    }),
    resultOf: (output) => ({ text: textIn(output, 'output') ?? '', isError: false }),
  },
  shell: {
    idPrefix: 'sh_',
    define: () => ({
      description: 'Runs shell commands on the user’s machine and returns the output of each.',
      schema: shellSchema,
    }),
    argumentsOf: (item) => withoutNulls(objectIn(item, 'action') ?? {}),
    fieldsOf: (input) => ({
      action: {
        commands: wordsOf(input['commands'] ?? input['command']),
        max_output_length: numberIn(input, 'max_output_length') ?? null,
        timeout_ms: numberIn(input, 'timeout_ms') ?? null,
      },
      environment: { type: 'local' },
    }),
    resultOf: (output) => ({ text: shellText(output), isError: false }),
  },
  tool_search: {
    idPrefix: 'tsc_',
    define: (tool) =>
      compact({
        description: filledIn(tool, 'description'),
        schema: objectIn(tool, 'parameters'),
      }),
    argumentsOf: (item) => item['arguments'] ?? {},
    fieldsOf: (input) => ({ execution: 'client', arguments: input }),
    resultOf: (output) => ({ text: foundTools(output), isError: false }),
  },
};

const timeout = { type: 'integer', description: 'Milliseconds after which it is stopped.' };

const localShellSchema: JsonSchema = {
  type: 'object',
  properties: {
    command: {
      type: 'array',
      items: { type: 'string' },
      description: 'The program and its arguments, such as ["bash", "-lc", "ls"].',
    },
    working_directory: { type: 'string' },
    timeout_ms: timeout,
    env: { type: 'object', additionalProperties: { type: 'string' } },
  },
  required: ['command'],
};

const shellSchema: JsonSchema = {
  type: 'object',
  properties: {
    commands: {
      type: 'array',
      items: { type: 'string' },
      description: 'Commands for the shell; each is run by itself.',
    },
    timeout_ms: timeout,
    max_output_length: { type: 'integer', description: 'Most characters of output to return.' },
  },
  required: ['commands'],
};

const patchDescription = [
  'Creates, changes or deletes one file.',
  'The diff consists of hunks. Each begins with a line of "@@", after which the nearest class or function may be named, and goes on with a few unchanged lines before and after each change (first character a space), removed lines ("-") and added lines ("+"). It has no line numbers and no headers.',
  'To create a file, every line of the diff begins with "+". To delete one, leave the diff out.',
].join(' ');

const patchTypes: readonly string[] = ['create_file', 'update_file', 'delete_file'];

const patchSchema: JsonSchema = {
  type: 'object',
  properties: {
    type: { type: 'string', enum: patchTypes },
    path: { type: 'string', description: 'Path of the file.' },
    diff: { type: 'string' },
  },
  required: ['type', 'path'],
};

export function isBuiltIn(name: string): name is BuiltInName {
  return Object.hasOwn(builtIns, name);
}

/** By the type of a call's item, or of its output's. */
export function builtInOfItem(type: string): BuiltInName | undefined {
  const name = type.replace(/_call(_output)?$|_output$/, '');
  return name !== type && isBuiltIn(name) ? name : undefined;
}

export function builtInFunction(name: BuiltInName, tool: JsonObject): FunctionTool {
  return { type: 'function', name, ...builtIns[name].define(tool) };
}

export function builtInInput(name: BuiltInName, item: JsonObject): string {
  const value = builtIns[name].argumentsOf(item);
  return typeof value === 'string' ? value : stringifyJson(value);
}

export function builtInResult(
  name: BuiltInName,
  output: JsonObject,
): { readonly text: string; readonly isError: boolean } {
  return builtIns[name].resultOf(output);
}

export function builtInPrefix(name: BuiltInName): string {
  return builtIns[name].idPrefix;
}

/** An input that is not whole yet, or no object, leaves the fields empty. */
export function builtInFields(name: BuiltInName, input: string): JsonObject {
  const value = tryParseJson(input);
  return builtIns[name].fieldsOf(isObject(value) ? value : {});
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

function wordsOf(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return listOf(value).filter((word) => typeof word === 'string');
}

function patchOf(input: JsonObject): JsonObject {
  const path = textIn(input, 'path') ?? '';
  const diff = textIn(input, 'diff') ?? '';
  const type = textIn(input, 'type') ?? '';
  if (type === 'delete_file') return { type, path };
  return { type: patchTypes.includes(type) ? type : 'update_file', path, diff };
}

function shellText(output: JsonObject): string {
  if (typeof output['output'] === 'string') return output['output'];
  return objectsIn(output, 'output').map(commandText).join('\n');
}

function commandText(told: JsonObject): string {
  const outcome = objectIn(told, 'outcome') ?? {};
  const code = numberIn(outcome, 'exit_code') ?? 0;
  const isLate = outcome['type'] === 'timeout';
  const end = isLate ? '[timed out]' : code === 0 ? undefined : `[exit code ${code}]`;
  return [filledIn(told, 'stdout'), filledIn(told, 'stderr'), end]
    .filter((text) => text !== undefined)
    .join('\n');
}

function foundTools(output: JsonObject): string {
  const names = objectsIn(output, 'tools').flatMap((tool) => filledIn(tool, 'name') ?? []);
  return names.length === 0 ? 'No tools were found.' : `Tools found: ${names.join(', ')}`;
}
