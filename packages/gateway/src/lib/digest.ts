/** Short names for long or secret texts. */
import { hash } from 'node:crypto';

/** SHA-256 in base64url: the text cannot be told from it. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** Who has a key that is none of the gateway's, or sent none. */
export function foreignOwner(secret: string | undefined): string {
  return secret === undefined ? 'anonymous' : `key:${digestOf(secret)}`;
}

/** A whole number of 32 bits; texts that agree under one seed seldom do under another. Nothing for secrets. */
export function mixOf(text: string, seed: number): number {
  let mixed = (0x811c_9dc5 ^ Math.imul(seed, 0x9e37_79b1)) | 0;
  for (let index = 0; index < text.length; index += 1) {
    mixed = Math.imul(mixed ^ text.charCodeAt(index), 0x0100_0193);
  }
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x2c1b_3c6d);
  return mixed ^ (mixed >>> 13);
}
