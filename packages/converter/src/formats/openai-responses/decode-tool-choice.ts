/** The choice among tools: a word, one tool, or some of them. */

import { compact } from '../../compact.ts';
import { invalidRequest } from '../../errors.ts';
import type { Tool, ToolChoice } from '../../ir/request.ts';
import { isObject, type JsonObject, type JsonValue } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { filledIn, objectIn, objectsIn, textIn } from '../../openai/lenient.ts';
import { at, optionalBoolean, wrongType } from '../../read.ts';
import { isBuiltIn } from './built-in-tools.ts';
import { flatName } from './call-forms.ts';
import { drop } from './losses.ts';

/** A choice among no tools has no meaning, and other formats refuse it. */
export function decodeToolChoice(
  body: JsonObject,
  tools: readonly Tool[],
  report: Report,
): ToolChoice | undefined {
  const choice = choiceOf(body['tool_choice'], report);
  const parallel = optionalBoolean(body, 'parallel_tool_calls', '');
  if (tools.every(({ type }) => type === 'web-search')) {
    if (choice?.mode === 'required' && tools.length > 0) reportUnforced(report);
    return undefined;
  }
  if (choice === undefined && parallel === undefined) return undefined;
  return compact({ ...(choice ?? { mode: 'auto' as const }), parallel });
}

const plainChoices: ReadonlyMap<string, ToolChoice['mode']> = new Map([
  ['auto', 'auto'],
  ['none', 'none'],
  ['required', 'required'],
  ['any', 'required'],
]);

function choiceOf(value: JsonValue | undefined, report: Report): ToolChoice | undefined {
  const path = 'tool_choice';
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') {
    const mode = plainChoices.get(value);
    if (mode !== undefined) return { mode };
    throw invalidRequest(path, `${path}: "${value}" is not a choice of this format`);
  }
  if (!isObject(value)) throw wrongType(path, 'a string or an object', value);
  if (textIn(value, 'type') === 'allowed_tools') return allowedTools(value, report);
  const name = chosenName(value);
  if (name !== undefined) return { mode: 'required', only: [name] };
  return providersTool(value, report);
}

function allowedTools(choice: JsonObject, report: Report): ToolChoice {
  const allowed = objectIn(choice, 'allowed_tools') ?? choice;
  const mode = textIn(allowed, 'mode') === 'required' ? 'required' : 'auto';
  const tools = objectsIn(allowed, 'tools');
  const only = tools.flatMap((tool) => chosenName(tool) ?? []);
  if (only.length > 0) return { mode, only };
  const place = at('tool_choice', 'tools');
  if (tools.length === 0) throw invalidRequest(place, `${place}: names no tool`);
  return providersTool(choice, report);
}

/** `{type, name}`, the same with the name inside, or the type of a tool that has no other name. */
function chosenName(choice: JsonObject): string | undefined {
  const holder = objectIn(choice, 'function') ?? objectIn(choice, 'custom') ?? choice;
  const type = textIn(choice, 'type') ?? '';
  const name = filledIn(holder, 'name');
  if (name === undefined || type === 'mcp') return isBuiltIn(type) ? type : undefined;
  return flatName(filledIn(holder, 'namespace'), name);
}

/** Tools of the provider's cannot be forced elsewhere; those that cannot be had were refused before. */
function providersTool(choice: JsonObject, report: Report): ToolChoice {
  if (filledIn(choice, 'type') === undefined) {
    throw invalidRequest('tool_choice', 'tool_choice: names no tool');
  }
  reportUnforced(report);
  return { mode: 'auto' };
}

function reportUnforced(report: Report): void {
  const place = { path: 'tool_choice', report };
  drop(place, {
    feature: 'tool-choice',
    action: 'weakened',
    effect: 'answer',
    detail: 'other providers cannot be forced to use a tool of their own; the model decides',
  });
}
