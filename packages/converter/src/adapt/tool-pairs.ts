/**
 * Each tool call is answered once, at the start of the user turn right after it, in the order of the
 * calls. Interrupted clients leave calls without results and results without calls behind.
 */
import type { Part, ToolCallPart, ToolResultPart } from '../ir/part.ts';
import { partPathOf } from '../ir/place.ts';
import type { Turn } from '../ir/request.ts';
import type { Loss, Report } from '../loss.ts';
import type { Rule } from './contract.ts';
import { mapKeeping, mapParts } from './unchanged.ts';

export const pairTools: Rule = (request, { report }) => {
  const { turns } = request;
  const found = pairingOf(turns);
  if (found === 'named') return request;
  const paired = found === 'paired' ? turns : rearrange(turns, match(turns, report));
  const named = withNames(paired);
  return named === turns ? request : { ...request, turns: named };
};

function isCall(part: Part): part is ToolCallPart {
  return part.type === 'tool-call';
}

function isResult(part: Part): part is ToolResultPart {
  return part.type === 'tool-result';
}

/** `named`: besides, each result says the name of its call. */
type Pairing = 'none' | 'paired' | 'named';

/** Most often nothing is to be moved. */
function pairingOf(turns: readonly Turn[]): Pairing {
  const seen = new Set<string>();
  let found: Pairing = 'named';
  let open: readonly ToolCallPart[] = [];
  for (const { role, parts } of turns) {
    const isAnswered = role === 'user' || open.length === 0;
    const answers = isAnswered ? answersOf(parts, open) : 'none';
    if (answers === 'none') return 'none';
    if (answers === 'paired') found = 'paired';
    open = parts.some(isCall) ? parts.filter(isCall) : none;
    for (const { id } of open) {
      if (seen.has(id)) return 'none';
      seen.add(id);
    }
  }
  return open.length === 0 ? found : 'none';
}

const none: readonly never[] = [];

/** Whether parts begin with the results of these calls, in their order, and hold no others. */
function answersOf(parts: readonly Part[], calls: readonly ToolCallPart[]): Pairing {
  if (parts.length < calls.length) return 'none';
  let found: Pairing = 'named';
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index];
    const result = part?.type === 'tool-result' ? part : undefined;
    const call = calls[index];
    if (result?.callId !== call?.id) return 'none';
    if (result?.name !== call?.name) found = 'paired';
  }
  return found;
}

function withNames(turns: readonly Turn[]): readonly Turn[] {
  const names = new Map<string, string>();
  return mapParts(turns, (part) => {
    if (isCall(part)) names.set(part.id, part.name);
    if (!isResult(part)) return part;
    const name = names.get(part.callId);
    return name === undefined || part.name === name ? part : { ...part, name };
  });
}

interface Call {
  readonly part: ToolCallPart;
  result?: ToolResultPart;
}

interface Matches {
  /** Calls by their original part; their ids are unique and their results set. */
  readonly calls: ReadonlyMap<Part, Call & { readonly result: ToolResultPart }>;
  /** What stands in the place of a result that no call waits for; empty: nothing does. */
  readonly strays: ReadonlyMap<Part, readonly Part[]>;
}

/** Calls of one id, in their order. */
interface Queue {
  readonly calls: { readonly call: Call; readonly words: number }[];
  /** So many of them; taking them out instead would move all others each time. */
  answered: number;
}

function match(turns: readonly Turn[], report: Report): Matches {
  const calls = new Map<Part, Call>();
  const strays = new Map<Part, readonly Part[]>();
  const waiting = new Map<string, Queue>();
  const unusedId = createUnusedIds();
  // Counts the parts that a result overtakes when it moves to its call.
  let words = 0;

  function addCall(part: ToolCallPart): void {
    const call: Call = { part: withId(part, unusedId(part.id)) };
    calls.set(part, call);
    const queue = waiting.get(part.id) ?? { calls: [], answered: 0 };
    queue.calls.push({ call, words });
    waiting.set(part.id, queue);
  }

  function addResult(part: ToolResultPart, path: string): void {
    const queue = waiting.get(part.callId);
    const next = queue?.calls[queue.answered];
    if (queue === undefined || next === undefined) {
      strays.set(part, queue === undefined ? asText(part) : []);
      report(queue === undefined ? unknownCall(path, part) : secondResult(path, part));
      return;
    }
    queue.answered += 1;
    const { call } = next;
    call.result = part.callId === call.part.id ? part : { ...part, callId: call.part.id };
    if (next.words !== words) report(moved(path));
  }

  for (const [turnIndex, turn] of turns.entries()) {
    for (const part of turn.parts) if (isCall(part)) addCall(part);
    for (const [partIndex, part] of turn.parts.entries()) {
      if (isResult(part)) {
        addResult(part, partPathOf(part, turn) ?? `turns[${turnIndex}].parts[${partIndex}]`);
      } else if (turn.role !== 'assistant') words++;
    }
  }
  return { calls: answerAll(turns, calls, report), strays };
}

