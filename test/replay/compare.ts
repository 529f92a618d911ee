/** Holds what a client got against what it had to get. */
import { isDeepStrictEqual } from 'node:util';
import type { Answer, Candidate, Usage } from '../../packages/conformance/src/judge/meaning.ts';
import {
  collectProblems,
  type Problems,
  shown,
} from '../../packages/conformance/src/judge/problems.ts';
import type { ExpectedAnswer, ExpectedCandidate, ExpectedUsage } from './translate.ts';

export function compareAnswers(expected: ExpectedAnswer, got: Answer): readonly string[] {
  if (got.error !== undefined) {
    return expected.mayFail ? [] : [`an error instead of an answer: ${shown(got.error)}`];
  }
  const problems = collectProblems();
  const { candidates } = expected;
  problems.expect(
    candidates.length === got.candidates.length,
    `${got.candidates.length} candidates instead of ${candidates.length}`,
  );
  for (const [index, candidate] of candidates.entries()) {
    const other = got.candidates[index];
    if (other !== undefined) compareCandidates(problems, candidate, other);
  }
  compareUsage(problems, expected.usage, got.usage);
  return problems.found;
}

function compareCandidates(problems: Problems, expected: ExpectedCandidate, got: Candidate): void {
  const { text, reasoning } = expected;
  problems.expect(isSameText(expected, got.text), `text: ${difference(text, got.text)}`);
  problems.expect(
    got.reasoning === reasoning,
    `reasoning: ${difference(reasoning, got.reasoning)}`,
  );
  problems.expect(
    expected.refusals.includes(got.refusal),
    `refusal: expected ${shown(expected.refusals)}, got ${shown(got.refusal)}`,
  );
  problems.expect(
    isDeepStrictEqual(got.calls, expected.calls),
    `tool calls: expected ${shown(expected.calls)}, got ${shown(got.calls)}`,
  );
  problems.expect(
    expected.finishWords.includes(got.finishWord),
    `finish: expected ${expected.finishWords.join(' or ')}, got ${got.finishWord}`,
  );
}

/** The same text, but for code in fences and an afterword, where these are allowed. */
function isSameText({ text, codes, afterword }: ExpectedCandidate, got: string): boolean {
  if (got === text || got === text + afterword) return true;
  if (codes.length === 0) return false;
  const unfenced = got.replace(/```\w*\n([\s\S]*?)```/g, (fence: string, inner: string) => {
    return inner.trim() === '' || codes.some((code) => inner.trim() === code.trim()) ? '' : fence;
  });
  const words = (value: string): string => value.replace(/\s+/g, '');
  return words(unfenced) === words(text);
}

function compareUsage(
  problems: Problems,
  expected: ExpectedUsage | undefined,
  got: Usage | undefined,
): void {
  if (expected === undefined) {
    const silent = got === undefined || Object.values(got).every((count) => count === 0);
    problems.expect(silent, `usage was made up: ${shown(got)}`);
    return;
  }
  if (!problems.expect(got !== undefined, 'usage is missing') || got === undefined) return;
  const right =
    expected.input.includes(got.input) &&
    expected.output.includes(got.output) &&
    got.cacheRead === expected.cacheRead &&
    got.cacheWrite === expected.cacheWrite &&
    got.reasoning === expected.reasoning;
  problems.expect(right, `usage: expected ${shown(expected)}, got ${shown(got)}`);
}

/** Where two texts part, with a little of what stands around. */
function difference(expected: string, got: string): string {
  let at = 0;
  while (at < expected.length && expected[at] === got[at]) at++;
  const from = Math.max(0, at - 20);
  const cut = (text: string): string => shown(text.slice(from, at + 60));
  return `lengths ${expected.length} and ${got.length}, parting at ${at}: expected ${cut(expected)}, got ${cut(got)}`;
}
