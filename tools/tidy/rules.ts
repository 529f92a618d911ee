/** All house rules, in the order in which they are reported. */
import type { Finding } from '../source/module.ts';
import type { Tree } from '../source/tree.ts';
import { documentRules } from './document-rules.ts';
import { layoutRules } from './layout-rules.ts';
import { packageRules } from './package-rules.ts';
import { publicNamesRule } from './public-names.ts';
import type { Rule } from './rule.ts';
import { syntaxRules } from './syntax-rules.ts';
import { textRules } from './text-rules.ts';

export const rules: readonly Rule[] = [
  ...syntaxRules,
  ...packageRules,
  ...layoutRules,
  publicNamesRule,
  ...documentRules,
  ...textRules,
];

export function checkRules(tree: Tree): readonly Finding[] {
  return rules.flatMap((rule) =>
    Array.from(rule.check(tree), ({ path, line = 1, message }) => ({
      rule: rule.name,
      path,
      line,
      message: `${message} (${rule.why})`,
    })),
  );
}
