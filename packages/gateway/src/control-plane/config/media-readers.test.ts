/** Hosts to fetch from, as operators write them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings } from '../read-settings.ts';

function mediaOf(env: { readonly [name: string]: string }) {
  const { settings, mistakes } = readSettings({ options: {}, env });
  return { media: settings.media, mistakes };
}

test('media are fetched by https from anywhere public, where nothing is set', () => {
  const { media } = mediaOf({});
  assert.deepEqual([media.mode, media.hosts, media.privateHosts], ['https', [], []]);
});

test('hosts are read in lower case, with ports where a host lies inside', () => {
  const { media, mistakes } = mediaOf({
    MEDIA_FETCH: 'http',
    MEDIA_FETCH_HOSTS: '*.Example.com, img.example.org',
    MEDIA_FETCH_PRIVATE_HOSTS: 'Files.internal,10.0.0.7:9000,[::1]:8080',
    MEDIA_FETCH_MAX_BYTES: '2048',
    MEDIA_FETCH_TIMEOUT_MS: '900',
  });
  assert.deepEqual(mistakes, []);
  assert.equal(media.mode, 'http');
  assert.deepEqual(media.hosts, ['*.example.com', 'img.example.org']);
  assert.deepEqual(media.privateHosts, ['files.internal', '10.0.0.7:9000', '[::1]:8080']);
  assert.deepEqual([media.itemBytesMax, media.timeoutMs], [2048, 900]);
});

test('addresses in the place of hosts, and words in the place of numbers, are mistakes', () => {
  const wrong = [
    ['MEDIA_FETCH', 'sometimes'],
    ['MEDIA_FETCH_HOSTS', 'https://example.com'],
    ['MEDIA_FETCH_HOSTS', 'example.com/path'],
    ['MEDIA_FETCH_PRIVATE_HOSTS', '*.internal'],
    ['MEDIA_FETCH_PRIVATE_HOSTS', '10.0.0.0/8'],
    ['MEDIA_FETCH_MAX_ITEMS', '0'],
  ] as const;
  for (const [name, value] of wrong)
    assert.match(
      String(mediaOf({ [name]: value }).mistakes),
      new RegExp(`^${name}: expected`),
      value,
    );
});
