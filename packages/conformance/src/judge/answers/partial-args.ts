/** Puts the arguments of a Gemini function call together that arrive as values at JSON paths. */
import { type Json, type JsonObject, numberOf, objectsOf, textOf } from '../json.ts';

type Branch = { [key: string]: Json | Branch };

export interface PartialCall {
  readonly name: string;
  /** Every value by its path, in order of arrival; text at one path adds up. */
  readonly values: Map<string, Json>;
}

export function addPartialArgs(call: PartialCall, wire: JsonObject): void {
  for (const argument of objectsOf(wire['partialArgs'])) {
    const path = textOf(argument['jsonPath']);
    const { stringValue } = argument;
    if (typeof stringValue === 'string') {
      call.values.set(path, textOf(call.values.get(path)) + stringValue);
    } else {
      call.values.set(path, numberOf(argument['numberValue']) ?? argument['boolValue'] ?? null);
    }
  }
}

export function argumentsOf(call: PartialCall): Json {
  const root: Branch = {};
  for (const [path, value] of call.values) {
    const steps = [...path.matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)].map(
      ([, key, index]) => key ?? `#${index}`,
    );
    place(root, steps, value);
  }
  return settle(root);
}

function place(root: Branch, steps: readonly string[], value: Json): void {
  let branch = root;
  for (const step of steps.slice(0, -1)) {
    const next = branch[step];
    const inner: Branch = isBranch(next) ? next : {};
    branch[step] = inner;
    branch = inner;
  }
  branch[steps.at(-1) ?? ''] = value;
}

function isBranch(value: Json | Branch | undefined): value is Branch {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function settle(value: Json | Branch): Json {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, settle(member)] as const);
  if (entries.length > 0 && entries.every(([key]) => key.startsWith('#'))) {
    return entries.map(([, member]) => member);
  }
  return Object.fromEntries(entries);
}
