/** Whether patterns written in two places may mean the same model. */
import { compilePatterns } from '../lib/patterns.ts';

export function couldBe(models: readonly string[]): (pattern: string) => boolean {
  const serves = compilePatterns(models);
  return (pattern) =>
    serves(pattern) || models.some((model) => compilePatterns([pattern])(model)) || pattern === '*';
}
