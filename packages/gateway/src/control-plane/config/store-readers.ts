/** Readers of the addresses of stores. What they refuse may hold a password, so nobody repeats it. */
import { matching, type Reader } from './setting-readers.ts';

export const databaseUrl: Reader<string> = {
  shape: { type: 'text', pattern: /^(?:sqlite:.|postgres(?:ql)?:\/\/)/ },
  expected:
    'expected sqlite:<file> or postgres://user:password@host/database, with special characters of the password percent-encoded',
  read(text) {
    // After two slashes others expect a host, and there is none.
    if (/^sqlite:(?!\/\/(?!\/)).+$/.test(text)) return text;
    return isUrl(text, /^postgres(?:ql)?:\/\/\S+$/) ? text : undefined;
  },
};

export const redisUrl: Reader<string> = {
  shape: { type: 'text', pattern: /^rediss?:\/\// },
  expected:
    'expected redis://host:port, or rediss:// for TLS, with special characters of the password percent-encoded',
  read(text) {
    if (!isUrl(text, /^rediss?:\/\/\S+$/)) return undefined;
    const { hostname, pathname } = new URL(text);
    return hostname !== '' && /^\/?\d*$/.test(pathname) ? text : undefined;
  },
};

export const directory: Reader<string> = matching(
  /^[^\0]{1,4096}$/,
  'expected the path of a folder',
);

/** Whether the clients of databases can read it too: they decode names and passwords. */
function isUrl(text: string, shape: RegExp): boolean {
  if (!shape.test(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  try {
    return decodeURIComponent(username + password) !== undefined;
  } catch {
    return false;
  }
}
