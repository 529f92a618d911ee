/** Keys, limits and prices of the file: what they mean, and what is refused. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Config, readConfig } from './read-config.ts';
import { exampleText } from './testing/example.ts';

const hash = '0123456789012345678901234567890123456789012';

function read(text: string): Config {
  const env = { OPENAI_KEYS: 'key-1' };
  return readConfig({ text, name: 'dragoman.yaml', env, readSecret: () => 'key-2' });
}

test('a file that uses everything is read as it is meant', () => {
  const { keys, limits, prices, mistakes } = read(exampleText);
  assert.deepEqual(mistakes, []);
  assert.deepEqual(keys, [
    {
      name: 'team-a',
      hash: 'Zk3abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKL_',
      user: 'alice',
      channels: ['openai-main', 'azure'],
      models: ['gpt-*'],
      limits: {
        tokensPerWindow: 100_000,
        requestsPerWindow: 600,
        windowMs: 90 * 60_000,
        concurrency: 8,
        budgetMicroUsd: 50_250_000,
        budgetPeriod: 'month',
      },
      expiresAt: Date.UTC(2031, 0, 1),
    },
    {
      name: 'an old key of ours',
      hash,
      user: undefined,
      channels: undefined,
      models: undefined,
      limits: {
        tokensPerWindow: undefined,
        requestsPerWindow: 5,
        windowMs: 3_600_000,
        concurrency: undefined,
        budgetMicroUsd: 1,
        budgetPeriod: 'total',
      },
      expiresAt: Date.UTC(2031, 0, 1, 10),
    },
  ]);
  const none = { match: undefined, tokens: undefined, requests: undefined, concurrency: undefined };
  assert.deepEqual(limits, [
    { ...none, by: 'user', tokens: 1_000, windowMs: 3_600_000 },
    { ...none, by: 'key', match: ['team-*'], requests: 60, concurrency: 10, windowMs: 60_000 },
    { ...none, by: 'model', match: ['gpt-4*'], tokens: 1_000_000, windowMs: 31 * 86_400_000 },
    { ...none, by: 'channel', match: ['azure', 'openai-*'], concurrency: 3, windowMs: 3_600_000 },
    { ...none, by: 'all', requests: 1_000, windowMs: 1_000 },
  ]);
  assert.deepEqual(prices, [
    { models: ['llama*'], input: 0.1, output: 0.3, cacheRead: 0, cacheWrite: 0.1 },
    { models: ['qwen'], input: 1, output: 2, cacheRead: undefined, cacheWrite: undefined },
  ]);
});

test('limits and keys may name the built-in channels when no channels are configured', () => {
  const { mistakes } = read(
    `keys: [{ name: a, hash: "${hash}", channels: [gemini] }]\nlimits: [{ by: channel, match: [openai], requests: 1 }]`,
  );
  assert.deepEqual(mistakes, []);
});

const times: { readonly [text: string]: number | undefined } = {
  '1s': 1_000,
  '90s': 90_000,
  '60m': 3_600_000,
  '1h': 3_600_000,
  '1d': 86_400_000,
  '31d': 2_678_400_000,
  '2678400s': 2_678_400_000,
  '0s': undefined,
  '32d': undefined,
  '2678401s': undefined,
  '60': undefined,
  '1.5h': undefined,
  '-1m': undefined,
  '1w': undefined,
  '1 h': undefined,
  '1H': undefined,
};

for (const [text, milliseconds] of Object.entries(times)) {
  test(`a window of ${text} is ${milliseconds === undefined ? 'refused' : 'taken'}`, () => {
    const { limits, mistakes } = read(`limits: [{ by: user, tokens: 1, window: ${text} }]`);
    assert.equal(limits[0]?.windowMs, milliseconds);
    assert.equal(mistakes.length, milliseconds === undefined ? 1 : 0);
  });
}

const moments: { readonly [text: string]: string | undefined } = {
  '2031-02-28': '2031-02-28T00:00:00.000Z',
  '2032-02-29': '2032-02-29T00:00:00.000Z',
  '2031-01-01T12:00Z': '2031-01-01T12:00:00.000Z',
  '2031-01-01T12:00:30+01:30': '2031-01-01T10:30:30.000Z',
  '2031-01-01 12:00:00Z': '2031-01-01T12:00:00.000Z',
  '2031-02-29': undefined,
  '2031-02-30T12:00:00Z': undefined,
  '2031-13-01': undefined,
  '2031-01-01T12:00:00': undefined,
  '2031-01-01T25:00:00Z': undefined,
  '01.02.2031': undefined,
  '2031': undefined,
  tomorrow: undefined,
};

for (const [text, at] of Object.entries(moments)) {
  test(`an end at ${text} is ${at === undefined ? 'refused' : 'taken'}`, () => {
    const { keys, mistakes } = read(`keys: [{ name: a, hash: "${hash}", expires: ${text} }]`);
    const expiresAt = keys[0]?.expiresAt;
    assert.equal(expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(), at);
    assert.equal(mistakes.length, at === undefined ? 1 : 0);
  });
}

const budgets: { readonly [text: string]: number | undefined } = {
  '50': 50_000_000,
  '0.1': 100_000,
  '0.000001': 1,
  '999999999.999999': 999_999_999_999_999,
  '0': undefined,
  '-1': undefined,
  '0.0000001': undefined,
  '1000000000': undefined,
  '.inf': undefined,
  $50: undefined,
};

for (const [text, microUsd] of Object.entries(budgets)) {
  test(`a budget of ${text} is ${microUsd === undefined ? 'refused' : 'taken'}`, () => {
    const { keys, mistakes } = read(`keys: [{ name: a, hash: "${hash}", budget: ${text} }]`);
    assert.equal(keys[0]?.limits.budgetMicroUsd, microUsd);
    assert.equal(mistakes.length, microUsd === undefined ? 1 : 0);
  });
}

interface Case {
  readonly name: string;
  readonly text: string;
  readonly says: readonly string[];
}

/** A key with these lines in it, each after the two that it must have. */
function key(...lines: readonly string[]): string {
  return [
    'keys:',
    '  - name: a',
    `    hash: "${hash}"`,
    ...lines.map((line) => `    ${line}`),
  ].join('\n');
}

