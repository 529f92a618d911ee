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

test('keys of the built-in channels come from the environment only', () => {
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
  ] as const) {
    const fromEnvironment = read({ env: { [env]: text } });
    const fromFile = read({ file: file(`${env.toLowerCase()}: "${text}"`) });
    assert.deepEqual(fromFile.settings, fromEnvironment.settings, env);
    assert.equal(fromFile.mistakes.length, fromEnvironment.mistakes.length, env);
  }
});
