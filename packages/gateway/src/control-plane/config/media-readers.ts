/** Readers of what may be fetched for requests. */
import { integer, type Reader } from './setting-readers.ts';

export const bytes: Reader<number> = integer(1024, 1024 * 1024 * 1024);

export const hostPatterns: Reader<readonly string[]> = hostList(
  /^[a-z0-9*_.-]+$/,
  'expected hosts such as images.example.com or *.example.com, several divided by commas',
);

export const privateHosts: Reader<readonly string[]> = hostList(
  /^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/,
  'expected hosts such as files.internal or 10.0.0.7:9000, several divided by commas',
);

function hostList(pattern: RegExp, expected: string): Reader<readonly string[]> {
  return {
    shape: { type: 'text', pattern: undefined },
    expected,
    read(text) {
      const hosts = text.split(',').map((host) => host.trim().toLowerCase());
      return hosts.every((host) => pattern.test(host)) ? hosts : undefined;
    },
  };
}
