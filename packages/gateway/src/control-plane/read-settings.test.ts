import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultSettings } from '../model/settings.ts';
import { type Config, readConfig } from './config/read-config.ts';
import { type Given, readSettings, type Understood } from './read-settings.ts';
import { defaultText, settingTable, settingText } from './setting-table.ts';

function file(text: string): Config {
  return readConfig({ text, name: 'dragoman.yaml', env: {}, readSecret: () => '' });
}

function read(given: Partial<Given>): Understood {
  return readSettings({ options: {}, env: {}, ...given });
}

function sourceOf(env: string, { sources }: Understood): string | undefined {
  return [...sources].find(([setting]) => setting.env === env)?.[1];
}

test('without anything given, the defaults hold', () => {
  const understood = read({});
  assert.deepEqual(understood.settings, defaultSettings);
  assert.deepEqual(understood.mistakes, []);
  assert.equal(understood.file, undefined);
  assert.ok([...understood.sources.values()].every((source) => source === 'default'));
});

test('an option goes before the environment, that before the file, that before the default', () => {
  const given = {
    options: { 'proxy-port': '1001' },
    env: { PROXY_PORT: '1002', METRICS_PORT: '1003' },
    file: file('proxy_port: 1004\nmetrics_port: 1005\nattempts: 7'),
  };
  const understood = read(given);
  const { proxyPort, metricsPort, attemptsMax, host } = understood.settings;
  assert.deepEqual([proxyPort, metricsPort, attemptsMax, host], [1001, 1003, 7, '0.0.0.0']);
  assert.deepEqual(
    ['PROXY_PORT', 'METRICS_PORT', 'MAX_ATTEMPTS', 'PROXY_HOST'].map((env) =>
      sourceOf(env, understood),
    ),
    ['option', 'environment', 'file', 'default'],
  );
  assert.equal(understood.file, 'dragoman.yaml');
  assert.deepEqual(understood.mistakes, []);
});

test('an empty variable gives nothing', () => {
  const understood = read({ env: { PROXY_PORT: '' }, file: file('proxy_port: 1004') });
  assert.equal(understood.settings.proxyPort, 1004);
  assert.equal(sourceOf('PROXY_PORT', understood), 'file');
});

test('origins are read as browsers write them', () => {
  const read = (text: string): Understood =>
    readSettings({ options: {}, env: { CORS_ORIGINS: text } });
  const good = 'https://app.example.com, http://localhost:5173,chrome-extension://abcdef';
  assert.deepEqual(read(good).settings.corsOrigins, good.split(/, ?/));
  assert.deepEqual(read('*').settings.corsOrigins, ['*']);
  for (const odd of [
    'app.example.com',
    'https://a.example/',
    'https://a.example/x',
    'HTTPS://A',
    ',',
  ])
    assert.match(String(read(odd).mistakes), /CORS_ORIGINS.*expected \* or origins/, odd);
});

test('channels and routes come from the file', () => {
  const { settings } = read({
    file: file(
      'channels: [{ id: a, provider: openai }]\nroutes: [{ models: ["*"], channels: [a] }]',
    ),
  });
  assert.equal(settings.channels[0]?.id, 'a');
  assert.deepEqual(settings.routes[0]?.channels, ['a']);
});

test('mistakes of all sources are named together, each with its place', () => {
  const { mistakes } = read({
    options: { 'log-level': 'loud' },
    env: { STRICT: 'perhaps', MODEL_ALIASES: 'a=b,c', MAX_ATTEMPTS: '0' },
    file: file('affinity: perhaps'),
  });
  assert.deepEqual(mistakes, [
    'dragoman.yaml:1:1: affinity: expected true or false, got "perhaps"',
    '--log-level: expected one of silent, fatal, error, warn, info, debug, trace, got "loud"',
    'STRICT: expected true or false, got "perhaps"',
    'MODEL_ALIASES: expected alias=model, several divided by commas, got "a=b,c"',
    'MAX_ATTEMPTS: expected a whole number from 1 to 10, got "0"',
  ]);
});

test('the valid settings of a file with mistakes are understood', () => {
  const { settings, mistakes } = read({ file: file('attempts: 5\naffinity: perhaps') });
  assert.equal(settings.attemptsMax, 5);
  assert.equal(mistakes.length, 1);
});

