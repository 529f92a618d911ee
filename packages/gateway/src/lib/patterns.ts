/** Model patterns: `*` stands for any characters. Linear in the name's length, whatever the pattern. */

export type Matches = (model: string) => boolean;

export function compilePatterns(patterns: readonly string[]): Matches {
  const matchers = patterns.map(compilePattern);
  return (model) => matchers.some((matches) => matches(model));
}

function compilePattern(pattern: string): Matches {
  const pieces = pattern.split('*');
  const [head = '', ...rest] = pieces;
  const tail = rest.pop();
  if (tail === undefined) return (model) => model === pattern;
  return (model) => {
    if (!model.startsWith(head) || !model.endsWith(tail)) return false;
    let at = head.length;
    for (const piece of rest) {
      const found = model.indexOf(piece, at);
      if (found === -1) return false;
      at = found + piece.length;
    }
    return at <= model.length - tail.length;
  };
}
