/** What is warned of, and what is not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultSettings, type Settings } from '../model/settings.ts';
import { channelSettings, routeSettings } from '../model/testing/settings.ts';
import { trapsOf } from './traps.ts';

const openai = channelSettings('openai');
const claude = channelSettings('claude', { provider: 'anthropic' });
const keyless = channelSettings('keyless', { apiKeys: [] });

function imitation(id: string, host: string, apiKeys: readonly string[] = ['own']) {
  const baseUrl = `https://${host}/v1`;
  return channelSettings(id, { provider: 'openai-compatible', baseUrl, apiKeys });
}

interface Case {
  readonly name: string;
  readonly settings: Partial<Settings>;
  /** One each; none: nothing is wrong. */
  readonly traps: readonly RegExp[];
}

const cases: readonly Case[] = [
  { name: 'the defaults', settings: {}, traps: [] },
  {
    name: 'an alias of an alias',
    settings: { modelAliases: { fast: 'quick', quick: 'gpt-4o-mini' } },
    traps: [/^aliases\.fast: leads to quick/],
  },
  {
    name: 'an alias named as something that every object has',
    settings: { modelAliases: { fast: 'constructor' } },
    traps: [],
  },
  {
    name: 'a variable without braces for a key',
    settings: { channels: [channelSettings('a', { apiKeys: ['sk-1', '$OPENAI_KEY'] })] },
    traps: [/^channels: the key of a is the text \$OPENAI_KEY itself; .* write \$\{OPENAI_KEY\}$/],
  },
  {
    name: 'keys that hold a dollar sign',
    settings: { channels: [channelSettings('a', { apiKeys: ['$ecret', 'A$B', '$', '$1'] })] },
    traps: [],
  },
  {
    name: 'a fallback of another vendor that is asked for a model that it does not know',
    settings: {
      channels: [openai, claude],
      routes: [routeSettings(['openai'], { models: ['gpt-*'], fallback: ['claude'] })],
    },
    traps: [
      /^routes\[0\]: channel claude would be asked for gpt-\*.*rewrite: \{ claude: <model> \}/,
    ],
  },
  {
    name: 'the same with a rewrite',
    settings: {
      channels: [openai, claude],
      routes: [
        routeSettings(['openai'], {
          models: ['gpt-*'],
          fallback: ['claude'],
          rewrite: { claude: 'claude-sonnet-4-5' },
        }),
      ],
    },
    traps: [],
  },
  {
    name: 'a rewrite to a model that the channel leaves out',
    settings: {
      channels: [channelSettings('some', { models: ['gpt-4o*'] })],
      routes: [routeSettings(['some'], { rewrite: { '*': 'gpt-5' } })],
    },
    traps: [/channel some is asked for gpt-5, which its own models leave out/],
  },
  {
    name: 'a channel named as something that every object has',
    settings: {
      channels: [channelSettings('constructor', { models: ['gpt-*'] })],
      routes: [routeSettings(['constructor'], { models: ['gpt-*'] })],
    },
    traps: [],
  },
  {
    name: 'a channel without a key beside another vendor',
    settings: {
      channels: [keyless, claude],
      routes: [
        routeSettings(['claude'], {
          fallback: ['keyless'],
          rewrite: { '*': 'claude-x', keyless: 'gpt-4o' },
        }),
      ],
    },
    traps: [/channel keyless has no api_keys and the route mixes vendors/],
  },
  {
    name: 'a channel without a key beside another vendor of the same format',
    settings: {
      channels: [imitation('one', 'one.example', []), imitation('two', 'two.example')],
      routes: [routeSettings(['one', 'two'])],
    },
    traps: [/channel one has no api_keys and the route mixes vendors/],
  },
  {
    name: 'channels without a key of one vendor',
    settings: { channels: [keyless, openai], routes: [routeSettings(['keyless', 'openai'])] },
    traps: [],
  },
  {
    name: 'a route whose channels are all switched off',
    settings: {
      channels: [channelSettings('off', { enabled: false })],
      routes: [routeSettings(['off'])],
    },
    traps: [/^routes\[0\]: all its channels are switched off/],
  },
  {
    name: 'patterns behind others that take everything they would',
    settings: {
      channels: [openai],
      routes: [
        routeSettings(['openai'], { models: ['gpt-*'] }),
        routeSettings(['openai'], { models: ['gpt-4*', 'o1', '*-mini'] }),
      ],
    },
    traps: [/^routes\[1\]: gpt-4\* never reached/],
  },
  {
    name: 'an imitation that no route and no model leads to',
    settings: {
      channels: [openai, imitation('spare', 'one.example')],
      routes: [routeSettings(['openai'])],
    },
    traps: [/^channels: spare is in no route and says no models/],
  },
  ...['one.example', '8.8.8.8', '[2001:db8::1]', '172.32.0.1'].map((host) => ({
    name: `plain HTTP to ${host}`,
    settings: { channels: [channelSettings('far', { baseUrl: `http://${host}/v1` })] },
    traps: [/^channels: far is reached without TLS/],
  })),
  ...[
    'localhost',
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '[::1]',
    '[fd00::1]',
    'vllm',
  ].map((host) => ({
    name: `plain HTTP to ${host}`,
    settings: { channels: [channelSettings('near', { baseUrl: `http://${host}:8000/v1` })] },
    traps: [],
  })),
];

describe('traps', () => {
  for (const { name, settings, traps } of cases) {
    it(`${traps.length === 0 ? 'are none in' : 'are seen in'} ${name}`, () => {
      const found = trapsOf({ ...defaultSettings, ...settings });
      assert.equal(found.length, traps.length, found.join('\n'));
      traps.forEach((trap, index) => {
        assert.match(found[index] ?? '', trap);
      });
    });
  }
});