test('the same port for both servers is a mistake where the second one comes from', () => {
  const says = ': must differ from PROXY_PORT, both are 9090';
  assert.deepEqual(read({ env: { PROXY_PORT: '9090' } }).mistakes, [`METRICS_PORT${says}`]);
  assert.deepEqual(
    read({ env: { PROXY_PORT: '9090' }, options: { 'metrics-port': '9090' } }).mistakes,
    [`--metrics-port${says}`],
  );
  assert.deepEqual(read({ file: file('proxy_port: 9090\n\nmetrics_port: 9090') }).mistakes, [
    `dragoman.yaml:3:1: metrics_port${says}`,
  ]);
  assert.deepEqual(read({ env: { PROXY_PORT: '0', METRICS_PORT: '0' } }).mistakes, []);
});

test('no secret is an option, and keys of the built-in channels come from the environment only', () => {
  const { settings } = read({
    options: { 'openai-api-key': 'key-0' },
    env: { OPENAI_API_KEY: 'key-1, key-2', GEMINI_API_KEY: 'key-3' },
  });
  assert.deepEqual(settings.apiKeys, {
    openai: ['key-1', 'key-2'],
    anthropic: [],
    gemini: ['key-3'],
  });
  const secret = settingTable.filter(({ isSecret }) => isSecret);
  assert.deepEqual(
    secret.map(({ env, option, key }) => [env, option, key]),
    [
      ['OPENAI_API_KEY', undefined, undefined],
      ['ANTHROPIC_API_KEY', undefined, undefined],
      ['GEMINI_API_KEY', undefined, undefined],
      ['DRAGOMAN_PEPPER', undefined, undefined],
      ['DATABASE_URL', undefined, 'database_url'],
      ['REDIS_URL', undefined, 'redis_url'],
    ],
  );
});

test('keys are never shown', () => {
  const { settings, mistakes } = read({
    env: {
      OPENAI_API_KEY: 'canary-1,canary-2',
      ANTHROPIC_API_KEY: 'canary-3',
      GEMINI_API_KEY: 'canary 4',
    },
  });
  const shown = settingTable.map((setting) => `${setting.env} ${settingText(setting, settings)}`);
  assert.ok(shown.includes('OPENAI_API_KEY 2 keys'));
  assert.ok(shown.includes('ANTHROPIC_API_KEY 1 key'));
  assert.ok(shown.includes('GEMINI_API_KEY '));
  assert.deepEqual(mistakes, [
    'GEMINI_API_KEY: expected keys of printable ASCII without spaces, several divided by commas',
  ]);
  assert.ok(![...shown, ...mistakes].join('\n').includes('canary'));
});

test('every setting has names of its own, and its default is what its reader takes', () => {
  for (const name of ['env', 'option', 'key'] as const) {
    const names = settingTable.flatMap((setting) => setting[name] ?? []);
    assert.equal(new Set(names).size, names.length);
  }
  for (const setting of settingTable) {
    const text = defaultText(setting);
    if (text !== '')
      assert.deepEqual(setting.read(text), setting.get(defaultSettings), setting.env);
  }
});

test('a setting means the same in the environment and in the file', () => {
  for (const [env, text] of [
    ['PROXY_PORT', '8123'],
    ['STRICT', 'true'],
    ['OPENAI_TLS', 'no'],
    ['LOG_LEVEL', 'DEBUG'],
    ['GEMINI_DOMAIN', '127.0.0.1'],
    ['FIRST_OUTPUT_TIMEOUT_MS', '0'],
    ['MAX_BODY_BYTES', '1e4'],
    ['CONNECT_TIMEOUT_MS', '-1'],
    ['AUTH', 'required'],
    ['AUTH', 'none'],
    ['ENABLE_RATE_LIMITING', 'true'],
    ['RATE_LIMIT_WINDOW_MIN', '5'],
    ['RATE_LIMIT_WINDOW_MIN', '44641'],
    ['MAX_TOKENS', '50000'],
    ['MAX_TOKENS', '0'],
    ['USER_HEADER', 'X-User'],
    ['DATABASE_URL', 'sqlite:state/keys.db'],
    ['DATABASE_URL', 'keys.db'],
    ['REDIS_URL', 'redis://localhost'],
    ['REDIS_POOL_SIZE', '4'],
    ['REDIS_FAILURE', 'deny'],
    ['DATA_DIR', '/var/lib/dragoman'],
  ] as const) {
    const fromEnvironment = read({ env: { [env]: text } });
    const fromFile = read({ file: file(`${env.toLowerCase()}: "${text}"`) });
    assert.deepEqual(fromFile.settings, fromEnvironment.settings, env);
    assert.equal(fromFile.mistakes.length, fromEnvironment.mistakes.length, env);
  }
});

