/** The items of one stream in their order: places are taken when an item begins, filled when it is done. */
import type { AnswerContext } from '../../format.ts';
import type { Seal } from '../../ir/part.ts';
import type { JsonObject } from '../../json.ts';
import { reasoningItem } from './encode-items.ts';
import type { EventWriter, Write } from './event-writer.ts';
import type { ItemPlace } from './item-writer.ts';
import type { Binding } from './seals.ts';

export interface OutputList {
  /** The place that the next item has. */
  next(): ItemPlace;
  take(): void;
  fill(outputIndex: number, item: JsonObject): void;
  isLast(outputIndex: number): boolean;
  /** An item that begins and ends at once. */
  addWhole(item: JsonObject, write: Write): void;
  addSeal(seal: Seal, binding: Binding, write: Write): void;
  finished(): readonly JsonObject[];
}

export function createOutputList(context: AnswerContext, events: EventWriter): OutputList {
  /** An item that never ended leaves a hole. */
  const items: (JsonObject | undefined)[] = [];

  function addWhole(item: JsonObject, write: Write): void {
    const output_index = items.push(item) - 1;
    events.write('response.output_item.added', { output_index, item }, write);
    events.write('response.output_item.done', { output_index, item }, write);
  }

  return {
    next: () => ({ context, events, outputIndex: items.length }),
    take: () => void items.push(undefined),
    fill(outputIndex, item) {
      items[outputIndex] = item;
    },
    isLast: (outputIndex) => outputIndex === items.length - 1,
    addWhole,
    addSeal(seal, binding, write) {
      const sealed = { text: '', seal, binding };
      addWhole(reasoningItem(context.newId('rs_'), sealed, context), write);
    },
    finished: () => items.filter((item) => item !== undefined),
  };
}
