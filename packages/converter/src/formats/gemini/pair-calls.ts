/** Gives every call of a conversation an id of its own, and every result the id of its call. */
import type { ToolCallPart, ToolResultPart } from '../../ir/part.ts';
import type { Turn } from '../../ir/request.ts';
import { callIdOf, withNamePrefix, withoutNamePrefix } from './ids.ts';

interface Call {
  /** As the client wrote it, without the prefix that some clients add; may be empty. */
  readonly given: string;
  readonly id: string;
  readonly name: string;
  readonly turn: number;
  answered: boolean;
}

export function pairCalls(turns: readonly Turn[]): readonly Turn[] {
  const calls: Calls = { all: [], byId: new Map(), byName: new Map() };
  const used = new Set<string>();

  function call(part: ToolCallPart, turn: number): ToolCallPart {
    const given = withoutNamePrefix(part.id, part.name);
    const isFree = given !== '' && !used.has(given);
    const id = isFree ? given : callIdOf(calls.all.length, part.name, part.input);
    used.add(id);
    addCall(calls, { given, id, name: part.name, turn, answered: false });
    return { ...part, id };
  }

  function result(part: ToolResultPart): ToolResultPart {
    const found = callFor(part, calls);
    if (found === undefined) return { ...part, callId: part.callId || callIdOf(part.name ?? '') };
    found.answered = true;
    return { ...part, callId: found.id, name: found.name };
  }

  return turns.map((turn, index) => ({
    ...turn,
    parts: turn.parts.map((part) => {
      if (part.type === 'tool-call') return call(part, index);
      return part.type === 'tool-result' ? result(part) : part;
    }),
  }));
}

/** Calls in their order, found by what a result may name them by: without that, each result would look at all. */
interface Calls {
  readonly all: Call[];
  readonly byId: Map<string, Call[]>;
  readonly byName: Map<string, Call[]>;
}

function addCall({ all, byId, byName }: Calls, call: Call): void {
  const { given, name } = call;
  all.push(call);
  listAt(byName, name).push(call);
  if (given === '') return;
  listAt(byId, given).push(call);
  listAt(byId, withNamePrefix(given, name)).push(call);
}

function listAt(lists: Map<string, Call[]>, key: string): Call[] {
  const found = lists.get(key);
  if (found !== undefined) return found;
  const list: Call[] = [];
  lists.set(key, list);
  return list;
}

/** By id, else by name and order; calls of the last turn first, older ones may have been abandoned. */
function callFor({ callId, name }: ToolResultPart, { all, byId, byName }: Calls): Call | undefined {
  const named = byId
    .get(callId)
    ?.find((call) => !call.answered && call.given === withoutNamePrefix(callId, call.name));
  if (named !== undefined) return named;
  const others = name === undefined ? all : (byName.get(name) ?? []);
  const last = others.findLast(({ answered }) => !answered)?.turn;
  return others.find(({ answered, turn }) => !answered && turn === last);
}