test('settings of keys, limits and stores are understood', () => {
  const { settings, mistakes } = read({
    env: {
      AUTH: 'required',
      USER_HEADER: 'X-User',
      ENABLE_RATE_LIMITING: 'true',
      RATE_LIMIT_WINDOW_MIN: '5',
      MAX_TOKENS: '50000',
      DRAGOMAN_PEPPER: ' 0123456789abcdef\n',
      DATABASE_URL: 'postgresql://me:p%40ss@db.example/keys?sslmode=require',
      REDIS_URL: 'rediss://:word@redis.example:6380/2',
      REDIS_POOL_SIZE: '4',
      REDIS_FAILURE: 'DENY',
      DATA_DIR: '/var/lib/dragoman',
    },
  });
  assert.deepEqual(mistakes, []);
  assert.deepEqual(settings, {
    ...defaultSettings,
    auth: 'required',
    userHeader: 'x-user',
    rateLimiting: { enabled: true, windowMinutes: 5, tokensMax: 50_000 },
    pepper: '0123456789abcdef',
    databaseUrl: 'postgresql://me:p%40ss@db.example/keys?sslmode=require',
    redisUrl: 'rediss://:word@redis.example:6380/2',
    redisPoolSize: 4,
    redisFailure: 'deny',
    dataDirectory: '/var/lib/dragoman',
  });
});

test('a pepper that is empty or short is a mistake that does not show it', () => {
  for (const pepper of ['', '  ', 'canary', '0123456789abcde']) {
    assert.deepEqual(read({ env: { DRAGOMAN_PEPPER: pepper } }).mistakes, [
      'DRAGOMAN_PEPPER: expected at least 16 characters',
    ]);
  }
  const { settings } = read({ env: { DRAGOMAN_PEPPER: 'a canary of 16 ch' } });
  const shown = settingTable.map((setting) => settingText(setting, settings));
  assert.ok(shown.includes('set'));
  assert.ok(!shown.join('\n').includes('canary'));
});

const addresses: { readonly [env: string]: readonly (readonly [text: string, isRead: boolean])[] } =
  {
    DATABASE_URL: [
      ['sqlite:dragoman.db', true],
      ['sqlite:/var/lib/dragoman.db', true],
      ['sqlite:///var/lib/dragoman.db', true],
      ['sqlite::memory:', true],
      ['sqlite:', false],
      ['sqlite://', false],
      ['sqlite://host/canary', false],
      ['postgres://host/name', true],
      ['postgres:///name?host=/run/postgresql', true],
      ['postgresql://me:word@host:5432/name', true],
      ['postgres:canary', false],
      ['postgres://me:ca#nary@host/name', false],
      ['postgres://me:ca%nary@host/name', false],
      ['postgres://me:canary@host:x/name', false],
      ['mysql://me:canary@host/name', false],
      ['canary', false],
    ],
    REDIS_URL: [
      ['redis://localhost', true],
      ['redis://localhost:6379/', true],
      ['rediss://me:word@host:6380/15', true],
      ['redis://[::1]:6379', true],
      ['redis://', false],
      ['redis://host/canary', false],
      ['redis://:ca%nary@host', false],
      ['http://:canary@host', false],
      ['canary:6379', false],
    ],
  };

for (const [env, cases] of Object.entries(addresses)) {
  for (const [text, isRead] of cases) {
    test(`${env} ${text} is ${isRead ? 'taken as it stands' : 'refused, and not repeated'}`, () => {
      const fromEnvironment = read({ env: { [env]: text } });
      const fromFile = read({ file: file(`${env.toLowerCase()}: "${text}"`) });
      assert.deepEqual(fromFile.settings, fromEnvironment.settings);
      const mistakes = [...fromEnvironment.mistakes, ...fromFile.mistakes];
      assert.equal(mistakes.length, isRead ? 0 : 2, mistakes.join('\n'));
      assert.ok(!mistakes.join('\n').includes('canary'));
      const { databaseUrl, redisUrl } = fromEnvironment.settings;
      assert.equal(databaseUrl ?? redisUrl, isRead ? text : undefined);
    });
  }
}

for (const name of ['Authorization', 'x-api-key', 'cookie', 'host', 'a b', 'x:y']) {
  test(`USER_HEADER can not be ${name}`, () => {
    assert.match(
      read({ env: { USER_HEADER: name } }).mistakes.join('\n'),
      /^USER_HEADER: expected the name of a header that is free/,
    );
  });
}

test('a gateway key that stands in the wrong place is not repeated', () => {
  const { mistakes } = read({
    env: { AUTH: 'dgm_canary' },
    file: file('dgm_canary: 1\nstrict: dgm_canary\nkeys: [dgm_canary]'),
  });
  assert.equal(mistakes.length, 4);
  assert.ok(!mistakes.join('\n').includes('canary'));
});
