/** Lines for people: readable, one each, and nothing in them that a terminal would obey. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { prettyLines } from './pretty-lines.ts';

const line = JSON.stringify({ level: 50, time: 0, channel: 'main', status: 503, msg: 'it broke' });

test('a line has its time, level, message and fields', () => {
  assert.match(
    prettyLines(`${line}\n`, false),
    /^\d\d:\d\d:\d\d ERROR 'it broke' channel=main status=503\n$/,
  );
});

test('colour is there where it is wanted only', () => {
  assert.ok(prettyLines(line, true).includes('\u001b[31mERROR'));
  assert.equal(prettyLines(line, false).includes('\u001b'), false);
});

test('values cannot steer the terminal or begin a line', () => {
  const model = '\u001b[2J\u009b2J\u202e\u2028\nforged';
  const text = prettyLines(JSON.stringify({ level: 30, time: 0, msg: model, model }), false);
  assert.equal(text.split('\n').length, 1);
  assert.doesNotMatch(text, /[^\x20-\x7e]/);
});

test('what is no JSON stays as it is, and several lines stay several', () => {
  assert.equal(prettyLines('no json\n', false), 'no json\n');
  assert.equal(prettyLines(`${line}\n${line}\n`, false).split('\n').length, 3);
});
