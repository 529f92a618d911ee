/** What metering asks of a request of this format before anyone decoded it. */
import { isObject, type JsonObject } from '../../json.ts';

/** The format has no field for it. */
export function user(): string | undefined {
  return undefined;
}

export function outputTokensMax(body: JsonObject): number | undefined {
  const config = body['generationConfig'] ?? body['generation_config'];
  if (!isObject(config)) return undefined;
  const count = config['maxOutputTokens'] ?? config['max_output_tokens'];
  return typeof count === 'number' && count > 0 ? Math.ceil(count) : undefined;
}
