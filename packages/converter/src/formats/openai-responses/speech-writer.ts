/** What is said in a stream: texts and refusals in a row go into one message. */
import type { StreamPart } from '../../ir/stream.ts';
import type { Write } from './event-writer.ts';
import { type ContentWriter, createMessageWriter, type MessageWriter } from './message-writer.ts';
import type { OutputList } from './output-list.ts';

export interface SpeechWriter {
  start(kind: 'text' | 'refusal', index: number, write: Write): void;
  /** Undefined: no such part is open. */
  at(index: number): ContentWriter | undefined;
  end(part: Extract<StreamPart, { readonly index: number }>, write: Write): void;
  /** Ends the message that might have gone on. */
  close(write: Write): void;
}

export function createSpeechWriter(output: OutputList): SpeechWriter {
  const open = new Map<number, ContentWriter>();
  let message: MessageWriter | undefined;

  function close(write: Write): void {
    if (message === undefined || open.size > 0) return;
    output.fill(message.outputIndex, message.end(write));
    message = undefined;
  }

  return {
    start(kind, index, write) {
      if (message === undefined) {
        message = createMessageWriter(output.next());
        output.take();
        message.begin(write);
      }
      open.set(index, message.say(kind, write));
    },
    at: (index) => open.get(index),
    end(part, write) {
      open.get(part.index)?.end(part, write);
      open.delete(part.index);
      const seal = part.type === 'text-end' ? part.seal : undefined;
      const isLast = message !== undefined && output.isLast(message.outputIndex);
      if (seal !== undefined || !isLast) close(write);
      if (seal !== undefined) output.addSeal(seal, 'previous', write);
    },
    close,
  };
}
