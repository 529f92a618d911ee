/** Prompt-cache breakpoints of a request: how many, where, and how long-lived. */
import type { Part } from '../../ir/part.ts';
import type { CacheMark, ChatRequest, SystemBlock, Tool, Turn } from '../../ir/request.ts';
import type { Report } from '../../loss.ts';
import { drop } from './losses.ts';
import { encodeCacheMark } from './mappings.ts';
import type { WireCacheControl } from './wire.ts';

const BREAKPOINTS_MAX = 4;

type Marked = SystemBlock | Tool | Part;

/** The block that was made from `item`, with the breakpoint that stands behind it, if any does. */
export type MarkBlock = <const Block extends object>(
  block: Block,
  item: Marked,
) => Block & { readonly cache_control?: WireCacheControl };

export function planCache(request: ChatRequest, report: Report): MarkBlock {
  const kept = keptOf(request, report);
  if (kept.length === 0) return (block) => block;
  const controls = new Map<Marked, WireCacheControl>();
  let sawShort = false;
  for (const item of kept) {
    const control = encodeCacheMark(markOf(item) ?? {});
    if (control.ttl !== '1h') sawShort = true;
    // The provider refuses a long-lived breakpoint behind a short-lived one.
    controls.set(item, sawShort && control.ttl === '1h' ? { type: 'ephemeral' } : control);
  }
  return (block, item) => {
    const control = controls.get(item);
    return control === undefined ? block : { ...block, cache_control: control };
  };
}

/** The last one before the turns covers what every request shares; the others move with its end. */
function keptOf(request: ChatRequest, report: Report): readonly Marked[] {
  const shared = [...request.tools.filter(isMarked), ...request.system.filter(isMarked)];
  const moving = markedParts(request.turns);
  const all = [...shared, ...moving];
  if (all.length <= BREAKPOINTS_MAX) return all;
  drop(
    { path: 'cache', report },
    {
      feature: 'cache-mark',
      effect: 'hint',
      reason: 'limit',
      detail: `only ${BREAKPOINTS_MAX} were kept`,
    },
  );
  if (moving.length < BREAKPOINTS_MAX) return all.slice(-BREAKPOINTS_MAX);
  return [
    ...shared.slice(-1),
    ...moving.slice(shared.length === 0 ? -BREAKPOINTS_MAX : 1 - BREAKPOINTS_MAX),
  ];
}

function markedParts(turns: readonly Turn[]): readonly Part[] {
  const marked: Part[] = [];
  for (const { parts } of turns) for (const part of parts) gatherMarked(part, marked);
  return marked;
}

function gatherMarked(part: Part, marked: Part[]): void {
  if (part.type === 'tool-result') for (const piece of part.content) gatherMarked(piece, marked);
  if (isMarked(part)) marked.push(part);
}

function isMarked(item: Marked): boolean {
  return markOf(item) !== undefined;
}

function markOf(item: Marked): CacheMark | undefined {
  return 'cache' in item ? item.cache : undefined;
}
