/** Puts output items together from the events of a stream, as far as these have come. */
import { type Json, type JsonObject, numberOf, objectOf, objectsOf, textOf } from '../json.ts';

interface ItemAssembly {
  push(type: string, event: JsonObject): void;
  finish(): readonly JsonObject[];
}

interface OpenItem {
  readonly position: Json | undefined;
  item: { [key: string]: Json };
  /** Content or summary pieces by their index. */
  readonly pieces: Map<string, { [key: string]: Json }>;
  isDone: boolean;
}

/** Where a delta of each kind belongs, and as what. */
const deltas: ReadonlyMap<string, readonly [list: string, type: string, field: string]> = new Map([
  ['response.output_text.delta', ['content', 'output_text', 'text']],
  ['response.refusal.delta', ['content', 'refusal', 'refusal']],
  ['response.reasoning_text.delta', ['content', 'reasoning_text', 'text']],
  ['response.reasoning_summary_text.delta', ['summary', 'summary_text', 'text']],
]);

const inputs: ReadonlyMap<string, string> = new Map([
  ['response.function_call_arguments.delta', 'arguments'],
  ['response.custom_tool_call_input.delta', 'input'],
]);

export function createItemAssembly(): ItemAssembly {
  const items: OpenItem[] = [];

  /** Some servers give every item the same position: the newest one is meant. */
  function find(event: JsonObject): OpenItem | undefined {
    return items.findLast(({ position }) => position === event['output_index']);
  }

  return {
    push(type, event) {
      if (type === 'response.output_item.added') {
        const item = { ...objectOf(event['item']) };
        items.push({ position: event['output_index'], item, pieces: new Map(), isDone: false });
      }
      const open = find(event);
      if (open === undefined || open.isDone) return;
      if (type === 'response.output_item.done') {
        open.item = { ...objectOf(event['item']) };
        open.isDone = true;
      }
      addDelta(open, type, event);
    },
    finish: () => items.map(close),
  };
}

function addDelta(open: OpenItem, type: string, event: JsonObject): void {
  const delta = textOf(event['delta']);
  const input = inputs.get(type);
  if (input !== undefined) open.item[input] = textOf(open.item[input]) + delta;
  const target = deltas.get(type);
  if (target === undefined) return;
  const [list, kind, field] = target;
  const index = numberOf(event[`${list}_index`]) ?? 0;
  const key = `${list} ${index}`;
  const piece = open.pieces.get(key) ?? { type: kind };
  piece[field] = textOf(piece[field]) + delta;
  open.pieces.set(key, piece);
}

function close({ item, pieces, isDone }: OpenItem): JsonObject {
  if (isDone) return item;
  const of = (list: string): readonly JsonObject[] =>
    [...pieces.entries()].filter(([key]) => key.startsWith(list)).map(([, piece]) => piece);
  return {
    ...item,
    content: [...objectsOf(item['content']), ...of('content')],
    summary: [...objectsOf(item['summary']), ...of('summary')],
  };
}
