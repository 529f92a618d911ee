/** The answer to a request that is refused before anybody has seen it. */
import { composeHead } from './answer-head.ts';
import type { RequestFault } from './request-fault.ts';

/** Says nothing of what was sent: it may be another's bytes. */
export function faultAnswer({ status, message }: RequestFault, commonFields: string): string {
  const type = status === 408 ? 'timeout' : 'invalid_request_error';
  const body = `${JSON.stringify({ error: { type, message } })}\n`;
  const { text } = composeHead(status, {
    'content-type': 'application/json',
    ...(status === 405 ? { allow: 'GET, HEAD, POST' } : {}),
  });
  return `${text}Content-Length: ${body.length}\r\n${commonFields}\r\n${body}`;
}