const hashExpected = 'expected the 43 characters that `dragoman keys hash` prints';
const countExpected = 'expected a whole number from 1 to 1000000000000';

const keys: readonly Case[] = [
  {
    name: 'nothing in a key',
    text: 'keys: [{}]',
    says: [
      '1:8: keys[0].name: expected 1 to 100 characters on one line, and no key, got nothing',
      `1:8: keys[0].hash: ${hashExpected}, got nothing`,
    ],
  },
  {
    name: 'a hash that is short, long, or no base64url',
    text: ['"1234"', `"${hash}0"`, `${hash.slice(1)}+`]
      .map((text, index) => `${index === 0 ? 'keys:\n' : ''}  - { name: k${index}, hash: ${text} }`)
      .join('\n'),
    says: [
      `2:17: keys[0].hash: ${hashExpected}`,
      `3:17: keys[1].hash: ${hashExpected}`,
      `4:17: keys[2].hash: ${hashExpected}`,
    ],
  },
  {
    name: 'a name that is a key',
    text: `keys: [{ name: dgm_abc, hash: "${hash}" }]`,
    says: ['1:10: keys[0].name: expected 1 to 100 characters on one line, and no key, got "dgm_…"'],
  },
  {
    name: 'the key itself',
    text: key('key: secret-word', 'api_key: secret-word'),
    says: [
      '4:5: keys[0].key: the key is not known; the file has the hash of a key, which `dragoman keys hash` prints',
      '5:5: keys[0].api_key: the key is not known; the file has the hash of a key, which `dragoman keys hash` prints',
    ],
  },
  {
    name: 'other spellings',
    text: key('tokensPerWindow: 1', 'budgte: 3'),
    says: [
      '4:5: keys[0].tokensPerWindow: the key is not known; did you mean tokens_per_window?',
      '5:5: keys[0].budgte: the key is not known; did you mean budget?',
    ],
  },
  {
    name: 'text instead of keys',
    text: 'keys: [secret-word]',
    says: ['1:8: keys[0]: expected keys and values'],
  },
  {
    name: 'a name and a hash for the second time',
    text: `${key()}\n  - { name: b, hash: short }\n  - { name: a, hash: "${hash}" }`,
    says: [
      `4:16: keys[1].hash: ${hashExpected}`,
      '5:7: keys[2].name: "a" is the name of keys[0] already',
      '5:16: keys[2].hash: keys[0] has the same hash',
    ],
  },
  {
    name: 'a channel that does not exist',
    text: `channels: [{ id: main, provider: openai }]\n${key('channels: [main, mian]')}`,
    says: ['5:22: keys[0].channels[1]: no channel has the id "mian"; did you mean main?'],
  },
  {
    name: 'no channels and no models',
    text: key('channels: []', 'models: []'),
    says: [
      '4:5: keys[0].channels: expected at least one entry',
      '5:5: keys[0].models: expected at least one entry',
    ],
  },
  {
    name: 'limits that are no counts',
    text: key('tokens_per_window: 0', 'requests_per_window: 1.5', 'concurrency: many'),
    says: [
      `4:5: keys[0].tokens_per_window: ${countExpected}, got 0`,
      `5:5: keys[0].requests_per_window: ${countExpected}, got 1.5`,
      `6:5: keys[0].concurrency: ${countExpected}, got "many"`,
    ],
  },
  {
    name: 'a window and a period of nothing',
    text: key('concurrency: 1', 'window: 5m', 'budget_period: day'),
    says: [
      '5:5: keys[0].window: only tokens_per_window and requests_per_window have a window',
      '6:5: keys[0].budget_period: only a budget has a period',
    ],
  },
  {
    name: 'a period that is none',
    text: key('budget: 1', 'budget_period: week'),
    says: ['5:5: keys[0].budget_period: expected one of day, month, total, got "week"'],
  },
];

