/** A door that is knocked at in another way than it can be. */
import { GatewayError } from '../model/errors.ts';
import type { RawRequest } from '../model/http.ts';
import type { SideDoor } from './contract.ts';

export function methodNotAllowed(
  { methods }: Pick<SideDoor, 'methods'>,
  { method, path }: RawRequest,
): GatewayError {
  const told = `${method} ${path}: use ${methods.join(' or ')}`;
  return new GatewayError('method-not-allowed', told, { headers: { allow: methods.join(', ') } });
}
