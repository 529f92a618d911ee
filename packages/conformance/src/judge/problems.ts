/** Collects what is wrong with something, one sentence each. */

export interface Problems {
  readonly found: readonly string[];
  /** Notes the problem unless the condition holds; says whether it held. */
  expect(condition: boolean, problem: string): boolean;
}

export function collectProblems(): Problems {
  const found: string[] = [];
  return {
    found,
    expect(condition, problem) {
      if (!condition) found.push(problem);
      return condition;
    },
  };
}

/** Value as JSON, cut to what a person reads. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
