/** The only source of randomness that must not be guessed. */
import { randomBytes, randomFillSync, randomUUID } from 'node:crypto';

const ID_BYTES = 16;
const POOL_BYTES = 4_096;

/** The prefix and 32 random hexadecimal digits. */
export function newId(prefix: string): string {
  return prefix + randomUUID().replaceAll('-', '');
}

/** For secrets. */
export function secretBytes(count: number): Uint8Array {
  return randomBytes(count);
}

export type NewId = (prefix: string) => string;

/** The same for every request, at a sixth of the cost: randomness is drawn for many at once. */
export function createIds(): NewId {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;

  return (prefix) => {
    if (used === POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const id = prefix + pool.toString('hex', used, used + ID_BYTES);
    used += ID_BYTES;
    return id;
  };
}
