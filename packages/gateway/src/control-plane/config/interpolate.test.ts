import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interpolate } from './interpolate.ts';

const env = { NAME: 'value', EMPTY: '', OTHER: '${NAME}' };

const filled: { readonly [text: string]: string } = {
  '${NAME}': 'value',
  'a-${NAME}-${NAME}-b': 'a-value-value-b',
  '${EMPTY}': '',
  '${UNSET:-standard}': 'standard',
  '${EMPTY:-standard}': 'standard',
  '${NAME:-standard}': 'value',
  '${UNSET:-}': '',
  '${UNSET:-a:-b $c}': 'a:-b $c',
  '$${NAME}': '${NAME}',
  '$$${NAME}': '$${NAME}',
  $NAME: '$NAME',
  'a } b': 'a } b',
  // What a variable holds is not looked into again.
  '${OTHER}': '${NAME}',
};

for (const [text, expected] of Object.entries(filled)) {
  test(`${text} becomes ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(interpolate(text, env), { text: expected, mistake: undefined });
  });
}

const syntax = 'expected ${NAME} or ${NAME:-default}; a plain ${ is written $${';
const refused: { readonly [text: string]: string } = {
  '${UNSET}': 'the variable UNSET is not set',
  '${toString}': 'the variable toString is not set',
  '${__proto__}': 'the variable __proto__ is not set',
  '${}': syntax,
  '${NAME': syntax,
  '${1NAME}': syntax,
  '${NA ME}': syntax,
  '${NAME-standard}': syntax,
  '${NAME:-${OTHER}}': syntax,
};

for (const [text, mistake] of Object.entries(refused)) {
  test(`${text} is refused`, () => {
    assert.equal(interpolate(text, env).mistake, mistake);
  });
}
