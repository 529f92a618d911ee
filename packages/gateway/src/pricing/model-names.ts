/** The names under which a model may stand in a price list, the most exact first. */

const date = /[-@]20\d{2}-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])$/;
const joinedDate = /-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/;

/** `vendors` are the prefixes that gateways put before the names of a provider, as in `anthropic/claude-…`. */
export function namesOf(model: string, vendors: readonly string[]): readonly string[] {
  const full = model.trim().toLowerCase();
  const bare = withoutVendor(withoutCollection(full), vendors);
  const names = [full, bare].flatMap((name) => [
    name,
    name.replace(joinedDate, '-$1-$2-$3'),
    // A snapshot that no list has is sold at the price of its model. Fine-tuned ones have prices of their own.
    name.startsWith('ft:') ? name : name.replace(date, ''),
  ]);
  return [...new Set(names)];
}

/** As Gemini's API and Vertex write names. */
function withoutCollection(name: string): string {
  return name.replace(/^(publishers\/[\w-]+\/)?models\//, '');
}

function withoutVendor(name: string, vendors: readonly string[]): string {
  const slash = name.indexOf('/');
  return slash > 0 && vendors.includes(name.slice(0, slash)) ? name.slice(slash + 1) : name;
}
