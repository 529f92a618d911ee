/** The items of an answer, whole or as they are streamed: each goes to the decoder of its kind. */
import type { Emit } from '../../ir/stream.ts';
import { isObject, type JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { filledIn, numberIn, objectIn } from '../../openai/lenient.ts';
import { createCallDecoder } from './output-call.ts';
import { createHiddenDecoder, createImageDecoder } from './output-hidden.ts';
import { createMessageDecoder } from './output-message.ts';
import { eventName, type ItemDecoder, type OutputPlace } from './output-part.ts';
import { createReasoningDecoder } from './output-reasoning.ts';

export interface OutputDecoder {
  /** An event about an item or within it. */
  push(event: JsonObject, emit: Emit): void;
  /** All items at the answer's end: those that were streamed end, others are told whole. */
  complete(items: readonly JsonObject[], emit: Emit): void;
  close(emit: Emit): void;
  cut(emit: Emit): void;
  hasToolCalls(): boolean;
  isEmpty(): boolean;
}

interface State {
  readonly place: OutputPlace;
  /** By position in the answer. */
  readonly items: Map<number, ItemDecoder>;
  /** Ids of items and of calls. */
  readonly ids: Set<string>;
  last: number;
  hasToolCalls: boolean;
}

export function createOutputDecoder(options: {
  readonly report: Report;
  answerId(): string;
}): OutputDecoder {
  let nextIndex = 0;
  const state: State = {
    place: { ...options, takeIndex: () => nextIndex++ },
    items: new Map(),
    ids: new Set(),
    last: 0,
    hasToolCalls: false,
  };
  return {
    push: (event, emit) => takeEvent(event, state, emit),
    complete: (items, emit) => complete(items, state, emit),
    close(emit) {
      for (const item of state.items.values()) item.close(emit);
    },
    cut(emit) {
      for (const item of state.items.values()) item.cut(emit);
    },
    hasToolCalls() {
      return state.hasToolCalls;
    },
    isEmpty() {
      return state.items.size === 0;
    },
  };
}

function takeEvent(event: JsonObject, state: State, emit: Emit): void {
  const position = numberIn(event, 'output_index') ?? state.last;
  const name = eventName(event);
  const item = objectIn(event, 'item');
  if (name === 'output_item.added' && item !== undefined) {
    // Servers that number every item alike mean the next one.
    state.items.get(position)?.close(emit);
    begin(item, position, state);
  } else if (name === 'output_item.done' && item !== undefined) {
    (state.items.get(position) ?? begin(item, position, state)).done(item, emit);
    remember(item, state);
  } else {
    const known = state.items.get(position);
    const implied = known === undefined ? itemImpliedBy(name) : undefined;
    const decoder = known ?? (implied && begin(implied, position, state));
    decoder?.push(event, emit);
  }
}

function begin(item: JsonObject, position: number, state: State): ItemDecoder {
  const decoder = decoderFor(item, state);
  state.items.set(position, decoder);
  state.last = position;
  remember(item, state);
  return decoder;
}

function remember(item: JsonObject, { ids }: State): void {
  for (const key of ['id', 'call_id']) {
    const id = filledIn(item, key);
    if (id !== undefined) ids.add(id);
  }
}

function decoderFor(item: JsonObject, state: State): ItemDecoder {
  const { place } = state;
  switch (filledIn(item, 'type')) {
    case 'message':
      return createMessageDecoder(item, place);
    case 'reasoning':
      return createReasoningDecoder(place);
    case 'function_call':
      state.hasToolCalls = true;
      return createCallDecoder('function', item, place);
    case 'custom_tool_call':
      state.hasToolCalls = true;
      return createCallDecoder('custom', item, place);
    case 'image_generation_call':
      return createImageDecoder(place);
    default:
      return createHiddenDecoder(item, place);
  }
}

/** Servers that never say that an item begins: what is said within it tells its kind. */
function itemImpliedBy(event: string): JsonObject | undefined {
  if (/^(?:output_text|refusal)\./.test(event)) return { type: 'message' };
  if (/^reasoning_(?:summary_)?text\./.test(event)) return { type: 'reasoning' };
  if (event.startsWith('function_call_arguments.')) return { type: 'function_call' };
  return event.startsWith('custom_tool_call_input.') ? { type: 'custom_tool_call' } : undefined;
}

function complete(items: readonly JsonObject[], state: State, emit: Emit): void {
  // As many as were streamed: then none is new, however they are numbered.
  const mayBeNew = items.length > state.items.size;
  // Some servers give all items of an answer one id.
  const streamed = new Set(state.ids);
  for (const [position, item] of items.entries()) {
    const known = state.items.get(position);
    if (known !== undefined) known.done(item, emit);
    else if (mayBeNew && !isKnown(item, streamed)) begin(item, position, state).done(item, emit);
  }
}

function isKnown(item: JsonObject, ids: ReadonlySet<string>): boolean {
  return [item['id'], item['call_id']].some((id) => typeof id === 'string' && ids.has(id));
}

export function itemsOf(response: JsonObject): readonly JsonObject[] {
  const output = response['output'];
  return Array.isArray(output) ? output.filter((item) => isObject(item)) : [];
}
