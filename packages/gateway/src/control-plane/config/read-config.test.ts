import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Config } from './read-config.ts';
import { readConfig } from './read-config.ts';
import { exampleText } from './testing/example.ts';

interface Around {
  readonly env?: { readonly [name: string]: string };
  readonly files?: { readonly [path: string]: string };
}

function read(text: string, { env = {}, files = {} }: Around = {}): Config {
  return readConfig({
    text,
    name: 'dragoman.yaml',
    env,
    readSecret(path) {
      const found = files[path];
      if (found === undefined) throw new Error('the file of the key can not be read: no such file');
      return found;
    },
  });
}

function mistakesOf(text: string, around?: Around): readonly string[] {
  return read(text, around).mistakes;
}

/** A channel with these lines in it, each after the two that it must have. */
function channel(...lines: readonly string[]): string {
  return [
    'channels:',
    '  - id: a',
    '    provider: openai',
    ...lines.map((line) => `    ${line}`),
  ].join('\n');
}

const channelDefaults = {
  baseUrl: undefined,
  apiKeys: [],
  weight: 1,
  enabled: true,
  models: undefined,
  headers: {},
  apiVersion: undefined,
  timeouts: {},
};

test('a file that uses everything is read as it is meant', () => {
  const config = read(exampleText, {
    env: { OPENAI_KEYS: 'key-1, key-2' },
    files: { 'secrets/openai-2': 'key-3\n' },
  });

  assert.deepEqual(config.mistakes, []);
  assert.deepEqual(config.channels, [
    {
      id: 'openai-main',
      provider: 'openai',
      baseUrl: 'https://api.openai.com/v1',
      apiKeys: ['key-1', 'key-2', 'key-3'],
      weight: 3,
      enabled: true,
      models: ['gpt-*'],
      headers: { 'x-team': 'a' },
      apiVersion: undefined,
      timeouts: { connectMs: 3000, firstByteMs: 60_000, firstOutputMs: 0, idleMs: 60_000 },
    },
    {
      ...channelDefaults,
      id: 'azure',
      provider: 'azure-openai',
      baseUrl: 'https://example.openai.azure.com',
      apiVersion: '2024-10-21',
      enabled: false,
    },
    { ...channelDefaults, id: 'claude', provider: 'anthropic' },
  ]);
  assert.deepEqual(config.routes, [
    {
      models: ['gpt-*', 'o1-*'],
      strategy: 'weighted_random',
      channels: ['openai-main', 'azure'],
      fallback: ['claude'],
      rewrite: { claude: 'claude-sonnet-4-5' },
    },
    { models: ['*'], strategy: 'round_robin', channels: ['claude'], fallback: [], rewrite: {} },
  ]);
  assert.deepEqual(Object.fromEntries([...config.values].map(([{ env }, value]) => [env, value])), {
    PROXY_PORT: 8081,
    METRICS_PORT: 9091,
    STRICT: true,
    MODEL_ALIASES: { fast: 'gpt-4o-mini' },
    MAX_ATTEMPTS: 2,
    AFFINITY: false,
    FIRST_OUTPUT_TIMEOUT_MS: 7000,
  });
});

test('routes may name the built-in channels when no channels are configured', () => {
  const config = read(
    'routes:\n  - models: ["*"]\n    channels: [openai]\n    fallback: [anthropic, gemini]',
  );
  assert.deepEqual(config.mistakes, []);
  assert.equal(config.routes.length, 1);
});

test('a file without content sets nothing', () => {
  for (const text of ['', '\n', '# only a comment\n', '---\n', '\uFEFF', '~']) {
    const config = read(text);
    assert.deepEqual(
      [config.mistakes, config.values.size, config.channels, config.routes],
      [[], 0, [], []],
    );
  }
});

