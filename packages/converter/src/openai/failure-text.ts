/** What to say of a failure whose body is none of the known shapes. */
import type { UpstreamFailure } from '../format.ts';

/** Of a message that is handed on. */
export const MESSAGE_LENGTH_MAX = 2000;

/** A page, an empty body, or bytes that are no text (compressed, say). */
export function messageOfText({ status, text }: UpstreamFailure): string {
  const bare = `the upstream answered with status ${status}`;
  const trimmed = text.trim();
  if (trimmed === '') return `${bare} and an empty body`;
  // oxlint-disable-next-line eslint/no-control-regex -- control characters are what tells that it is no text
  if (/[\u0000-\u0008\ufffd]/.test(trimmed)) return `${bare} and a body that is no text`;
  if (!trimmed.startsWith('<')) return trimmed.slice(0, MESSAGE_LENGTH_MAX);
  const head = trimmed.slice(0, MESSAGE_LENGTH_MAX);
  const title = /<title[^>]*>([^<]*)</i.exec(head)?.[1]?.trim();
  return title === undefined || title === '' ? `${bare} and a page` : `${bare}: ${title}`;
}