function answerAll(
  turns: readonly Turn[],
  calls: ReadonlyMap<Part, Call>,
  report: Report,
): Matches['calls'] {
  const answered = new Map<Part, Call & { readonly result: ToolResultPart }>();
  for (const [turnIndex, turn] of turns.entries()) {
    for (const [partIndex, part] of turn.parts.entries()) {
      const call = calls.get(part);
      if (call === undefined) continue;
      if (call.result === undefined) {
        report(unanswered(partPathOf(part, turn) ?? `turns[${turnIndex}].parts[${partIndex}]`));
      }
      answered.set(part, { part: call.part, result: call.result ?? notExecuted(call.part) });
    }
  }
  return answered;
}

function rearrange(turns: readonly Turn[], matches: Matches): readonly Turn[] {
  const arranged: Turn[] = [];
  let results: readonly ToolResultPart[] = [];
  for (const turn of turns) {
    const others = turn.parts.flatMap((part) => {
      if (isResult(part)) return matches.strays.get(part) ?? [];
      return [matches.calls.get(part)?.part ?? part];
    });
    if (turn.role === 'user') {
      const parts = [...results, ...others];
      if (parts.length > 0 || turn.parts.length === 0) arranged.push({ ...turn, parts });
      results = [];
      continue;
    }
    if (results.length > 0) arranged.push({ role: 'user', parts: results });
    arranged.push({ ...turn, parts: others });
    results = turn.parts.flatMap((part) => matches.calls.get(part)?.result ?? []);
  }
  if (results.length > 0) arranged.push({ role: 'user', parts: results });
  return arranged;
}

function withId(part: ToolCallPart, id: string): ToolCallPart {
  return part.id === id ? part : { ...part, id };
}

/** Some providers count their calls anew in every answer. */
function createUnusedIds(): (id: string) => string {
  const used = new Set<string>();
  const counts = new Map<string, number>();
  return (id) => {
    let unused = id;
    // Counted on from where it ended last: thousands may have the same id.
    let count = counts.get(id) ?? 1;
    while (used.has(unused)) unused = `${id}_${++count}`;
    counts.set(id, count);
    used.add(unused);
    return unused;
  };
}

function notExecuted(call: ToolCallPart): ToolResultPart {
  return {
    type: 'tool-result',
    callId: call.id,
    name: call.name,
    isError: true,
    content: [{ type: 'text', text: '[tool call was not executed]' }],
  };
}

function asText(part: ToolResultPart): readonly Part[] {
  const title = `[result of an unknown call of the tool ${part.name ?? part.callId}]`;
  return [{ type: 'text', text: title }, ...mapKeeping(part.content, keepFilled)];
}

function keepFilled<T extends Part>(part: T): T | undefined {
  return part.type === 'text' && part.text === '' ? undefined : part;
}

function unknownCall(path: string, part: ToolResultPart): Loss {
  return {
    feature: 'tool-result',
    path,
    action: 'weakened',
    reason: 'invalid',
    effect: 'answer',
    detail: `no call has the id ${part.callId}: the result became text of the user`,
  };
}

function secondResult(path: string, part: ToolResultPart): Loss {
  return {
    feature: 'tool-result',
    path,
    action: 'dropped',
    reason: 'invalid',
    effect: 'answer',
    detail: `the call ${part.callId} already has a result`,
  };
}

function moved(path: string): Loss {
  return {
    feature: 'tool-result-order',
    path,
    action: 'weakened',
    reason: 'order',
    effect: 'hint',
    detail: 'results stand right after their calls, before other content',
  };
}

function unanswered(path: string): Loss {
  return {
    feature: 'tool-call',
    path,
    action: 'weakened',
    reason: 'invalid',
    effect: 'answer',
    detail: 'the call has no result: one was added that says it was not executed',
  };
}
