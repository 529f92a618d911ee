/** Losses as one compact header value: `seed-dropped;reason=unsupported, temperature-weakened;reason=range`. */
import type { Loss } from 'ai-api-converter';

// Proxies on the way refuse headers of more than 8 KiB; the log has the full list.
const ITEMS_MAX = 32;

/** What changes the answer comes first; equal entries are merged; `more=N` counts what did not fit. */
export function lossHeader(losses: readonly Loss[]): string {
  const grave = losses.filter(({ effect }) => effect === 'answer');
  const slight = losses.filter(({ effect }) => effect === 'hint');
  const items = new Set(
    [...grave, ...slight].map(
      ({ feature, action, reason }) => `${feature}-${action};reason=${reason}`,
    ),
  );
  const shown = [...items].slice(0, ITEMS_MAX);
  if (items.size > ITEMS_MAX) shown.push(`more=${items.size - ITEMS_MAX}`);
  return shown.join(', ');
}
