/**
 * One output item of a stream, from the event that adds it to the one that is done with it. Messages
 * hold several parts, and have a writer of their own.
 */

import type { AnswerContext } from '../../format.ts';
import { allGathered, createGatheredText, gather } from '../../gathered-text.ts';
import type { StreamPart } from '../../ir/stream.ts';
import { type JsonObject, stringifyJson } from '../../json.ts';
import { type Called, calledAs } from './call-forms.ts';
import {
  callItem,
  callPrefix,
  emptyReasoningItem,
  finalInput,
  reasoningItem,
} from './encode-items.ts';
import { type EventWriter, headOf, type Write } from './event-writer.ts';

export interface ItemWriter {
  readonly outputIndex: number;
  begin(write: Write): void;
  delta(part: StreamPart, write: Write): void;
  /** Gives the whole item. */
  end(part: StreamPart, write: Write): JsonObject;
}

export interface ItemPlace {
  readonly context: AnswerContext;
  readonly events: EventWriter;
  readonly outputIndex: number;
}

/** Undefined: the part begins no item. */
export function createItemWriter(part: StreamPart, place: ItemPlace): ItemWriter | undefined {
  if (part.type === 'reasoning-start') return reasoningWriter(place);
  if (part.type !== 'tool-call-start') return undefined;
  const { id, name, kind } = part;
  const call = calledAs({ id, name, kind, input: '' }, place.context.request);
  return call.builtIn === undefined ? callWriter(call, place) : builtInWriter(call, place);
}

export function addItem(item: JsonObject, { events, outputIndex }: ItemPlace, write: Write): void {
  events.write('response.output_item.added', { output_index: outputIndex, item }, write);
}

export function itemDone(
  item: JsonObject,
  { events, outputIndex }: ItemPlace,
  write: Write,
): JsonObject {
  events.write('response.output_item.done', { output_index: outputIndex, item }, write);
  return item;
}

function reasoningWriter(place: ItemPlace): ItemWriter {
  const { context, events, outputIndex } = place;
  const id = context.newId('rs_');
  const at = { item_id: id, output_index: outputIndex, summary_index: 0 };
  const head = headOf('response.reasoning_summary_text.delta', at);
  const said = createGatheredText();

  return {
    outputIndex,
    begin(write) {
      addItem(emptyReasoningItem(id), place, write);
    },
    delta(part, write) {
      if (part.type !== 'reasoning-delta' || part.text === '') return;
      if (said.length === 0) {
        const summary = { type: 'summary_text', text: '' };
        events.write('response.reasoning_summary_part.added', { ...at, part: summary }, write);
      }
      gather(said, part.text);
      events.delta(head, `"delta":${stringifyJson(part.text)}`, write);
    },
    end(part, write) {
      const text = allGathered(said);
      if (text !== '') {
        const summary = { type: 'summary_text', text };
        events.write('response.reasoning_summary_text.done', { ...at, text }, write);
        events.write('response.reasoning_summary_part.done', { ...at, part: summary }, write);
      }
      const seal = part.type === 'reasoning-end' ? part.seal : undefined;
      return itemDone(reasoningItem(id, { text, seal, binding: 'self' }, context), place, write);
    },
  };
}

function callWriter(call: Called, place: ItemPlace): ItemWriter {
  const { context, events, outputIndex } = place;
  const id = context.newId(callPrefix(call));
  const at = { item_id: id, output_index: outputIndex };
  const isCustom = call.kind === 'custom';
  const type = isCustom ? 'response.custom_tool_call_input' : 'response.function_call_arguments';
  const head = headOf(`${type}.delta`, at);
  const written = createGatheredText();

  return {
    outputIndex,
    begin(write) {
      addItem(callItem(id, 'in_progress', call), place, write);
    },
    delta(part, write) {
      if (part.type !== 'tool-call-delta') return;
      gather(written, part.input);
      events.delta(head, `"delta":${stringifyJson(part.input)}`, write);
    },
    end(_part, write) {
      const input = allGathered(written);
      const whole = { ...call, input: finalInput({ kind: call.kind, input }) };
      // Clients put deltas together: what was never sent must come as one.
      if (whole.input !== input) {
        events.delta(head, `"delta":${stringifyJson(whole.input)}`, write);
      }
      const said = isCustom ? { input: whole.input } : { name: call.name, arguments: whole.input };
      events.write(`${type}.done`, { ...at, ...said }, write);
      return itemDone(callItem(id, 'completed', whole), place, write);
    },
  };
}

/** What such a call does is one object, told when it is whole. */
function builtInWriter(call: Called, place: ItemPlace): ItemWriter {
  const id = place.context.newId(callPrefix(call));
  let input = '';

  return {
    outputIndex: place.outputIndex,
    begin(write) {
      addItem(callItem(id, 'in_progress', call), place, write);
    },
    delta(part) {
      if (part.type === 'tool-call-delta') input += part.input;
    },
    end(_part, write) {
      return itemDone(callItem(id, 'completed', { ...call, input }), place, write);
    },
  };
}
