/** Requests without the places that their pieces had in a client's body: what they say, not where. */
import type { Part, Placed } from '../ir/part.ts';
import type { ChatRequest } from '../ir/request.ts';

export function withoutPaths(request: ChatRequest): ChatRequest {
  return {
    ...request,
    system: request.system.map(withoutPath),
    tools: request.tools.map(withoutPath),
    turns: request.turns.map((turn) => ({ ...withoutPath(turn), parts: turn.parts.map(ofPart) })),
  };
}

function ofPart(part: Part): Part {
  if (part.type !== 'tool-result') return withoutPath(part);
  return { ...withoutPath(part), content: part.content.map(withoutPath) };
}

function withoutPath<T extends Placed>(placed: T): T {
  const copy = { ...placed };
  Reflect.deleteProperty(copy, 'path');
  return copy;
}
