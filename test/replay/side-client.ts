/** A plain HTTP client beside generation, with the key in each vendor's own place. */

import type { FormatId } from '../../packages/conformance/src/judge/meaning.ts';
import { clientKeys } from './client.ts';

export interface SideAsk {
  readonly format: FormatId;
  readonly path: string;
  /** Undefined: it is a GET. */
  readonly body?: string | undefined;
}

export interface SideReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export async function sendSide(port: number, { format, path, body }: SideAsk): Promise<SideReply> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...keyHeaders(format) },
    ...(body !== undefined && { body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function keyHeaders(format: FormatId): { readonly [name: string]: string } {
  const key = clientKeys[format];
  if (format === 'gemini') return { 'x-goog-api-key': key };
  if (format === 'anthropic-messages')
    return { 'x-api-key': key, 'anthropic-version': '2023-06-01' };
  return { authorization: `Bearer ${key}` };
}
