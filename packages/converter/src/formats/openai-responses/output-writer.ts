/** The output items of one stream: those that are open, and those that are done. */
import type { AnswerContext } from '../../format.ts';
import type { StreamPart } from '../../ir/stream.ts';
import type { JsonObject } from '../../json.ts';
import type { closingWords } from './closing-words.ts';
import { imageItem } from './encode-items.ts';
import type { EventWriter, Write } from './event-writer.ts';
import { createItemWriter, type ItemWriter } from './item-writer.ts';
import { createOutputList } from './output-list.ts';
import { createSpeechWriter } from './speech-writer.ts';

export type PlacedPart = Extract<StreamPart, { readonly index: number }>;

export interface OutputWriter {
  push(part: PlacedPart, write: Write): void;
  say(words: ReturnType<typeof closingWords>, write: Write): void;
  /** Ends the message that might have gone on. */
  close(write: Write): void;
  finished(): readonly JsonObject[];
  said(): ReadonlySet<'text' | 'refusal'>;
}

export function createOutputWriter(context: AnswerContext, events: EventWriter): OutputWriter {
  const open = new Map<number, ItemWriter>();
  const said = new Set<'text' | 'refusal'>();
  const output = createOutputList(context, events);
  const speech = createSpeechWriter(output);

  function startSpeech(kind: 'text' | 'refusal', index: number, write: Write): void {
    said.add(kind);
    speech.start(kind, index, write);
  }

  function startItem(part: PlacedPart, write: Write): void {
    speech.close(write);
    if (part.type === 'media') {
      const item = imageItem(context.newId('ig_'), part.part, context);
      if (item !== undefined) output.addWhole(item, write);
      return;
    }
    if (part.type === 'tool-call-start' && part.seal !== undefined) {
      output.addSeal(part.seal, 'next', write);
    }
    const writer = createItemWriter(part, output.next());
    if (writer === undefined) return;
    output.take();
    open.set(part.index, writer);
    writer.begin(write);
  }

  function endItem(part: PlacedPart, write: Write): void {
    const writer = open.get(part.index);
    open.delete(part.index);
    if (writer === undefined || (part.type === 'tool-call-end' && part.cut === true)) return;
    output.fill(writer.outputIndex, writer.end(part, write));
  }

  function push(part: PlacedPart, write: Write): void {
    const { index } = part;
    if (part.type === 'text-start') startSpeech('text', index, write);
    else if (part.type === 'refusal-start') startSpeech('refusal', index, write);
    else if (part.type === 'text-end' || part.type === 'refusal-end') speech.end(part, write);
    else if (part.type.endsWith('-delta'))
      (speech.at(index) ?? open.get(index))?.delta(part, write);
    else if (part.type.endsWith('-end')) endItem(part, write);
    else startItem(part, write);
  }

  function say(words: ReturnType<typeof closingWords>, write: Write): void {
    for (const { type, text } of words) {
      const place = { candidate: 0, index: -1 };
      push({ type: `${type}-start`, ...place }, write);
      push({ type: `${type}-delta`, text, ...place }, write);
      push({ type: `${type}-end`, ...place }, write);
    }
  }

  return {
    push,
    say,
    close: speech.close,
    finished: output.finished,
    said: () => said,
  };
}
