/** Media fetched from servers of every kind, good and bad, at addresses that only seem public. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { callAt } from '../http1/single-call.ts';
import { type ScriptedServer, startScriptedServer } from '../http1/testing/scripted-server.ts';
import { GatewayError } from '../model/errors.ts';
import type { MediaFetch, MediaRules } from '../model/media.ts';
import { defaultSettings } from '../model/settings.ts';
import { createMediaFetcher } from './fetcher.ts';

const png = '\x89PNG\r\n\x1a\nrest';
const inBase64 = Buffer.from(png, 'latin1').toString('base64');
const PUBLIC = '93.184.215.14';

type Pages = { readonly [path: string]: string | ((socket: Socket) => void) };

interface World {
  readonly server: ScriptedServer;
  /** `origin addresses` of every request that went out. */
  readonly dialled: string[];
  readonly notes: MediaFetch[];
  readonly stop: AbortController;
  fetch(...urls: readonly string[]): Promise<readonly (readonly [string, string])[]>;
}

function page(body: string, fields = 'content-type: image/png\r\n', status = '200 OK'): string {
  return `HTTP/1.1 ${status}\r\n${fields}content-length: ${body.length}\r\n\r\n${body}`;
}

function moved(location: string, status = 302): string {
  return page('', `location: ${location}\r\n`, `${status} Moved`);
}

