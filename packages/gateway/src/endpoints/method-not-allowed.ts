/** A door that is knocked at in another way than it can be. */
import { GatewayError } from '../model/errors.ts';
import type { RawRequest } from '../model/http.ts';
import type { Door } from './contract.ts';

export function methodNotAllowed(
  { methods }: Pick<Door, 'methods'>,
  { method, path }: RawRequest,
): GatewayError {
  const told = `${method} ${path}: use ${methods.join(' or ')}`;
  return new GatewayError('method-not-allowed', told, { headers: { allow: methods.join(', ') } });
}
