import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConversionError, invalidRequest, unsupported } from './errors.ts';
import { anthropicMessages, formats, gemini, openaiChat } from './formats/index.ts';
import { isObject, type JsonObject } from './json.ts';
import type { Loss } from './loss.ts';
import { nameField, namingErrors, namingReport } from './name-fields.ts';
import { allFixtures, ask, othersThan, readObject } from './testing/fixtures.ts';

const names = new Map([
  ['reasoning', 'thinking'],
  ['reasoning.effort', 'output_config.effort'],
  ['turns', 'messages'],
]);

test('the longest known name stands for the whole path', () => {
  assert.equal(nameField('reasoning', names), 'thinking');
  assert.equal(nameField('reasoning.effort', names), 'output_config.effort');
  assert.equal(nameField('reasoning.budget', names), 'thinking');
  assert.equal(nameField('turns[3].parts[0].detail', names), 'messages');
});

test('what is no neutral path stays as it is', () => {
  for (const path of ['messages[0].content[1]', 'reasoningX', 'tools[3]', 'x.reasoning', '']) {
    assert.equal(nameField(path, names), path);
  }
});

test('losses and refusals name the client’s field, the message of a refusal too', () => {
  const losses: Loss[] = [];
  namingReport(
    (loss) => losses.push(loss),
    names,
  )({
    feature: 'effort',
    path: 'reasoning.effort',
    action: 'dropped',
    reason: 'range',
    effect: 'hint',
  });
  assert.equal(losses[0]?.path, 'output_config.effort');
  const refusals = [
    [invalidRequest('turns[1]', 'turns[1]: is empty'), 'messages', 'messages: is empty'],
    [unsupported('reasoning', 'not here'), 'thinking', 'thinking: not here'],
    [unsupported('tools[1]', 'tools[1]: no'), 'tools[1]', 'tools[1]: no'],
  ] as const;
  for (const [cause, param, message] of refusals) {
    const named = refusalOf(() =>
      namingErrors(names, () => {
        throw cause;
      }),
    );
    assert.deepEqual([named.error.param, named.message], [param, message]);
  }
});

test('other failures pass as they are', () => {
  const cause = new Error('broken');
  assert.throws(
    () =>
      namingErrors(names, () => {
        throw cause;
      }),
    cause,
  );
});

function refusalOf(work: () => unknown): ConversionError {
  try {
    work();
  } catch (cause) {
    if (cause instanceof ConversionError) return cause;
    throw cause;
  }
  throw new Error('nothing was refused');
}

describe('whatever the upstream, a client is told of fields that stand in its own body', () => {
  for (const { format, name, text } of allFixtures('request')) {
    const body = readObject(text);
    for (const upstream of othersThan(format)) {
      test(`${name} of ${format.id} for ${upstream.id}`, () => {
        for (const path of toldPaths(() => ask({ client: format, upstream, name, body }).request)) {
          assert.ok(leadsSomewhere(path, body), path);
        }
      });
    }
  }
});

function toldPaths(convert: () => { readonly losses: readonly Loss[] }): readonly string[] {
  try {
    return convert().losses.map(({ path }) => path);
  } catch (cause) {
    if (!(cause instanceof ConversionError)) throw cause;
    return [cause.error.param ?? ''];
  }
}

/** The field that the path starts with is there, within the objects that hold many settings too. */
function leadsSomewhere(path: string, body: JsonObject): boolean {
  const [first = '', second = ''] = path.split(/[.[\]]+/);
  // Google's clients may write either spelling.
  const value =
    body[first] ?? body[first.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
  // Who uses the deprecated functions reads one call at a time, and has no field to say so.
  if (first === 'parallel_tool_calls' && body['functions'] !== undefined) return true;
  // The older of two names is told as the newer.
  if (first === 'max_completion_tokens' && body['max_tokens'] !== undefined) return true;
  const isHolder = first === 'generationConfig' || first === 'output_config';
  return isHolder ? isObject(value) && value[second] !== undefined : value !== undefined;
}

test('settings are told under the name that each client has for them', () => {
  const settings = {
    n: 2,
    logit_bias: { 1: 1 },
    reasoning_effort: 'low',
    messages: [{ role: 'user', content: 'Hi' }],
    model: 'gpt-5',
  };
  const refusal = refusalOf(() =>
    ask({ client: openaiChat, upstream: anthropicMessages, name: 'text', body: settings }),
  );
  assert.equal(refusal.error.param, 'n');
  assert.match(refusal.message, /^n: /);
  const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }];
  const config = { candidateCount: 2 };
  const refused = refusalOf(() =>
    ask({
      client: gemini,
      upstream: anthropicMessages,
      name: 'text',
      body: { contents, generationConfig: config },
    }),
  );
  assert.equal(refused.error.param, 'generationConfig.candidateCount');
  const { losses } = ask({
    client: openaiChat,
    upstream: gemini,
    name: 'text',
    body: { ...settings, n: 1 },
  }).request;
  assert.deepEqual(
    losses.map(({ path }) => path),
    ['logit_bias'],
  );
});

test('every format says what its settings are called', () => {
  for (const { client } of formats) {
    for (const name of ['sampling.temperature', 'outputTokensMax', 'reasoning', 'toolChoice']) {
      assert.ok(client.fieldNames.has(name), name);
    }
  }
});
