/** Prompt-cache breakpoints: none where the target has none, and never more than it takes. */
import type { ChatRequest } from '../ir/request.ts';
import type { Rule } from './contract.ts';
import { mapKeeping, mapParts } from './unchanged.ts';

export const adaptCache: Rule = (request, { can, report }) => {
  if (countMarks(request) <= can.cacheMarksMax) return request;
  const marks = marksOf(request);
  const kept = marksToKeep(marks, can.cacheMarksMax);
  const firstLost = marks.find((mark) => !kept.has(mark));
  report({
    feature: 'cache-mark',
    path: firstLost?.path ?? '',
    action: 'dropped',
    reason: can.cacheMarksMax === 0 ? 'unsupported' : 'limit',
    effect: 'hint',
    detail: `${marks.length - kept.size} of ${marks.length} were left out`,
  });
  return withMarks(
    request,
    marks.map((mark) => kept.has(mark)),
  );
};

/** Of most requests that is all there is to know. */
function countMarks({ tools, system, turns }: ChatRequest): number {
  let count = countMarked(tools) + countMarked(system);
  for (const { parts } of turns) {
    count += countMarked(parts);
    for (const part of parts) if (part.type === 'tool-result') count += countMarked(part.content);
  }
  return count;
}

function countMarked(items: readonly object[]): number {
  let count = 0;
  for (const item of items) if ('cache' in item && item.cache !== undefined) count++;
  return count;
}

interface Mark {
  readonly path: string;
  /** Stands before the turns. */
  readonly isShared: boolean;
}

/** All marks in the order in which the prompt is read: tools, system, turns. */
function marksOf({ tools, system, turns }: ChatRequest): readonly Mark[] {
  const marks: Mark[] = [];
  const add = (item: object, path: string, isShared: boolean): void => {
    if ('cache' in item && item.cache !== undefined) marks.push({ path, isShared });
  };
  for (const [index, tool] of tools.entries()) add(tool, tool.path ?? `tools[${index}]`, true);
  for (const [index, block] of system.entries()) {
    add(block, block.path ?? `system[${index}]`, true);
  }
  mapParts(turns, (part, path) => {
    add(part, path, false);
    if (part.type === 'tool-result') {
      for (const [index, inner] of part.content.entries()) {
        add(inner, inner.path ?? `${path}.content[${index}]`, false);
      }
    }
    return part;
  });
  return marks;
}

/** The last one before the turns covers what every request shares; the others move with its end. */
function marksToKeep(marks: readonly Mark[], max: number): ReadonlySet<Mark> {
  if (max === 0) return new Set();
  const shared = marks.findLast(({ isShared }) => isShared);
  const rest = marks.filter((mark) => mark !== shared);
  const room = shared === undefined ? max : max - 1;
  const last = room === 0 ? [] : rest.slice(-room);
  return new Set(shared === undefined ? last : [shared, ...last]);
}

/** Marks are told apart by their number in the order of the prompt. */
function withMarks(request: ChatRequest, isKept: readonly boolean[]): ChatRequest {
  let place = 0;
  function keep<T extends object>(item: T): T {
    if (!('cache' in item) || item.cache === undefined || isKept[place++] === true) return item;
    return { ...item, cache: undefined };
  }
  return {
    ...request,
    tools: mapKeeping(request.tools, keep),
    system: mapKeeping(request.system, keep),
    turns: mapParts(request.turns, (part) => {
      const own = keep(part);
      if (own.type !== 'tool-result') return own;
      const content = mapKeeping(own.content, keep);
      return content === own.content ? own : { ...own, content };
    }),
  };
}
