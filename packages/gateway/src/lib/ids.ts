/** The only source of randomness. */
import { randomUUID } from 'node:crypto';

/** The prefix and 32 random hexadecimal digits. Node draws randomness for many of these at once. */
export function newId(prefix: string): string {
  return prefix + randomUUID().replaceAll('-', '');
}
