/** The name that somebody may have meant. */

/** Undefined: none is near. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = plain(name);
  if (wanted.length > 64) return undefined;
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate));
    const limit = Math.floor(Math.max(wanted.length, candidate.length) / 3);
    if (distance <= limit && distance < (best?.distance ?? Infinity))
      best = { candidate, distance };
  }
  return best?.candidate;
}

/** `; did you mean x?`, or nothing. */
export function suggestion(name: string, known: readonly string[]): string {
  const found = nearest(name, known);
  return found === undefined ? '' : `; did you mean ${found}?`;
}

/** `baseUrl`, `base-url` and `base_url` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, '');
}

/** How many letters must be added, taken away, replaced or exchanged with their neighbour. */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_none, index) => index);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const replaced = at(row, j) + (a[i] === b[j] ? 0 : 1);
      const isExchanged = j > 0 && i > 0 && a[i] === b[j - 1] && a[i - 1] === b[j];
      const exchanged = isExchanged ? at(before, j - 1) + 1 : Infinity;
      next.push(Math.min(replaced, exchanged, at(row, j + 1) + 1, at(next, j) + 1));
    }
    before = row;
    row = next;
  }
  return at(row, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}
