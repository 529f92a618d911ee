/** What metering asks of a request of this format before anyone decoded it. */
import { isObject, type JsonObject } from '../../json.ts';

export function user(body: JsonObject): string | undefined {
  const { metadata } = body;
  const id = isObject(metadata) ? metadata['user_id'] : undefined;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

export function outputTokensMax(body: JsonObject): number | undefined {
  const count = body['max_tokens'];
  return typeof count === 'number' && count > 0 ? Math.ceil(count) : undefined;
}
