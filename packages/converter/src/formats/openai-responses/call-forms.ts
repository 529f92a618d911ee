/**
 * How a client reads the calls of tools that other formats know by another name or as plain
 * functions: noted with its request, and looked up when the answer is written.
 */
import type { ToolCallPart } from '../../ir/part.ts';
import type { AnsweredRequest } from '../../ir/request.ts';
import { isObject } from '../../json.ts';
import { type BuiltInName, isBuiltIn } from './built-in-tools.ts';

export type CallForm =
  | { readonly namespace: string; readonly name: string }
  | { readonly builtIn: BuiltInName };

/** A call in the client's words; `input` is what the model wrote. */
export interface Called extends Pick<ToolCallPart, 'id' | 'name' | 'kind' | 'input'> {
  readonly namespace?: string | undefined;
  readonly builtIn?: BuiltInName | undefined;
}

/**
 * One name for both, since other formats have no namespaces. A function that was found by a search
 * is said to be in a namespace of its own name.
 */
export function flatName(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === name ? name : `${namespace}__${name}`;
}

export function calledAs(call: Called, { clientNotes }: AnsweredRequest): Called {
  const forms = clientNotes?.['callForms'];
  const form = isObject(forms) ? forms[call.name] : undefined;
  if (!isObject(form)) return call;
  const { namespace, name, builtIn } = form;
  if (typeof builtIn === 'string' && isBuiltIn(builtIn)) return { ...call, builtIn };
  if (typeof namespace !== 'string' || typeof name !== 'string') return call;
  return { ...call, name, namespace };
}