const limits: readonly Case[] = [
  {
    name: 'a subject that is none',
    text: 'limits: [{ by: tenant, tokens: 1 }]',
    says: ['1:12: limits[0].by: expected one of all, user, key, model, channel, got "tenant"'],
  },
  {
    name: 'a limit of nothing',
    text: 'limits: [{ by: user }, { by: user, window: 5m }]',
    says: [
      '1:10: limits[0]: expected at least one of tokens, requests and concurrency',
      '1:24: limits[1]: expected at least one of tokens, requests and concurrency',
    ],
  },
  {
    name: 'a window of concurrency alone',
    text: 'limits: [{ by: user, concurrency: 5, window: 5m }]',
    says: ['1:38: limits[0].window: only tokens and requests have a window'],
  },
  {
    name: 'a match of all',
    text: 'limits: [{ by: all, match: [x], tokens: 5 }]',
    says: ['1:21: limits[0].match: by: all counts all requests together, and takes no match'],
  },
  {
    name: 'a match that is no list',
    text: 'limits: [{ by: model, match: gpt-4, tokens: 5 }]',
    says: ['1:23: limits[0].match: expected a list, got "gpt-4"'],
  },
  {
    name: 'a channel that does not exist, where a pattern may match none yet',
    text: 'limits: [{ by: channel, match: [opnai, "x*"], tokens: 5 }]',
    says: ['1:33: limits[0].match[0]: no channel has the id "opnai"; did you mean openai?'],
  },
  {
    name: 'a number without a unit',
    text: 'limits: [{ by: user, tokens: 5, window: 60 }]',
    says: [
      '1:33: limits[0].window: expected a time from 1s to 31d with its unit, such as 90s, 60m, 1h or 1d, got 60',
    ],
  },
  {
    name: 'the name of a setting',
    text: 'limits: [{ by: user, max_tokens: 5 }]',
    says: [
      '1:10: limits[0]: expected at least one of tokens, requests and concurrency',
      '1:22: limits[0].max_tokens: the key is not known; did you mean tokens?',
    ],
  },
];

const prices: readonly Case[] = [
  {
    name: 'prices that are missing or below 0',
    text: 'prices: [{ models: [x], input: -1 }]',
    says: [
      '1:10: prices[0].output: expected US dollars for a million tokens, 0 or more, got nothing',
      '1:25: prices[0].input: expected US dollars for a million tokens, 0 or more, got -1',
    ],
  },
  {
    name: 'prices without models',
    text: 'prices: [{ input: 1, output: "" }]',
    says: [
      '1:10: prices[0].models: expected a list, got nothing',
      '1:22: prices[0].output: expected US dollars for a million tokens, 0 or more, got ""',
    ],
  },
];

const settings: readonly Case[] = [
  {
    name: 'the pepper',
    text: 'dragoman_pepper: secret-word',
    says: [
      '1:1: dragoman_pepper: the key is not known; DRAGOMAN_PEPPER is read from the environment',
    ],
  },
  {
    name: 'numbers out of their bounds',
    text: 'max_tokens: 0\nrate_limit_window_min: 44641\nredis_pool_size: 101',
    says: [
      `1:1: max_tokens: ${countExpected}, got 0`,
      '2:1: rate_limit_window_min: expected a whole number from 1 to 44640, got 44641',
      '3:1: redis_pool_size: expected a whole number from 1 to 100, got 101',
    ],
  },
];

for (const [group, cases] of Object.entries({ keys, limits, prices, settings })) {
  describe(`mistakes of ${group} have line and column`, () => {
    for (const { name, text, says } of cases) {
      test(name, () => {
        const { mistakes } = read(text);
        assert.deepEqual(
          mistakes,
          says.map((sentence) => `dragoman.yaml:${sentence}`),
        );
        assert.ok(!mistakes.join('\n').includes('secret-word'));
      });
    }
  });
}