test('every mistake is named at once, in the order of the lines', () => {
  const text = [
    'proxy_port: 99999',
    'channels:',
    '  - id: a',
    '    provider: opnai',
    '    weight: three',
    '  - id: a',
    '    provider: openai-compatible',
    'routes:',
    '  - models: []',
    '    channels: [a, b]',
    'affinty: true',
  ].join('\n');
  assert.deepEqual(mistakesOf(text), [
    'dragoman.yaml:1:1: proxy_port: expected a whole number from 0 to 65535, got 99999',
    'dragoman.yaml:4:5: channels[0].provider: expected one of openai, anthropic, gemini, openai-compatible, azure-openai, got "opnai"; did you mean openai?',
    'dragoman.yaml:5:5: channels[0].weight: expected a number above 0, got "three"',
    'dragoman.yaml:6:5: channels[1].base_url: missing; openai-compatible has no address of its own',
    'dragoman.yaml:6:5: channels[1].id: "a" is the id of channels[0] already',
    'dragoman.yaml:9:5: routes[0].models: expected at least one entry',
    'dragoman.yaml:10:19: routes[0].channels[1]: no channel has the id "b"',
    'dragoman.yaml:11:1: affinty: the key is not known; did you mean affinity?',
  ]);
});

interface Case {
  readonly name: string;
  readonly text: string;
  readonly says: readonly string[];
}

const baseUrlExpected =
  'expected an address such as https://api.example.com/v1, without credentials, query and fragment';
const idExpected = 'expected 1 to 64 letters, digits, dots, dashes or underscores';

const shapes: readonly Case[] = [
  {
    name: 'a list at the top',
    text: '- a',
    says: ['1:1: expected keys and values, such as channels and routes'],
  },
  {
    name: 'text at the top',
    text: 'gateway',
    says: ['1:1: expected keys and values, such as channels and routes'],
  },
  {
    name: 'a key without a value',
    text: 'strict: true\nchannels:',
    says: ['2:1: channels: expected a list, got nothing'],
  },
  {
    name: 'an empty list',
    text: 'channels: []',
    says: ['1:1: channels: expected at least one entry'],
  },
  {
    name: 'a map for a list',
    text: 'routes: { a: 1 }',
    says: ['1:1: routes: expected a list, got keys and values'],
  },
  {
    name: 'text for a map',
    text: 'channels: [openai]',
    says: ['1:12: channels[0]: expected keys and values, got "openai"'],
  },
  {
    name: 'a list for a number',
    text: 'proxy_port: [1]',
    says: ['1:1: proxy_port: expected a whole number from 0 to 65535, got a list'],
  },
  {
    name: 'a fraction for a port',
    text: 'proxy_port: 80.5',
    says: ['1:1: proxy_port: expected a whole number from 0 to 65535, got 80.5'],
  },
  {
    name: 'a number for text',
    text: channel('api_version: 2024'),
    says: ['4:5: channels[0].api_version: expected text in quotes, got 2024'],
  },
  {
    name: 'too many attempts',
    text: 'attempts: 11',
    says: ['1:1: attempts: expected a whole number from 1 to 10, got 11'],
  },
  {
    name: 'a word for a switch',
    text: 'affinity: maybe',
    says: ['1:1: affinity: expected true or false, got "maybe"'],
  },
  {
    name: 'a level that is none',
    text: 'log_level: loud',
    says: [
      '1:1: log_level: expected one of silent, fatal, error, warn, info, debug, trace, got "loud"',
    ],
  },
  {
    name: 'an alias without a model',
    text: 'aliases: { a: b, c: "" }',
    says: ['1:18: aliases.c: expected a model name without spaces, got ""'],
  },
  {
    name: 'a key that is twice there',
    text: 'strict: true\nstrict: false',
    says: ['2:1: strict: the key is there twice'],
  },
  {
    name: 'the name of a vendor variable',
    text: 'openai_api_key: x',
    says: [
      '1:1: openai_api_key: the key is not known; OPENAI_API_KEY is read from the environment, and channels have api_keys',
    ],
  },
  {
    name: 'the name of a variable that has a shorter key',
    text: 'max_attempts: 2',
    says: ['1:1: max_attempts: the key is not known; did you mean attempts?'],
  },
  {
    name: 'a key of channels',
    text: 'api_keys: [x]',
    says: ['1:1: api_keys: the key is not known; it belongs in an entry of channels'],
  },
  {
    name: 'a key of several lists',
    text: 'window: 1h',
    says: ['1:1: window: the key is not known; it belongs in an entry of keys or limits'],
  },
  {
    name: 'a key near no other',
    text: 'constructor: 2',
    says: ['1:1: constructor: the key is not known'],
  },
];

