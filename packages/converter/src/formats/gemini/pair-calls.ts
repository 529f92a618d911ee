/** Gives every call of a conversation an id of its own, and every result the id of its call. */
import type { ToolCallPart, ToolResultPart } from '../../ir/part.ts';
import type { Turn } from '../../ir/request.ts';
import { callIdOf, withoutNamePrefix } from './ids.ts';

interface Call {
  /** As the client wrote it, without the prefix that some clients add; may be empty. */
  readonly given: string;
  readonly id: string;
  readonly name: string;
  readonly turn: number;
  answered: boolean;
}

export function pairCalls(turns: readonly Turn[]): readonly Turn[] {
  const calls: Call[] = [];
  const used = new Set<string>();

  function call(part: ToolCallPart, turn: number): ToolCallPart {
    const given = withoutNamePrefix(part.id, part.name);
    const isFree = given !== '' && !used.has(given);
    const id = isFree ? given : callIdOf(calls.length, part.name, part.input);
    used.add(id);
    calls.push({ given, id, name: part.name, turn, answered: false });
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

/** By id, else by name and order; calls of the last turn first, older ones may have been abandoned. */
function callFor(result: ToolResultPart, calls: readonly Call[]): Call | undefined {
  const open = calls.filter(({ answered }) => !answered);
  const byId = open.find(
    ({ given, name }) => given !== '' && given === withoutNamePrefix(result.callId, name),
  );
  if (byId !== undefined) return byId;
  const named = open.filter(({ name }) => result.name === undefined || name === result.name);
  const last = named.at(-1)?.turn;
  return named.find(({ turn }) => turn === last);
}
