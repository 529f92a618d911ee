/** The head of an answer as text: status line, header fields, and what frames the body. */
import type { Headers } from '../model/http.ts';

export interface AnswerHead {
  /** Status line and the fields that were given but Content-Length. */
  readonly text: string;
  /** As it was given; undefined: the body's end must be told otherwise. */
  readonly contentLength: number | undefined;
}

// Each is tested by itself: to test a line that was put together, V8 writes it out first, which took as long again.
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const NOT_IN_VALUES = /[^\t\x20-\x7e\x80-\xff]/;

const ownNames = new Set(['connection', 'date', 'keep-alive', 'transfer-encoding']);

/** Throws on what must not be in a head. Names are in lower case. */
export function composeHead(status: number, headers: Headers): AnswerHead {
  let text = statusLine(status);
  let contentLength: number | undefined;
  for (const name in headers) {
    const value = headers[name] ?? '';
    if (name === 'content-length') {
      contentLength = lengthOf(value);
      continue;
    }
    if (!NAME.test(name) || NOT_IN_VALUES.test(value) || ownNames.has(name))
      throw new Error(`the header field ${JSON.stringify(name)} cannot be sent`);
    text += `${name}: ${value}\r\n`;
  }
  return { text, contentLength };
}

function lengthOf(value: string): number {
  const length = Number(value);
  if (value === '' || !Number.isSafeInteger(length) || length < 0)
    throw new Error('content-length is not a length');
  return length;
}

const reasons: ReadonlyMap<number, string> = new Map([
  [200, 'OK'],
  [201, 'Created'],
  [202, 'Accepted'],
  [204, 'No Content'],
  [304, 'Not Modified'],
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [402, 'Payment Required'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [408, 'Request Timeout'],
  [409, 'Conflict'],
  [413, 'Content Too Large'],
  [414, 'URI Too Long'],
  [415, 'Unsupported Media Type'],
  [417, 'Expectation Failed'],
  [422, 'Unprocessable Content'],
  [429, 'Too Many Requests'],
  [431, 'Request Header Fields Too Large'],
  [500, 'Internal Server Error'],
  [501, 'Not Implemented'],
  [502, 'Bad Gateway'],
  [503, 'Service Unavailable'],
  [504, 'Gateway Timeout'],
  [505, 'HTTP Version Not Supported'],
  [529, 'Overloaded'],
]);

function statusLine(status: number): string {
  if (!Number.isInteger(status) || status < 200 || status > 999)
    throw new Error(`${status} is not the status of an answer`);
  return `HTTP/1.1 ${status} ${reasons.get(status) ?? ''}\r\n`;
}
