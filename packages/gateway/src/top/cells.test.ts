import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf, fit, fitRight, harmless } from './cells.ts';

describe('cells', () => {
  it('hold nothing that a terminal obeys', () => {
    assert.equal(fit('a\u001b[2Jb', 8), 'a\ufffd[2Jb  ');
    assert.equal(fit('a\u202eb\u009b', 4), 'a\ufffdb\ufffd');
    assert.equal(
      harmless('\u001b]0;title\u0007\r\n\u2028\ud800\u200b'),
      '\ufffd]0;title'.padEnd(15, '\ufffd'),
    );
  });

  it('are counted as wide letters, marks and pictures take them', () => {
    assert.equal(fit('通义千问', 8), '通义千问');
    assert.equal(fit('通义千问', 6), '通义… ');
    assert.equal(fit('e\u0301x', 2), 'e\u0301x');
    assert.equal(cellsOf('🦊 ok'), 5);
    assert.equal(cellsOf('❤\ufe0f'), 2);
  });

  it('are as many as asked for, whatever the text', () => {
    for (const text of [
      '',
      'abc',
      'abcdefgh',
      '通义千问',
      'a\u001bb',
      `a${'\u0301'.repeat(99)}b`,
      '👩\u200d🚀!',
    ]) {
      for (let width = 0; width < 10; width += 1) {
        assert.equal(cellsOf(fit(text, width)), width, `${text} in ${width}`);
        assert.equal(cellsOf(fitRight(text, width)), width, `${text} in ${width}`);
      }
    }
    assert.equal(fitRight('ab', 4), '  ab');
  });

  it('are not painted over by a letter with a tower of marks', () => {
    assert.equal(fit(`a${'\u0301'.repeat(99)}b`, 2), '\ufffdb');
  });
});
