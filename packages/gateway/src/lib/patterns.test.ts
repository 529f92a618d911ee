/** What a pattern of models stands for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compilePatterns } from './patterns.ts';

/** By definition, and slow: a star is nothing, or one character and a star. */
function naive(pattern: string, model: string): boolean {
  if (pattern === '') return model === '';
  const rest = pattern.slice(1);
  if (pattern.startsWith('*'))
    return naive(rest, model) || (model !== '' && naive(pattern, model.slice(1)));
  return model !== '' && pattern[0] === model[0] && naive(rest, model.slice(1));
}

describe('patterns', () => {
  const table: readonly {
    readonly patterns: readonly string[];
    readonly yes: readonly string[];
    readonly no: readonly string[];
  }[] = [
    { patterns: [], yes: [], no: ['', 'gpt-4o'] },
    { patterns: ['gpt-4o'], yes: ['gpt-4o'], no: ['gpt-4o-mini', 'GPT-4o', 'my-gpt-4o', ''] },
    { patterns: ['gpt-*'], yes: ['gpt-', 'gpt-4o'], no: ['gpt', 'chatgpt-4o'] },
    { patterns: ['*-mini'], yes: ['gpt-4o-mini', '-mini'], no: ['gpt-4o-mini-2024'] },
    { patterns: ['*'], yes: ['', 'anything/at all'], no: [] },
    { patterns: ['a*a'], yes: ['aa', 'aba'], no: ['a', 'ab'] },
    { patterns: ['ab*ba'], yes: ['abba', 'abXba'], no: ['aba'] },
    {
      patterns: ['*/llama*8b'],
      yes: ['meta/llama-3-8b', '/llama8b'],
      no: ['llama-3-8b', 'meta/llama-3-70b'],
    },
    { patterns: ['o1*', 'o3*'], yes: ['o1', 'o3-mini'], no: ['o2'] },
    { patterns: ['a.c', 'x?', '(y)'], yes: ['a.c', 'x?', '(y)'], no: ['abc', 'xy', 'y'] },
  ];
  for (const { patterns, yes, no } of table) {
    it(`${JSON.stringify(patterns)} match what they say and nothing else`, () => {
      const matches = compilePatterns(patterns);
      for (const model of yes) assert.equal(matches(model), true, model);
      for (const model of no) assert.equal(matches(model), false, model);
    });
  }

  it('agree with their definition', () => {
    const text = (letters: readonly string[], maxLength: number): fc.Arbitrary<string> =>
      fc.string({ unit: fc.constantFrom(...letters), maxLength });
    fc.assert(
      fc.property(text(['a', 'b', '*'], 7), text(['a', 'b'], 9), (pattern, model) => {
        assert.equal(compilePatterns([pattern])(model), naive(pattern, model));
      }),
      { numRuns: 3_000 },
    );
  });

  const hostile = [
    { name: 'many stars', pattern: `${'a*'.repeat(200)}b` },
    { name: 'stars that nearly match', pattern: `${'*a'.repeat(200)}*b*` },
    { name: 'a long piece that nearly matches', pattern: `*${'a'.repeat(5_000)}b*` },
  ];
  for (const { name, pattern } of hostile) {
    it(`are quick on a long name with ${name}`, () => {
      const matches = compilePatterns([pattern]);
      const model = 'a'.repeat(10_000);
      const startedMs = performance.now();
      for (let time = 0; time < 100; time += 1) assert.equal(matches(model), false);
      // Backtracking would take longer than the universe has existed.
      assert.ok(performance.now() - startedMs < 5_000);
    });
  }
});
