/** What is warned of in keys and limits, and what is not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  defaultSettings,
  type KeySettings,
  type LimitSettings,
  type Settings,
} from '../model/settings.ts';
import { channelSettings, routeSettings } from '../model/testing/settings.ts';
import { trapsOf } from './traps.ts';

interface Case {
  readonly name: string;
  readonly settings: Partial<Settings>;
  /** One each; none: nothing is wrong. */
  readonly traps: readonly RegExp[];
}

const pepper = '0123456789abcdef';
const rateLimiting = { enabled: true, windowMinutes: 60, tokensMax: 1_000 };
/** Serves what it names and nothing else. */
const only = channelSettings('only', { models: ['gpt-4o*'] });

function key(overrides: Partial<KeySettings> = {}): KeySettings {
  return {
    name: 'team-a',
    hash: 'x'.repeat(43),
    user: undefined,
    channels: undefined,
    models: undefined,
    limits: {},
    expiresAt: undefined,
    ...overrides,
  };
}

function limit(overrides: Partial<LimitSettings>): LimitSettings {
  return {
    by: 'user',
    match: undefined,
    tokens: undefined,
    requests: 1,
    concurrency: undefined,
    windowMs: 60_000,
    ...overrides,
  };
}

const cases: readonly Case[] = [
  { name: 'a key with a pepper', settings: { keys: [key()], pepper }, traps: [] },
  {
    name: 'a key whose pepper is a file',
    settings: { keys: [key()], dataDirectory: 'state' },
    traps: [/^keys: .* the pepper in state\/pepper;.* set DRAGOMAN_PEPPER/],
  },
  {
    name: 'keys that are required while there is no source of any',
    settings: { auth: 'required' },
    traps: [/^auth: required, .* in \.dragoman, every request is refused/],
  },
  {
    name: 'keys that are required and in the file',
    settings: { auth: 'required', keys: [key()], pepper },
    traps: [],
  },
  {
    name: 'keys that are required and in a database',
    settings: { auth: 'required', databaseUrl: 'sqlite:x.db' },
    traps: [],
  },
  {
    name: 'keys that nobody needs',
    settings: { auth: 'open', keys: [key()], pepper },
    traps: [/^auth: open, and there are keys/],
  },
  {
    name: 'rate limiting with its defaults',
    settings: { rateLimiting },
    traps: [/^max_tokens: 1000 tokens are less than one request may need/],
  },
  {
    name: 'rate limiting with room for a request',
    settings: { rateLimiting: { ...rateLimiting, tokensMax: 4_096 } },
    traps: [],
  },
  {
    name: 'figures of rate limiting while it is off',
    settings: { rateLimiting: { enabled: false, windowMinutes: 5, tokensMax: 50_000 } },
    traps: [
      /^max_tokens: means nothing without enable_rate_limiting: true/,
      /^rate_limit_window_min: means nothing without/,
    ],
  },
  {
    name: 'a limit and a key with few tokens',
    settings: {
      limits: [limit({}), limit({ tokens: 100 })],
      keys: [key({ limits: { tokensPerWindow: 200 } })],
      pepper,
    },
    traps: [/^limits\[1\]\.tokens: 100 tokens/, /^keys\[0\]\.tokens_per_window: 200 tokens/],
  },
  {
    name: 'a pattern of channels that matches none',
    settings: { limits: [limit({ by: 'channel', match: ['open*', 'azure*'] })] },
    traps: [/^limits\[0\]: no channel that is configured matches azure\*; it limits nothing/],
  },
  {
    name: 'a model that no channel names where one serves any',
    settings: { limits: [limit({ by: 'model', match: ['mystery'] })] },
    traps: [],
  },
  {
    name: 'a model that nothing names',
    settings: {
      channels: [only],
      limits: [limit({ by: 'model', match: ['gpt-4o-mini', 'claude*', 'gpt-*'] })],
    },
    traps: [/^limits\[0\]: no model that is configured matches claude\*;/],
  },
  {
    name: 'models that an alias, a route and a rewrite name',
    settings: {
      channels: [only],
      modelAliases: { fast: 'gpt-4o-mini' },
      routes: [routeSettings(['only'], { models: ['best'], rewrite: { only: 'gpt-4o' } })],
      limits: [limit({ by: 'model', match: ['fast', 'best', 'gpt-4o'] })],
    },
    traps: [],
  },
  {
    name: 'users and keys that nobody knows yet',
    settings: {
      channels: [only],
      limits: [limit({ match: ['alice'] }), limit({ by: 'key', match: ['team-*'] })],
    },
    traps: [],
  },
  {
    name: 'what to do without Redis where there is none',
    settings: { redisFailure: 'deny', redisPoolSize: 4 },
    traps: [
      /^redis_failure: means nothing without redis_url/,
      /^redis_pool_size: means nothing without redis_url/,
    ],
  },
  {
    name: 'what to do without Redis where there is one',
    settings: { redisFailure: 'deny', redisPoolSize: 4, redisUrl: 'redis://localhost' },
    traps: [],
  },
];

describe('traps of keys and limits', () => {
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
