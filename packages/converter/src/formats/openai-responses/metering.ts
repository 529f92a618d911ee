/** What metering asks of a request of this format before anyone decoded it. */
import type { JsonObject, JsonValue } from '../../json.ts';

/** `user` was the only name for long; its successor is a hash that tells users apart as well. */
export function user(body: JsonObject): string | undefined {
  return textOf(body['user']) ?? textOf(body['safety_identifier']);
}

export function outputTokensMax(body: JsonObject): number | undefined {
  const value = body['max_output_tokens'];
  return typeof value === 'number' && value > 0 ? Math.ceil(value) : undefined;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
