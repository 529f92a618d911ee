/** Output by a schema, where an imitation only knows that it is JSON. */
import { isObject, type JsonObject, type Report, stringifyJson } from 'ai-api-converter';
import type { Imitation } from './imitation.ts';
import { listIn } from './list.ts';

const INSTRUCTION = 'Answer with JSON alone that conforms to this JSON schema:';

export function fitOutput({ schema }: Imitation, body: JsonObject, report: Report): JsonObject {
  const format = body['response_format'];
  if (schema === 'native' || !isObject(format) || format['type'] !== 'json_schema') return body;
  const described = format['json_schema'];
  report({
    feature: 'output-schema',
    path: 'response_format',
    action: 'weakened',
    reason: 'emulated',
    effect: 'answer',
    detail: 'this provider guarantees JSON, not a schema; the model is told to keep to it',
  });
  const wanted = isObject(described) ? (described['schema'] ?? {}) : {};
  const [first, ...others] = listIn(body, 'messages');
  const text = `${INSTRUCTION}\n${stringifyJson(wanted)}`;
  const isSystem = isObject(first) && first['role'] === 'system';
  const messages =
    isSystem && typeof first['content'] === 'string'
      ? [{ ...first, content: `${first['content']}\n\n${text}` }, ...others]
      : [{ role: 'system', content: text }, ...listIn(body, 'messages')];
  return { ...body, messages, response_format: { type: 'json_object' } };
}