const channels: readonly Case[] = [
  {
    name: 'missing keys',
    text: 'channels:\n  - weight: 1',
    says: [
      `2:5: channels[0].id: ${idExpected}, got nothing`,
      '2:5: channels[0].provider: expected one of openai, anthropic, gemini, openai-compatible, azure-openai, got nothing',
    ],
  },
  {
    name: 'an id with a space',
    text: 'channels:\n  - { id: "a b", provider: gemini }',
    says: [`2:7: channels[0].id: ${idExpected}, got "a b"`],
  },
  {
    name: 'an id that is too long',
    text: `channels:\n  - { id: ${'x'.repeat(65)}, provider: gemini }`,
    says: [`2:7: channels[0].id: ${idExpected}, got "${'x'.repeat(60)}..."`],
  },
  {
    name: 'a weight of zero',
    text: channel('weight: 0'),
    says: [
      '4:5: channels[0].weight: expected a number above 0, got 0; enabled: false takes a channel out of use',
    ],
  },
  {
    name: 'an infinite weight',
    text: channel('weight: .inf'),
    says: ['4:5: channels[0].weight: expected a number above 0, got Infinity'],
  },
  {
    name: 'another scheme',
    text: channel('base_url: ftp://x'),
    says: [`4:5: channels[0].base_url: ${baseUrlExpected}, got "ftp://x"`],
  },
  {
    name: 'no scheme',
    text: channel('base_url: api.openai.com/v1'),
    says: [`4:5: channels[0].base_url: ${baseUrlExpected}, got "api.openai.com/v1"`],
  },
  {
    name: 'an address with credentials',
    text: channel('base_url: https://me:word@host/v1'),
    says: [`4:5: channels[0].base_url: ${baseUrlExpected}`],
  },
  {
    name: 'an address with a query',
    text: channel('base_url: https://host/v1?key=word'),
    says: [`4:5: channels[0].base_url: ${baseUrlExpected}`],
  },
  {
    name: 'an address with a fragment',
    text: channel('base_url: "https://host/v1#word"'),
    says: [`4:5: channels[0].base_url: ${baseUrlExpected}`],
  },
  {
    name: 'a port that is none',
    text: channel('base_url: https://host:99999/v1'),
    says: [`4:5: channels[0].base_url: ${baseUrlExpected}, got "https://host:99999/v1"`],
  },
  {
    name: 'a compatible vendor without an address',
    text: 'channels:\n  - { id: a, provider: openai-compatible }',
    says: ['2:5: channels[0].base_url: missing; openai-compatible has no address of its own'],
  },
  {
    name: 'Azure without an address',
    text: 'channels:\n  - { id: a, provider: azure-openai }',
    says: ['2:5: channels[0].base_url: missing; azure-openai has no address of its own'],
  },
  {
    name: 'an API version that is not for Azure',
    text: channel('api_version: v1'),
    says: ['4:5: channels[0].api_version: only azure-openai takes it'],
  },
  {
    name: 'no keys in the list of keys',
    text: channel('api_keys: []'),
    says: ['4:5: channels[0].api_keys: expected at least one entry'],
  },
  {
    name: 'models with a space',
    text: channel('models: ["gpt 4"]'),
    says: [
      '4:14: channels[0].models[0]: expected a model name without spaces, * stands for any part of it, got "gpt 4"',
    ],
  },
  {
    name: 'timeouts',
    text: channel('timeouts: { connect_ms: -1, idle: 3 }'),
    says: [
      '4:17: channels[0].timeouts.connect_ms: expected a whole number from 0 to 2147483647, got -1',
      '4:33: channels[0].timeouts.idle: the key is not known; did you mean idle_ms?',
    ],
  },
  {
    name: 'headers',
    text: channel(
      'headers:',
      '  Authorization: b',
      '  Host: b',
      '  content-length: 1',
      '  "a b": c',
      '  x-a: "1\\n2"',
      '  X-A: c',
    ),
    says: [
      '5:7: channels[0].headers.Authorization: the gateway sets this header itself',
      '6:7: channels[0].headers.Host: the gateway sets this header itself',
      '7:7: channels[0].headers.content-length: expected text in quotes',
      '8:7: channels[0].headers["a b"]: expected the name of a header',
      '9:7: channels[0].headers.x-a: expected printable ASCII without spaces around it',
      '10:7: channels[0].headers.X-A: the header is there twice',
    ],
  },
  {
    name: 'keys in brackets without a space after their colons',
    text: 'channels:\n  - {id:a,provider:openai,api_keys:sk-secret}',
    says: [
      '2:6: channels[0].id: a space is missing after the colon',
      '2:11: channels[0].provider: a space is missing after the colon',
      '2:27: channels[0].api_keys: a space is missing after the colon',
    ],
  },
  {
    name: 'text where a channel should be',
    text: 'channels:\n  - id:a',
    says: [
      '2:5: channels[0]: expected keys and values, got "id:a"; a space is missing after the colon',
    ],
  },
  {
    name: 'keys in other spellings',
    text: channel('baseUrl: x', 'API-Keys: [x]', 'wieght: 3', 'colour: red'),
    says: [
      '4:5: channels[0].baseUrl: the key is not known; did you mean base_url?',
      '5:5: channels[0].API-Keys: the key is not known; did you mean api_keys?',
      '6:5: channels[0].wieght: the key is not known; did you mean weight?',
      '7:5: channels[0].colour: the key is not known',
    ],
  },
];

