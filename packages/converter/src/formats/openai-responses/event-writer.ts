/** Writes events with their numbers, which count on through a stream. */
import { type JsonObject, stringifyJson } from '../../json.ts';

export type Write = (text: string) => void;

export interface EventWriter {
  write(type: string, fields: JsonObject, write: Write): void;
  /** `head` comes from `headOf`; what is new in a delta is all that is written as JSON anew. */
  delta(head: string, fields: string, write: Write): void;
}

export function headOf(type: string, fields: JsonObject): string {
  const inner = stringifyJson({ type, ...fields }).slice(0, -1);
  return `event: ${type}\ndata: ${inner},`;
}

export function createEventWriter(): EventWriter {
  let sequenceNumber = 0;

  return {
    write(type, fields, write) {
      write(`${headOf(type, fields)}"sequence_number":${sequenceNumber++}}\n\n`);
    },
    delta(head, fields, write) {
      write(`${head}${fields},"sequence_number":${sequenceNumber++}}\n\n`);
    },
  };
}
