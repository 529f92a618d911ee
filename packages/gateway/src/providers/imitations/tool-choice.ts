/** A choice among some of the tools, which only OpenAI knows: the others are left out instead. */
import { isObject, type JsonObject, type JsonValue } from 'ai-api-converter';
import { listIn } from './list.ts';

export function fitToolChoice(body: JsonObject): JsonObject {
  const choice = body['tool_choice'];
  const allowed = isObject(choice) ? choice['allowed_tools'] : undefined;
  if (!isObject(allowed)) return body;
  const names = new Set(listIn(allowed, 'tools').map(nameOf));
  const tools = listIn(body, 'tools').filter((tool) => names.has(nameOf(tool)));
  return { ...body, tools, tool_choice: allowed['mode'] };
}

function nameOf(tool: JsonValue): JsonValue | undefined {
  if (!isObject(tool)) return undefined;
  const named = tool['function'] ?? tool['custom'];
  return isObject(named) ? named['name'] : undefined;
}