function route(...lines: readonly string[]): string {
  const start = [
    'channels:',
    '  - { id: main, provider: openai }',
    '  - { id: spare, provider: openai }',
  ];
  return [...start, 'routes:', '  - models: ["*"]', ...lines.map((line) => `    ${line}`)].join(
    '\n',
  );
}

const routes: readonly Case[] = [
  {
    name: 'no channels in a route',
    text: route('fallback: [main]'),
    says: ['5:5: routes[0].channels: expected a list, got nothing'],
  },
  {
    name: 'a channel that does not exist',
    text: route('channels: [main, spaer]'),
    says: ['6:22: routes[0].channels[1]: no channel has the id "spaer"; did you mean spare?'],
  },
  {
    name: 'a fallback that does not exist',
    text: route('channels: [main]', 'fallback: [claude]'),
    says: ['7:16: routes[0].fallback[0]: no channel has the id "claude"'],
  },
  {
    name: 'a built-in channel beside configured ones',
    text: route('channels: [openai]'),
    says: ['6:16: routes[0].channels[0]: no channel has the id "openai"'],
  },
  {
    name: 'a channel twice in a route',
    text: route('channels: [main]', 'fallback: [main]'),
    says: ['7:16: routes[0].fallback[0]: "main" is in this route already: routes[0].channels[0]'],
  },
  {
    name: 'a rewrite for a channel of another route',
    text: route('channels: [main]', 'rewrite: { spare: x, "*": y }'),
    says: ['7:16: routes[0].rewrite.spare: the route uses no channel of this id'],
  },
  {
    name: 'a rewrite to a pattern',
    text: route('channels: [main]', 'rewrite: { main: gpt-* }'),
    says: ['7:16: routes[0].rewrite.main: expected a model name without spaces, got "gpt-*"'],
  },
  {
    name: 'a strategy that is none',
    text: route('channels: [main]', 'strategy: roundrobin'),
    says: [
      '7:5: routes[0].strategy: expected one of round_robin, weighted_random, least_connections, failover, least_latency, got "roundrobin"; did you mean round_robin?',
    ],
  },
  {
    name: 'a channel that is not built in',
    text: 'routes:\n  - { models: ["*"], channels: [claude] }',
    says: [
      '2:33: routes[0].channels[0]: no channel has the id "claude"; as no channels are configured, there are openai, anthropic, gemini',
    ],
  },
];

