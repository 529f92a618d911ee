/** Checks the order of a neutral stream: the invariants that `ir/stream.ts` states. */
import type { StreamPart } from '../ir/stream.ts';

interface CandidateState {
  /** Kinds of the open parts, by index. */
  readonly open: Map<number, string>;
  started: number;
  finished: boolean;
}

/** Returns the first breach as a sentence, or undefined for a stream in order. */
export function checkOrder(parts: readonly StreamPart[]): string | undefined {
  const candidates = new Map<number, CandidateState>();
  const told = parts.filter(({ type }) => type !== 'ping');
  const last = told.at(-1);
  if (last?.type !== 'message-end' && last?.type !== 'stream-error') return 'the stream has no end';
  for (const [at, part] of told.entries()) {
    const breach = checkPlace(part, { at, count: told.length, first: told[0] });
    if (breach !== undefined) return `part ${at} (${part.type}): ${breach}`;
    const moved = move(candidates, part);
    if (moved !== undefined) return `part ${at} (${part.type}): ${moved}`;
  }
  for (const { open } of candidates.values()) {
    if (open.size > 0) return `parts ${[...open.keys()].join(', ')} were never ended`;
  }
  if (last.type === 'stream-error') return undefined;
  const unfinished = [...candidates.values()].some(({ finished }) => !finished);
  return unfinished ? 'a candidate has no finish, and the message ended' : undefined;
}

interface Position {
  readonly at: number;
  readonly count: number;
  readonly first: StreamPart | undefined;
}

function checkPlace(part: StreamPart, { at, count, first }: Position): string | undefined {
  const isLast = at === count - 1;
  if (part.type === 'message-start') return at === 0 ? undefined : 'the message started twice';
  if (part.type === 'message-end' || part.type === 'stream-error') {
    if (!isLast) return 'something follows the end';
  }
  if (part.type === 'stream-error' && at === 0) return undefined;
  return first?.type === 'message-start' ? undefined : 'the message has not started';
}

function move(candidates: Map<number, CandidateState>, part: StreamPart): string | undefined {
  if (!('candidate' in part)) return undefined;
  const state = candidates.get(part.candidate) ?? { open: new Map(), started: 0, finished: false };
  candidates.set(part.candidate, state);
  if (state.finished) return `candidate ${part.candidate} has finished`;
  if (part.type === 'finish') {
    state.finished = true;
    return state.open.size === 0 ? undefined : 'finished with parts still open';
  }
  if (part.type === 'media') return begin(state, part.index);
  const [, kind = '', verb] = /^(.*)-(start|delta|end)$/.exec(part.type) ?? [];
  if (verb === 'start') {
    const breach = begin(state, part.index);
    state.open.set(part.index, kind);
    return breach;
  }
  if (state.open.get(part.index) !== kind) return `no ${kind} is open at ${part.index}`;
  if (verb === 'end') state.open.delete(part.index);
  return undefined;
}

function begin(state: CandidateState, index: number): string | undefined {
  const expected = state.started++;
  return index === expected ? undefined : `index ${index} where ${expected} was due`;
}
