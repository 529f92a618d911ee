/**
 * Builds the arguments of a call that Vertex AI streams value by value, each under a JSON path such as
 * `$.address.lines[0]`; a string may come in several pieces.
 */
import { isObject, type JsonObject, type JsonValue, stringifyJson } from '../../json.ts';
import { numericOf } from './fields.ts';

/** A call larger than this is not an answer that anybody waits for. */
const ARGUMENT_CHARACTERS_MAX = 8 * 1024 * 1024;
const PATH_STEPS_MAX = 100;

type Node = Branch | { readonly value: string | number | boolean | null };

interface Branch {
  readonly children: Map<string, Node>;
  readonly isArray: boolean;
}

export interface PartialArgs {
  add(args: JsonValue | undefined): void;
  /** The arguments so far as JSON text; undefined when they outgrew the bound. */
  text(): string | undefined;
}

export function createPartialArgs(): PartialArgs {
  const root: Branch = { children: new Map(), isArray: false };
  let size = 0;

  function set(arg: JsonObject): void {
    const steps = stepsOf(arg['jsonPath']);
    const last = steps.pop();
    const value = valueOf(arg);
    if (last === undefined || value === undefined) return;
    size += typeof value === 'string' ? value.length : 8;
    if (size > ARGUMENT_CHARACTERS_MAX) return;
    const parent = branchAt(root, [...steps], /^\d+$/.test(last));
    const before = parent.children.get(last);
    const isContinued = before !== undefined && 'value' in before;
    const text = isContinued && typeof before.value === 'string' ? before.value : '';
    parent.children.set(last, { value: typeof value === 'string' ? text + value : value });
  }

  return {
    add(args) {
      if (!Array.isArray(args)) return;
      for (const arg of args) if (isObject(arg)) set(arg);
    },
    text: () => (size > ARGUMENT_CHARACTERS_MAX ? undefined : written(root)),
  };
}

/** `$.a.b[0]['c d']` to `a`, `b`, `0`, `c d`. */
function stepsOf(path: JsonValue | undefined): string[] {
  if (typeof path !== 'string') return [];
  const steps: string[] = [];
  for (const [, single, double, index, name] of path.matchAll(
    /\['([^']*)'\]|\["([^"]*)"\]|\[(\d+)\]|([^.[\]$]+)/g,
  )) {
    const step = single ?? double ?? index ?? name;
    if (step !== undefined) steps.push(step);
  }
  return steps.length > PATH_STEPS_MAX ? [] : steps;
}

function valueOf(arg: JsonObject): string | number | boolean | null | undefined {
  if (typeof arg['stringValue'] === 'string') return arg['stringValue'];
  if (typeof arg['boolValue'] === 'boolean') return arg['boolValue'];
  if (arg['nullValue'] !== undefined) return null;
  return numericOf(arg['numberValue']);
}

/** The branch that the steps lead to; what is missing on the way is made. */
function branchAt(root: Branch, steps: readonly string[], endsInArray: boolean): Branch {
  let branch = root;
  for (const [index, step] of steps.entries()) {
    const next = branch.children.get(step);
    if (next !== undefined && 'children' in next) {
      branch = next;
      continue;
    }
    const following = steps[index + 1];
    const isArray = following === undefined ? endsInArray : /^\d+$/.test(following);
    const made: Branch = { children: new Map(), isArray };
    branch.children.set(step, made);
    branch = made;
  }
  return branch;
}

function written(node: Node): string {
  if ('value' in node) return stringifyJson(node.value);
  const members = [...node.children];
  if (node.isArray) return `[${members.map(([, child]) => written(child)).join(',')}]`;
  const pairs = members.map(([name, child]) => `${stringifyJson(name)}:${written(child)}`);
  return `{${pairs.join(',')}}`;
}
