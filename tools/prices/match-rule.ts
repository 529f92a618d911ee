/** The rules by which `@pydantic/genai-prices` tells models apart, as names and one regular expression. */

export type MatchRule =
  | { readonly or: readonly MatchRule[] }
  | { readonly and: readonly MatchRule[] }
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string };

/** Those that a rule spells out, in lower case. */
export function namesIn(rule: MatchRule): readonly string[] {
  if ('or' in rule) return rule.or.flatMap(namesIn);
  return 'equals' in rule ? [rule.equals.toLowerCase()] : [];
}

/** The source of an expression over names in lower case; undefined: every name is spelt out. */
export function patternIn(rule: MatchRule): string | undefined {
  if ('equals' in rule) return undefined;
  if (!('or' in rule)) return sourceOf(rule);
  const sources = rule.or.map(patternIn).filter((source) => source !== undefined);
  return sources.length === 0 ? undefined : sources.join('|');
}

function sourceOf(rule: MatchRule): string {
  if ('or' in rule) return rule.or.map(sourceOf).join('|');
  if ('and' in rule) return `^${rule.and.map((part) => `(?=.*?(?:${sourceOf(part)}))`).join('')}`;
  if ('equals' in rule) return `^${literal(rule.equals)}$`;
  if ('starts_with' in rule) return `^${literal(rule.starts_with)}`;
  if ('ends_with' in rule) return `${literal(rule.ends_with)}$`;
  if ('contains' in rule) return literal(rule.contains);
  return rule.regex;
}

function literal(text: string): string {
  return text.toLowerCase().replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