describe('fetching media', () => {
  let world: World | undefined;
  afterEach(async () => {
    await world?.server.stop();
    world = undefined;
  });

  /** All hosts have a public address, but those of `names`; all are the same server. */
  async function start(
    pages: Pages,
    { names = {}, ...rules }: Partial<MediaRules> & { names?: { [host: string]: string[][] } } = {},
  ): Promise<World> {
    const server = await startScriptedServer((socket, { head }) => {
      const [path = ''] = (head.split(' ')[1] ?? '').split('?');
      const answer = pages[path] ?? page('', '', '404 Not Found');
      if (typeof answer === 'string') socket.write(answer, 'latin1');
      else answer(socket);
    });
    const dialled: string[] = [];
    const fetcher = createMediaFetcher({
      resolve: async (host) => names[host]?.shift() ?? [PUBLIC],
      send(addresses, request, handler) {
        dialled.push(`${request.origin} ${addresses.join(',')}`);
        return callAt(['127.0.0.1'], { ...request, origin: server.origin }, handler);
      },
    });
    const notes: MediaFetch[] = [];
    const stop = new AbortController();
    const made: World = {
      server,
      dialled,
      notes,
      stop,
      async fetch(...urls) {
        const needed = urls.map((url, index) => ({
          url,
          media: 'image' as const,
          path: `at[${index}]`,
        }));
        const fetched = await fetcher(needed, {
          rules: { ...defaultSettings.media, ...rules },
          known: new Map(),
          signal: stop.signal,
          ended: (note) => notes.push(note),
        });
        return [...fetched].map(
          ([url, { mimeType, data }]) => [url, `${mimeType} ${data}`] as const,
        );
      },
    };
    world = made;
    return made;
  }

  async function refusal(fetching: Promise<unknown>): Promise<GatewayError> {
    try {
      await fetching;
    } catch (cause) {
      if (cause instanceof GatewayError) return cause;
      throw cause;
    }
    return assert.fail('it was fetched');
  }

  const url = 'https://a.example/a.png';

  it('takes the bytes and what they are, whatever the server says', async () => {
    const { fetch, notes, server } = await start({
      '/a.png': page(png, 'content-type: application/octet-stream\r\n'),
    });
    assert.deepEqual(await fetch(url), [[url, `image/png ${inBase64}`]]);
    assert.deepEqual(
      notes.map(({ path, outcome, bytes }) => [path, outcome, bytes]),
      [['at[0]', 'fetched', png.length]],
    );
    const head = server.received[0]?.head ?? '';
    assert.deepEqual(
      head
        .split('\r\n')
        .slice(1)
        .map((line) => line.split(':')[0]),
      ['host', 'connection', 'accept', 'accept-encoding', 'user-agent'],
    );
    assert.match(head, /accept-encoding: identity\r\nuser-agent: dragoman\//);
  });

  it('asks once for an address that stands in several places', async () => {
    const { fetch, server } = await start({ '/a.png': page(png) });
    await fetch(url, url, url);
    assert.equal(server.received.length, 1);
  });

  it('follows three redirects, and looks where each leads', async () => {
    const { fetch, dialled } = await start({
      '/1': moved('https://b.example/2', 301),
      '/2': moved('/3', 307),
      '/3': moved('https://c.example/a.png', 308),
      '/a.png': page(png),
    });
    assert.equal((await fetch('https://a.example/1')).length, 1);
    assert.deepEqual(dialled, [
      `https://a.example ${PUBLIC}`,
      `https://b.example ${PUBLIC}`,
      `https://b.example ${PUBLIC}`,
      `https://c.example ${PUBLIC}`,
    ]);
  });

  it('does not follow them inside, to http, or for ever', async () => {
    const table: readonly (readonly [string, string, RegExp])[] = [
      ['https://inside.example/', 'refused', /none that this gateway fetches from/],
      ['https://127.0.0.1/', 'refused', /none that this gateway fetches from/],
      ['https://[::ffff:7f00:1]/', 'refused', /none that this gateway fetches from/],
      ['http://b.example/a.png', 'refused', /from https to http/],
      ['file:///etc/passwd', 'refused', /only addresses of http/],
      ['https://x:y@b.example/', 'refused', /user name/],
      ['https://', 'refused', /no address/],
      ['/loop', 'failed', /too often/],
    ];
    for (const status of [301, 302, 303, 307, 308]) {
      for (const [location, outcome, why] of table) {
        const { fetch, notes, dialled, server } = await start(
          { '/loop': moved(location, status) },
          { names: { 'inside.example': [['10.0.0.1']] } },
        );
        const { message, error } = await refusal(fetch('https://a.example/loop'));
        assert.match(message, why, location);
        assert.equal(error.status, 400);
        assert.equal(notes[0]?.outcome, outcome);
        assert.equal(dialled.length, location === '/loop' ? 4 : 1, location);
        await server.stop();
      }
    }
    world = undefined;
  });

  it('dials what was checked, although the name means something else by then', async () => {
    const names = { 'a.example': [[PUBLIC], ['127.0.0.1']] };
    const { fetch, dialled } = await start(
      { '/a.png': moved('/b.png'), '/b.png': page(png) },
      { names },
    );
    // The second look, for the redirect, is checked as well.
    assert.match((await refusal(fetch(url))).message, /none that this gateway/);
    assert.deepEqual(dialled, [`https://a.example ${PUBLIC}`]);
  });

  it('refuses what is no image, says so, and tells nothing of it', async () => {
    const pages: Pages = {
      '/page': page('<html>the secret page</html>', 'content-type: text/html\r\n'),
      '/lie': page('the secret words', 'content-type: image/png\r\n'),
      '/json': page('{"secret": 1}', 'content-type: application/json\r\n'),
      '/zip': page(png, 'content-type: image/png\r\ncontent-encoding: gzip\r\n'),
      '/none': page('secret', '', '404 Not Found'),
      '/broken': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nsecret'),
      '/garbage': (socket) => socket.end('SSH-2.0-secret\r\n'),
    };
    const table: readonly (readonly [string, string, RegExp])[] = [
      ['/page', 'wrong_type', /not an image/],
      ['/lie', 'wrong_type', /not an image/],
      ['/json', 'wrong_type', /not an image/],
      ['/zip', 'wrong_type', /compressed/],
      ['/none', 'failed', /status 404/],
      ['/broken', 'failed', /could not be reached or broke off/],
      ['/garbage', 'failed', /could not be reached or broke off/],
    ];
    const { fetch, notes } = await start(pages);
    for (const [path, outcome, why] of table) {
      world?.notes.splice(0);
      const { message, error } = await refusal(fetch(`https://a.example${path}?token=hidden`));
      assert.match(message, why, path);
      assert.ok(
        message.startsWith(`at[0]: https://a.example${path} could not be fetched: `),
        message,
      );
      assert.doesNotMatch(message, /secret|hidden|SSH/);
      assert.equal(error.param, 'at[0]');
      assert.equal(notes[0]?.outcome, outcome, path);
    }
  });

  it('stops at its bounds, announced or not, for one and for all together', async () => {
    const endless = (socket: Socket): void => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n');
      const more = (): boolean => !socket.destroyed && socket.write('x'.repeat(500), more);
      more();
    };
    const pages = {
      '/large': page('x'.repeat(2_000)),
      '/endless': endless,
      '/a.png': page(png + 'x'.repeat(700)),
    };
    const { fetch, notes } = await start(pages, { itemBytesMax: 1_000, totalBytesMax: 1_500 });
    for (const path of ['/large', '/endless']) {
      const { error } = await refusal(fetch(`https://a.example${path}`));
      assert.deepEqual([error.status, error.code], [413, 'media_too_large']);
    }
    const three = ['1', '2', '3'].map((host) => `https://${host}.example/a.png`);
    assert.equal((await refusal(fetch(...three))).error.status, 413);
    assert.equal(notes.filter(({ outcome }) => outcome === 'too_large').length, 3);
  });

  it('gives up a server that takes too long, and everything with it', async () => {
    const { fetch, notes } = await start(
      { '/a.png': page(png), '/silent': () => {} },
      { timeoutMs: 200 },
    );
    const { message } = await refusal(fetch(url, 'https://a.example/silent'));
    assert.match(message, /^at\[1\]: .*took too long/);
    assert.deepEqual(notes.map(({ outcome }) => outcome).toSorted(), ['fetched', 'timeout']);
  });

  it('fetches a few side by side, stops all when one fails, and says which', async () => {
    const { fetch, notes, server } = await start({ '/silent': () => {} });
    const silent = ['1', '2', '3'].map((host) => `https://${host}.example/silent`);
    const { error } = await refusal(fetch(...silent, 'https://4.example/none', url));
    assert.equal(error.param, 'at[3]');
    assert.deepEqual(notes.map(({ outcome }) => outcome).toSorted(), [
      'cancelled',
      'cancelled',
      'cancelled',
      'failed',
    ]);
    assert.equal(server.received.length, 4);
  });

  it('refuses more addresses than it fetches, before it fetches any', async () => {
    const { fetch, server } = await start({ '/a.png': page(png) }, { itemsMax: 2 });
    const many = ['1', '2', '3'].map((host) => `https://${host}.example/a.png`);
    assert.match((await refusal(fetch(...many))).message, /more than 2 addresses/);
    assert.equal(server.received.length, 0);
  });

  it('ends when nobody waits any more', async () => {
    const { fetch, notes, stop, server } = await start({
      '/silent': () => stop.abort(new GatewayError('client-gone', 'the client left')),
    });
    const { code } = await refusal(fetch('https://a.example/silent'));
    assert.equal(code, 'client-gone');
    assert.equal(notes[0]?.outcome, 'cancelled');
    assert.equal(server.received.length, 1);
  });
});
