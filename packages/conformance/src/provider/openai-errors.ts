/** Errors as both of OpenAI's formats have them. */
import type { Refusing } from './script.ts';

const codes: ReadonlyMap<number, string> = new Map([
  [401, 'invalid_api_key'],
  [404, 'model_not_found'],
  [429, 'rate_limit_exceeded'],
]);

export function openaiRefusal({ status, message }: Refusing): object {
  const type =
    status === 429 ? 'requests' : status < 500 ? 'invalid_request_error' : 'server_error';
  return { error: { message, type, param: null, code: codes.get(status) ?? null } };
}
