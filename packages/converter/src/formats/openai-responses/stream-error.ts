/** Errors inside a stream, in the words of this format. */
import type { ApiError } from '../../ir/response.ts';
import { stringifyJson } from '../../json.ts';
import { codeOf } from '../../openai/error-words.ts';

/** What a response that failed says of it; typed clients insist on a code. */
export function failureOf(error: ApiError): { readonly code: string; readonly message: string } {
  return { code: codeOf(error) ?? 'server_error', message: error.message };
}

/** For a stream in which no response has begun, or whose bytes pass through. */
function errorEvent(error: ApiError, sequenceNumber: number): string {
  const event = {
    type: 'error',
    ...failureOf(error),
    param: error.param ?? null,
    sequence_number: sequenceNumber,
  };
  return `event: error\ndata: ${stringifyJson(event)}\n\n`;
}

/** The blank line ends an event that was cut off before; how many there were nobody counted. */
export function streamError(error: ApiError): string {
  return `\n\n${errorEvent(error, 0)}`;
}
