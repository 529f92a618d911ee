/** Reads the id of an answer that passes untouched, so that who goes on from it is sent to where it is. */
import { textOf } from '../lib/bytes.ts';
import type { Answer } from './ask.ts';
import type { HeldStream, Piece } from './hold-stream.ts';

/** The id comes first, or near the beginning. */
const LOOKED_AT = 16_384;

const firstId = /"id"\s*:\s*"([^"\\]{1,256})"/;

/** The answer as it may go out. `found` hears the id before the client does. */
export function notingId(answer: Answer, found: (id: string) => void): Answer {
  if (answer.type === 'stream') return { ...answer, stream: notingStream(answer.stream, found) };
  const id = firstId.exec(textOf(answer.body.subarray(0, LOOKED_AT)))?.[1];
  if (id !== undefined) found(id);
  return answer;
}

function notingStream(stream: HeldStream, found: (id: string) => void): HeldStream {
  let beginning: string | undefined = '';

  function look(piece: Piece): void {
    if (beginning === undefined) return;
    beginning += typeof piece === 'string' ? piece : textOf(piece);
    const id = firstId.exec(beginning)?.[1];
    if (id !== undefined) found(id);
    if (id !== undefined || beginning.length > LOOKED_AT) beginning = undefined;
  }

  return {
    ...stream,
    start: (flow) =>
      stream.start({
        write(piece) {
          look(piece);
          flow.write(piece);
        },
        done: flow.done,
      }),
  };
}
