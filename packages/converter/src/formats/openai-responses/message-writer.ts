/** A message of a stream: what is said in a row is one, each part of it a content part. */
import { allGathered, createGatheredText, gather } from '../../gathered-text.ts';
import type { TokenLogprob } from '../../ir/part.ts';
import type { StreamPart } from '../../ir/stream.ts';
import { type JsonObject, stringifyJson } from '../../json.ts';
import { messageItem, refusalContent, textContent } from './encode-items.ts';
import { type EventWriter, headOf, type Write } from './event-writer.ts';
import { addItem, type ItemPlace, itemDone } from './item-writer.ts';
import { logprobsToWire } from './mappings.ts';

export interface ContentWriter {
  delta(part: StreamPart, write: Write): void;
  /** Gives the whole content part. */
  end(part: StreamPart, write: Write): JsonObject;
}

export interface MessageWriter {
  readonly outputIndex: number;
  begin(write: Write): void;
  /** Begins a content part. */
  say(kind: 'text' | 'refusal', write: Write): ContentWriter;
  /** Gives the whole item. */
  end(write: Write): JsonObject;
}

export function createMessageWriter(place: ItemPlace): MessageWriter {
  const { context, events, outputIndex } = place;
  const id = context.newId('msg_');
  const contents: JsonObject[] = [];
  let begun = 0;

  return {
    outputIndex,
    begin(write) {
      addItem(messageItem(id, 'in_progress', []), place, write);
    },
    say(kind, write) {
      const content_index = begun++;
      const at = { item_id: id, output_index: outputIndex, content_index };
      const part = kind === 'text' ? textContent({ text: '' }) : refusalContent('');
      events.write('response.content_part.added', { ...at, part }, write);
      const { delta, end } = kind === 'text' ? textWriter(at, events) : refusalWriter(at, events);
      return {
        delta,
        end(ending, write) {
          const content = end(ending, write);
          contents[content_index] = content;
          events.write('response.content_part.done', { ...at, part: content }, write);
          return content;
        },
      };
    },
    end(write) {
      return itemDone(messageItem(id, 'completed', contents), place, write);
    },
  };
}

function textWriter(at: JsonObject, events: EventWriter): ContentWriter {
  const head = headOf('response.output_text.delta', at);
  const logprobs: TokenLogprob[] = [];
  const said = createGatheredText();

  return {
    delta(part, write) {
      if (part.type !== 'text-delta') return;
      gather(said, part.text);
      if (part.logprobs !== undefined) logprobs.push(...part.logprobs);
      const probable =
        part.logprobs === undefined ? '[]' : stringifyJson(logprobsToWire(part.logprobs));
      events.delta(head, `"delta":${stringifyJson(part.text)},"logprobs":${probable}`, write);
    },
    end(part, write) {
      const citations = part.type === 'text-end' ? (part.citations ?? []) : [];
      const text = allGathered(said);
      const content = textContent({ text, citations, logprobs });
      const annotations = Array.isArray(content['annotations']) ? content['annotations'] : [];
      for (const [annotation_index, annotation] of annotations.entries()) {
        const fields = { ...at, annotation_index, annotation };
        events.write('response.output_text.annotation.added', fields, write);
      }
      const probable = logprobsToWire(logprobs);
      events.write('response.output_text.done', { ...at, text, logprobs: probable }, write);
      return content;
    },
  };
}

function refusalWriter(at: JsonObject, events: EventWriter): ContentWriter {
  const head = headOf('response.refusal.delta', at);
  const said = createGatheredText();

  return {
    delta(part, write) {
      if (part.type !== 'refusal-delta') return;
      gather(said, part.text);
      events.delta(head, `"delta":${stringifyJson(part.text)}`, write);
    },
    end(_part, write) {
      const refusal = allGathered(said);
      events.write('response.refusal.done', { ...at, refusal }, write);
      return refusalContent(refusal);
    },
  };
}