const syntax: readonly Case[] = [
  {
    name: 'a tab that indents',
    text: 'channels:\n\t- id: a',
    says: ['2:1: tabs can not indent, use spaces'],
  },
  {
    name: 'a bracket that is not closed',
    text: 'aliases: { a: b',
    says: ['1:16: the indentation does not fit, or a bracket before it is not closed'],
  },
  {
    name: 'two documents',
    text: 'strict: true\n---\nstrict: false',
    says: ['2:1: the file can hold one document only'],
  },
  {
    name: 'a tag that nobody knows',
    text: 'strict: !run x',
    says: ['1:9: the tag is not known, or does not fit the value'],
  },
  {
    name: 'an alias of nothing',
    text: 'strict: *x',
    says: ['1:1: strict: this alias has no anchor before it; text that begins with * needs quotes'],
  },
  {
    name: 'a pattern without quotes',
    text: route('channels: [main]').replace('"*"', '*-mini'),
    says: [
      '5:14: routes[0].models[0]: this alias has no anchor before it; text that begins with * needs quotes',
    ],
  },
  {
    name: 'the pattern of every model without quotes',
    text: route('channels: [main]').replace('"*"', '*'),
    says: [
      '5:14: the name of an anchor or alias is missing or wrong; text that begins with * or & needs quotes',
    ],
  },
  {
    name: 'nothing but a key without a space after its colon',
    text: 'proxy_port:8080',
    says: [
      '1:1: expected keys and values, such as channels and routes; a space is missing after the colon',
    ],
  },
  {
    name: 'a key without a space after its colon before others',
    text: 'proxy_port:8080\nstrict: true',
    says: ['1:1: a key must stand in one line, or a colon or the space after it is missing'],
  },
  {
    name: 'a key without a space after its colon at the end',
    text: 'strict: true\nproxy_port:8080',
    says: [
      '2:1: something is missing here: a colon or the space after it, a comma, a quote or a bracket',
    ],
  },
  {
    name: 'a merge of no map',
    text: '<<: 3',
    says: ['1:1: ["<<"]: expected a map, or an alias of one before it'],
  },
  { name: 'a list as a key', text: '? [a]\n: 1', says: ['1:3: this can not be a key'] },
];

for (const [group, cases] of Object.entries({ shapes, channels, routes, syntax })) {
  describe(`mistakes of ${group} have line and column`, () => {
    for (const { name, text, says } of cases) {
      test(name, () => {
        assert.deepEqual(
          mistakesOf(text),
          says.map((sentence) => `dragoman.yaml:${sentence}`),
        );
        assert.deepEqual(
          mistakesOf(text.replaceAll('\n', '\r\n')),
          says.map((sentence) => `dragoman.yaml:${sentence}`),
          'with lines that end in CRLF',
        );
      });
    }
  });
}

test('an anchor is repeated by its aliases, and merged maps give way to a map of its own', () => {
  const text = [
    'channels:',
    '  - &main { id: main, provider: openai, weight: 2, timeouts: &slow { idle_ms: 9 } }',
    '  - { <<: *main, id: spare, enabled: false }',
    '  - { id: third, provider: gemini, timeouts: *slow }',
  ].join('\n');
  const config = read(text);
  assert.deepEqual(config.mistakes, []);
  assert.deepEqual(config.channels, [
    { ...channelDefaults, id: 'main', provider: 'openai', weight: 2, timeouts: { idleMs: 9 } },
    {
      ...channelDefaults,
      id: 'spare',
      provider: 'openai',
      weight: 2,
      enabled: false,
      timeouts: { idleMs: 9 },
    },
    { ...channelDefaults, id: 'third', provider: 'gemini', timeouts: { idleMs: 9 } },
  ]);
});

test('a file that is broken in many places names the first fifty', () => {
  const mistakes = mistakesOf(
    Array.from({ length: 80 }, (_none, index) => `colour${index}: 1`).join('\n'),
  );
  assert.equal(mistakes.length, 51);
  assert.equal(mistakes.at(-1), 'dragoman.yaml: and 30 more');
});
