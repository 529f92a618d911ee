/** The id by which clients, logs and upstreams know one request. */
import type { NewId } from './ids.ts';

const PATTERN = /^[A-Za-z0-9._:-]{1,128}$/;

/** Keys begin so; one that is sent by mistake must neither be logged nor go to an upstream. */
const KEY = /^(?:dgm_|sk-|AIza)/;

/** The client's own, where it is one that any log and any header can take. */
export function requestIdOf(given: string | undefined, newId: NewId): string {
  const isFit = given !== undefined && PATTERN.test(given) && !KEY.test(given);
  return isFit ? given : newId('req_');
}
