/**
 * Puts the parts of a stream one behind the other. Exactly one block may be open at a time, so a
 * part that starts inside another waits, with what arrives for it, until the other ends.
 */
import type { BlockWriter, PartDelta, PartEnd, PartStart, Write } from './block-writer.ts';

/** Only arguments of parallel tool calls ever wait, and no call is as long as this. */
const WAITING_CHARACTERS_MAX = 8 * 1024 * 1024;

export interface PartQueue {
  /** False: more arrived for waiting parts than is kept. */
  push(part: PartStart | PartDelta | PartEnd, write: Write): boolean;
}

interface Waiting {
  readonly start: PartStart;
  readonly pieces: string[];
  end: PartEnd | undefined;
}

export function createPartQueue(blocks: BlockWriter): PartQueue {
  const queue: Waiting[] = [];
  let waitingCharacters = 0;
  let active: number | undefined;

  /** Those that wait have their turn in the order in which they started. */
  function drain(write: Write): void {
    active = undefined;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const text = next.pieces.join('');
      waitingCharacters -= text.length;
      blocks.start(next.start, write);
      blocks.add(text, write);
      if (next.end === undefined || isCut(next.end)) {
        active = next.start.index;
        return;
      }
      blocks.end(next.end, write);
    }
  }

  function wait(part: PartDelta | PartEnd): boolean {
    const waiting = queue.find(({ start }) => start.index === part.index);
    if (waiting === undefined) return true;
    if (isEnd(part)) {
      waiting.end = part;
      return true;
    }
    const text = textOf(part);
    waiting.pieces.push(text);
    waitingCharacters += text.length;
    return waitingCharacters <= WAITING_CHARACTERS_MAX;
  }

  return {
    push(part, write) {
      if (isStart(part)) {
        if (active === undefined) {
          active = part.index;
          blocks.start(part, write);
        } else queue.push({ start: part, pieces: [], end: undefined });
      } else if (active !== part.index) return wait(part);
      else if (isEnd(part)) {
        // A client runs what it sees stopped, so the block stays open; only an error can follow.
        if (isCut(part)) return true;
        blocks.end(part, write);
        drain(write);
      } else blocks.add(textOf(part), write);
      return true;
    },
  };
}

function isStart(part: PartStart | PartDelta | PartEnd): part is PartStart {
  return part.type.endsWith('-start');
}

function isCut(part: PartEnd): boolean {
  return part.type === 'tool-call-end' && part.cut === true;
}

function isEnd(part: PartDelta | PartEnd): part is PartEnd {
  return part.type.endsWith('-end');
}

function textOf(part: PartDelta): string {
  return part.type === 'tool-call-delta' ? part.input : part.text;
}
