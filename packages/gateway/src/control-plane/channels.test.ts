/** Channels from settings: the vendors' own, and those that an operator names. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRegistry } from '../channels/registry.ts';
import type { Channel } from '../model/channel.ts';
import { type ChannelSettings, defaultSettings, type Settings } from '../model/settings.ts';
import { channelSettings } from '../model/testing/settings.ts';
import {
  channelSettingsOf,
  compileChannel,
  modelsOf,
  openChannelsOf,
  originOf,
  vendorOf,
} from './channels.ts';

function compiled(
  overrides: Partial<ChannelSettings>,
  settings: Settings = defaultSettings,
): Channel {
  return compileChannel(
    channelSettings('one', overrides),
    settings,
    createRegistry(() => {}),
  );
}

describe('channels', () => {
  it("are one a vendor where none are configured, at the vendor's address, with the client's key", () => {
    const channels = channelSettingsOf(defaultSettings).map((channel) =>
      compileChannel(
        channel,
        defaultSettings,
        createRegistry(() => {}),
      ),
    );
    assert.deepEqual(
      channels.map(({ id, origin, basePath, passesClientKey }) => ({
        id,
        address: origin + basePath,
        passesClientKey,
      })),
      [
        { id: 'openai', address: 'https://api.openai.com/v1', passesClientKey: true },
        { id: 'anthropic', address: 'https://api.anthropic.com', passesClientKey: true },
        {
          id: 'gemini',
          address: 'https://generativelanguage.googleapis.com',
          passesClientKey: true,
        },
      ],
    );
  });

  it("lead where the settings say, with the vendors' own keys", () => {
    const upstream = { domain: 'localhost', port: 9001, tls: false };
    const [openai] = channelSettingsOf({
      ...defaultSettings,
      upstreams: { ...defaultSettings.upstreams, openai: upstream },
      apiKeys: { ...defaultSettings.apiKeys, openai: ['own'] },
    });
    assert.equal(openai?.baseUrl, 'http://localhost:9001/v1');
    assert.deepEqual(openai?.apiKeys, ['own']);
  });

  it('are only those that are configured, where any are', () => {
    const channels = [channelSettings('one')];
    assert.equal(channelSettingsOf({ ...defaultSettings, channels }), channels);
  });

  const addresses = [
    { baseUrl: undefined, origin: 'https://api.openai.com', basePath: '/v1' },
    { baseUrl: 'http://127.0.0.1:11434/v1/', origin: 'http://127.0.0.1:11434', basePath: '/v1' },
    { baseUrl: 'https://one.example', origin: 'https://one.example', basePath: '' },
    { baseUrl: 'https://one.example:443//', origin: 'https://one.example', basePath: '' },
    { baseUrl: 'https://one.example/a/b/v3', origin: 'https://one.example', basePath: '/a/b/v3' },
    { baseUrl: 'http://[::1]:8000/v1', origin: 'http://[::1]:8000', basePath: '/v1' },
  ];
  for (const { baseUrl, origin, basePath } of addresses) {
    it(`with the address ${baseUrl ?? 'of the vendor'} are at ${origin}${basePath}`, () => {
      const channel = compiled({ baseUrl });
      assert.equal(channel.origin, origin);
      assert.equal(channel.basePath, basePath);
    });
  }

  it('that imitate a vendor must say where they are', () => {
    assert.throws(
      () => compiled({ provider: 'openai-compatible' }),
      /channel one: openai-compatible has no address/,
    );
  });

  it('serve what they say, or anything', () => {
    assert.equal(compiled({}).serves('whatever'), true);
    const some = compiled({ models: ['gpt-*'] });
    assert.equal(some.serves('gpt-4o'), true);
    assert.equal(some.serves('whatever'), false);
  });

  it("keep the gateway's timeouts but for what they set themselves", () => {
    const { timeouts } = compiled({ timeouts: { firstByteMs: 5, firstOutputMs: 7 } });
    assert.deepEqual(timeouts, { ...defaultSettings.timeouts, firstByteMs: 5, firstOutputMs: 7 });
  });

  it('have the weight that they were given', () => {
    assert.equal(compiled({ weight: 3 }).health.weight(), 3);
  });
});

describe('the models of a channel', () => {
  const url = 'https://one.example/v1';
  const table: readonly (readonly [string, Partial<ChannelSettings>, RegExp])[] = [
    ['are those that it names', { models: ['mine'] }, /^mine$/],
    ['are those of its vendor', { provider: 'anthropic' }, /^claude/],
    ['are any for an imitation', { provider: 'openai-compatible', baseUrl: url }, /^any$/],
    ['are none where it names none', { models: [] }, /^$/],
  ];
  for (const [name, overrides, models] of table) {
    it(name, () => {
      assert.match(modelsOf(channelSettings('one', overrides))?.join(' ') ?? 'any', models);
    });
  }
});

describe('channels for models that nothing names', () => {
  const baseUrl = 'https://one.example/v1';
  const openai = channelSettings('openai');
  const named = channelSettings('named', { models: ['gpt-*'] });
  const claude = channelSettings('claude', { provider: 'anthropic' });
  const local = channelSettings('local', { provider: 'openai-compatible', baseUrl });
  const table: readonly (readonly [string, readonly ChannelSettings[], readonly string[]])[] = [
    ["are OpenAI's own", [claude, local, openai, named], ['openai']],
    ['are imitations of it where it is not there', [claude, local, named], ['local']],
    ['are none otherwise', [claude, named], []],
  ];
  for (const [name, channels, open] of table) {
    it(name, () => {
      assert.deepEqual(
        openChannelsOf(channels).map(({ id }) => id),
        open,
      );
    });
  }
});

describe('the vendor of a channel', () => {
  const table: readonly (readonly [Partial<ChannelSettings>, string])[] = [
    [{}, 'openai'],
    [{ baseUrl: 'https://eu.api.openai.com/v1' }, 'openai'],
    [{ provider: 'openai-compatible', baseUrl: 'https://one.example/v1' }, 'one.example'],
    [{ provider: 'azure-openai', baseUrl: 'https://me.openai.azure.com' }, 'me.openai.azure.com'],
  ];
  for (const [overrides, vendor] of table) {
    it(`is ${vendor} for ${JSON.stringify(overrides)}`, () => {
      assert.equal(vendorOf(channelSettings('one', overrides)), vendor);
    });
  }
});

describe('an origin', () => {
  const table = [
    { address: { domain: 'one.example', port: 443, tls: true }, origin: 'https://one.example' },
    { address: { domain: 'one.example', port: 443, tls: false }, origin: 'http://one.example:443' },
    { address: { domain: '::1', port: 80, tls: false }, origin: 'http://[::1]' },
    { address: { domain: '[::1]', port: 8080, tls: false }, origin: 'http://[::1]:8080' },
  ];
  for (const { address, origin } of table) {
    it(`is ${origin} for ${address.domain} and ${address.port}`, () => {
      assert.equal(originOf(address), origin);
    });
  }
});
