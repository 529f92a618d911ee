/** Short names for long or secret texts. */
import { hash } from 'node:crypto';

/** SHA-256 in base64url: the text cannot be told from it. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'base64url');
}
