/** Readers of the texts that OpenTelemetry's variables hold. What they refuse may be secret, so nobody repeats it. */

interface CollectorAddress {
  readonly url: string;
  /** The user and password of the address, as a header has them. */
  readonly headers: { readonly [name: string]: string };
}

interface SecretReader<T> {
  readonly expected: string;
  readonly isSecret: true;
  read(text: string): T | undefined;
}

/** Below an address that serves all signals traces have a path of their own. */
const PATH = '/v1/traces';

/** `isWhole`: the address is that of traces alone, and taken as it is. */
export function collectorUrl(isWhole: boolean): SecretReader<CollectorAddress | undefined> {
  return {
    expected: 'expected an http or https URL, such as http://localhost:4318',
    isSecret: true,
    read(text) {
      const url = URL.parse(text);
      if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
      const headers = credentialsOf(url);
      if (headers === undefined) return undefined;
      url.username = '';
      url.password = '';
      url.hash = '';
      if (!isWhole) url.pathname = url.pathname.replace(/\/+$/, '') + PATH;
      return { url: url.href, headers };
    },
  };
}

function credentialsOf({ username, password }: URL): CollectorAddress['headers'] | undefined {
  if (username === '' && password === '') return {};
  const user = decoded(username);
  const secret = decoded(password);
  if (user === undefined || secret === undefined) return undefined;
  return { authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` };
}

/** `name=value`, divided by commas, percent-encoded. */
export const pairs: SecretReader<{ readonly [name: string]: string }> = {
  expected:
    'expected name=value, several divided by commas, with special characters percent-encoded',
  isSecret: true,
  read(text) {
    const found: [string, string][] = [];
    for (const pair of text.split(',')) {
      if (pair.trim() === '') continue;
      const at = pair.indexOf('=');
      const name = at === -1 ? undefined : decoded(pair.slice(0, at).trim());
      const value = decoded(pair.slice(at + 1).trim());
      if (!name || value === undefined) return undefined;
      found.push([name, value]);
    }
    return Object.fromEntries(found);
  },
};

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerValue = /^[\x20-\x7e]*$/;
/** They are about the connection, or the sender's own. */
const ownNames = new Set([
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export const headerPairs: SecretReader<{ readonly [name: string]: string }> = {
  ...pairs,
  read(text) {
    const found = pairs.read(text);
    if (found === undefined) return undefined;
    const headers: [string, string][] = [];
    for (const [given, value] of Object.entries(found)) {
      const name = given.toLowerCase();
      if (!headerName.test(name) || ownNames.has(name) || !headerValue.test(value))
        return undefined;
      headers.push([name, value]);
    }
    return Object.fromEntries(headers);
  },
};

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
