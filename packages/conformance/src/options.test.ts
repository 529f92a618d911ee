import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions, UsageError } from './options.ts';

const url = ['--base-url', 'http://localhost:8080'] as const;

function read(...args: readonly string[]) {
  const options = readOptions([...url, ...args]);
  assert.ok(typeof options === 'object');
  return options;
}

test('the base URL is taken with and without its version', () => {
  for (const text of ['http://a:1', 'http://a:1/', 'http://a:1/v1', 'http://a:1/v1/']) {
    assert.equal(read('--base-url', text).endpoint.baseUrl, 'http://a:1');
  }
});

test('models are named one by one, and can be left out', () => {
  const { models } = read('--model', 'openai=my=model,anthropic=,responses=codex');
  assert.equal(models.openai, 'my=model');
  assert.equal(models.anthropic, undefined);
  assert.equal(models.responses, 'codex');
  assert.equal(models.gemini, 'gemini-2.5-flash');
});

test('headers may be given several times', () => {
  const { endpoint } = read('--header', 'x-a=1', '--header', 'x-b=2=3');
  assert.deepEqual(endpoint.headers, { 'x-a': '1', 'x-b': '2=3' });
});

test('mistakes are told in words', () => {
  const mistakes: readonly (readonly [RegExp, ...string[]])[] = [
    [/--base-url/],
    [/--base-url/, '--base-url', 'nowhere'],
    [/--provider-port/, ...url, '--provider-port', 'x'],
    [/--model: mistral is none of/, ...url, '--model', 'mistral=x'],
    [/--header: x is not/, ...url, '--header', 'x'],
    [/--nonsense/, ...url, '--nonsense'],
  ];
  for (const [pattern, ...args] of mistakes) {
    assert.throws(
      () => readOptions(args),
      (cause) => cause instanceof UsageError && pattern.test(cause.message),
      args.join(' '),
    );
  }
});

test('help and version need no address', () => {
  assert.equal(readOptions(['--help']), 'help');
  assert.equal(readOptions(['--version']), 'version');
});
