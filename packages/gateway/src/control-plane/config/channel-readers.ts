/** Readers of the texts that channels and routes are made of. */
import { matching, positive, type Reader } from './setting-readers.ts';

export const channelId: Reader<string> = matching(
  /^[A-Za-z0-9._-]{1,64}$/,
  'expected 1 to 64 letters, digits, dots, dashes or underscores',
);

export const modelPattern: Reader<string> = matching(
  /^[\x21-\x7e]{1,256}$/,
  'expected a model name without spaces, * stands for any part of it',
);

export const modelName: Reader<string> = matching(
  /^[\x21-\x29\x2b-\x7e]{1,256}$/,
  'expected a model name without spaces',
);

export const weight: Reader<number> = {
  ...positive,
  hint: (text) => (Number(text) === 0 ? '; enabled: false takes a channel out of use' : ''),
};

export const apiVersion: Reader<string> = matching(
  /^[A-Za-z0-9.-]{1,64}$/,
  'expected an API version such as 2024-10-21',
);

export const headerValue: Reader<string> = matching(
  /^[\x21-\x7e](?:[\x20-\x7e]{0,8190}[\x21-\x7e])?$/,
  'expected printable ASCII without spaces around it',
);

const headerNamePattern = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;

/** Names are kept in lower case. */
export const headerName: Reader<string> = {
  ...matching(headerNamePattern, 'expected the name of a header'),
  read: (text) => (headerNamePattern.test(text) ? text.toLowerCase() : undefined),
};

/** What keys, framing and the connection need; a channel that set them would break them. */
const reservedHeaders = new Set([
  'accept-encoding',
  'api-key',
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-api-key',
  'x-goog-api-key',
]);

export function isReservedHeader(name: string): boolean {
  return reservedHeaders.has(name.toLowerCase());
}

/** Not one that holds a key or frames a message: its value goes to usage and logs. */
export const userHeader: Reader<string> = {
  shape: headerName.shape,
  expected: 'expected the name of a header that is free for this, such as user or x-user-id',
  read(text) {
    const name = headerName.read(text);
    return name === undefined || name === 'cookie' || isReservedHeader(name) ? undefined : name;
  },
};

/** Kept in the form that the URL parser gives it, without slashes at its end. */
export const baseUrl: Reader<string> = {
  shape: { type: 'text', pattern: /^https?:\/\// },
  expected:
    'expected an address such as https://api.example.com/v1, without credentials, query and fragment',
  read(text) {
    if (!/^https?:\/\/[^\s\\?#@]+$/i.test(text) || !URL.canParse(text)) return undefined;
    return new URL(text).href.replace(/\/+$/, '');
  },
};
