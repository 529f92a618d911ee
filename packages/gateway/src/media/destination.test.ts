/** Where clients may lead the gateway: to public addresses, and to what the operator named. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createPublicAddresses } from '../http1/public-address.ts';
import type { MediaRules } from '../model/media.ts';
import { defaultSettings } from '../model/settings.ts';
import { destinationOf, type Resolve } from './destination.ts';
import { MediaFault } from './fault.ts';

const isPublic = createPublicAddresses();

const names: { readonly [host: string]: readonly string[] } = {
  'public.example': ['93.184.215.14', '2606:2800:21f::1'],
  'inside.example': ['10.0.0.7'],
  'half.example': ['93.184.215.14', '127.0.0.1'],
  'mapped.example': ['::ffff:169.254.169.254'],
  'metadata.google.internal': ['169.254.169.254'],
  localhost: ['127.0.0.1', '::1'],
  'files.internal': ['10.0.0.9'],
};

const resolve: Resolve = async (host) => names[host.toLowerCase()] ?? [];

interface Asked extends Partial<MediaRules> {
  readonly resolve?: Resolve;
}

async function led(url: string, { resolve: by = resolve, ...rules }: Asked = {}): Promise<unknown> {
  const { signal } = new AbortController();
  const parsed = URL.parse(url);
  if (parsed === null) return 'no URL';
  const checks = { rules: { ...defaultSettings.media, ...rules }, isPublic, resolve: by, signal };
  try {
    return (await destinationOf(parsed, checks)).addresses;
  } catch (cause) {
    if (cause instanceof MediaFault) return cause.message;
    throw cause;
  }
}

const closed = 'its host is none that this gateway fetches from';

describe('a destination', () => {
  it('is every address of a public host', async () => {
    assert.deepEqual(await led('https://public.example/a.png?b=c'), names['public.example']);
    assert.deepEqual(await led('https://PUBLIC.example./'), names['public.example']);
    assert.deepEqual(await led('https://93.184.215.14:443/'), ['93.184.215.14']);
  });

  it('is refused in the same words whether it lies inside, is unknown or is not allowed', async () => {
    const hosts = [
      'inside.example',
      'half.example',
      'mapped.example',
      'metadata.google.internal',
      'localhost',
      'unknown.example',
      '127.0.0.1',
      '[fd00:ec2::254]',
      '100.100.100.200',
      '168.63.129.16',
    ];
    for (const host of hosts) assert.equal(await led(`https://${host}/`), closed, host);
    const elsewhere = await led('https://public.example/', { hosts: ['*.other.example'] });
    assert.equal(elsewhere, closed);
  });

  it('is refused for its scheme, its user or its port alone', async () => {
    const table: readonly (readonly [string, RegExp])[] = [
      ['http://public.example/', /only https/],
      ['ftp://public.example/', /only addresses of http/],
      ['file:///etc/passwd', /only addresses of http/],
      ['https://a:b@public.example/', /user name/],
      ['https://public.example@127.0.0.1/', /user name/],
      ['https://public.example:8443/', /usual ports/],
      ['https://public.example:22/', /usual ports/],
    ];
    for (const [url, why] of table) assert.match(String(await led(url)), why, url);
    assert.deepEqual(
      await led('http://public.example/', { mode: 'http' }),
      names['public.example'],
    );
  });

  it('may be of hosts that the operator named, and of no other then', async () => {
    const hosts = ['*.cdn.example', 'public.example'];
    assert.deepEqual(await led('https://public.example/', { hosts }), names['public.example']);
    assert.equal(await led('https://notpublic.example/', { hosts }), closed);
  });

  it('may lie inside where the operator said so, with the port that was named', async () => {
    const privateHosts = ['files.internal', '127.0.0.1:9000', '[::1]'];
    const asked: string[] = [];
    const watched: Resolve = async (host, isPrivate, signal) => {
      asked.push(`${host} ${isPrivate}`);
      return resolve(host, isPrivate, signal);
    };
    const rules = { privateHosts, resolve: watched };
    assert.deepEqual(await led('http://files.internal/a.png', rules), ['10.0.0.9']);
    assert.deepEqual(asked, ['files.internal true']);
    assert.deepEqual(await led('http://127.0.0.1:9000/', rules), ['127.0.0.1']);
    assert.deepEqual(await led('https://[::1]/', rules), ['::1']);
    assert.match(String(await led('https://files.internal:8080/', rules)), /usual ports/);
    assert.equal(await led('https://127.0.0.1/', rules), closed);
    assert.equal(await led('https://inside.example/', rules), closed);
    assert.match(String(await led('http://a:b@files.internal/', rules)), /user name/);
  });

  it('is not waited for when nobody wants it any more', async () => {
    const stop = new AbortController();
    const never: Resolve = () => new Promise(() => {});
    const rules = defaultSettings.media;
    const url = new URL('https://public.example/');
    const asked = destinationOf(url, { rules, isPublic, resolve: never, signal: stop.signal });
    stop.abort(new Error('the client left'));
    await assert.rejects(asked, /the client left/);
  });
});

const corpus = join(import.meta.dirname, '../../../../../shared/corpora/ssrf-targets.json');
const skip = existsSync(corpus)
  ? false
  : 'the corpora are absent: put them into ../shared/corpora, beside the repository';

interface Corpus {
  readonly ranges: readonly string[];
  readonly encodings_of_127_0_0_1: readonly string[];
  readonly url_tricks_host_field: readonly string[];
}

describe('what is known to lead inside', { skip }, () => {
  const read = (): Corpus => JSON.parse(readFileSync(corpus, 'utf8')) as Corpus;

  it('no address of a closed range is dialled, as it is or behind a name', async () => {
    for (const range of read().ranges) {
      const [first = ''] = range.split('/');
      const hosts = [first, next(first)];
      for (const address of hosts) {
        const literal = address.includes(':') ? `[${address}]` : address;
        assert.equal(await led(`https://${literal}/`), closed, range);
        const named = await led('https://named.example/', { resolve: async () => [address] });
        assert.equal(named, closed, range);
      }
    }
  });

  it('no spelling of this machine is dialled', async () => {
    for (const spelling of read().encodings_of_127_0_0_1) {
      for (const scheme of ['https', 'http']) {
        const found = await led(`${scheme}://${spelling}/`, { mode: 'http' });
        // Some are, by the rules of URLs, a path or a fragment behind a public name.
        const isSafe = found === names['public.example'] || typeof found === 'string';
        assert.ok(isSafe, `${spelling} leads to ${String(found)}`);
      }
    }
  });

  it('no trick with the rest of an address leads to another host', async () => {
    for (const trick of read().url_tricks_host_field) {
      const asked: string[] = [];
      const noting: Resolve = async (host) => {
        asked.push(host);
        return ['10.0.0.1'];
      };
      const found = await led(`https://${trick}.public.example/`, { resolve: noting });
      assert.equal(typeof found, 'string', trick);
    }
  });
});

/** The address after it, where that is easily said. */
function next(address: string): string {
  if (address.includes(':')) return address.endsWith('::') ? `${address}1` : address;
  return address.replace(/\d+$/, (last) =>
    address.endsWith('.16') ? last : String(Number(last) + 1),
  );
}
