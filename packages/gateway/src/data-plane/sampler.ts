/** The beginning of a stream's text, kept for the case that nobody says how many tokens it had. */
import type { OutputSample } from '../model/exchange.ts';

export interface Sampler {
  /** One event or some, whole. */
  add(text: string): void;
  /** Undefined: nothing was said. */
  sample(): OutputSample | undefined;
}

/**
 * Thousands of streams keep one each, and most need none in the end. The events of a stream are much
 * alike, so that those of the first lines say how many characters a token has.
 */
const SAMPLE_BYTES = 4_096;
const LINE_END = '\n';

export function createSampler(): Sampler {
  // Bytes of its own: strings would keep alive the chunks that they are cut from.
  let kept: Buffer | undefined;
  let used = 0;
  let isCut = false;
  let isFull = false;
  let characters = 0;

  function keep(text: string): void {
    kept ??= Buffer.allocUnsafeSlow(SAMPLE_BYTES);
    used += kept.write(text, used);
    used += kept.write(LINE_END, used);
  }

  return {
    add(text) {
      if (text === '') return;
      const isFitting = !isFull && fits(text, isCut ? 0 : used);
      if (isFitting && isCut) {
        // What came first was no event like the others: Responses begins with all that was asked for.
        isCut = false;
        used = 0;
        characters = 0;
      }
      characters += text.length + LINE_END.length;
      if (isFitting) return keep(text);
      // Half an event says nothing, but half of the only one says more than none.
      if (kept === undefined) {
        isCut = true;
        keep(text);
      } else isFull = !isCut;
    },
    sample() {
      if (kept === undefined) return undefined;
      const text = kept.toString('utf8', 0, used);
      return { text, scale: Math.max(1, characters / text.length) };
    },
  };
}

function fits(text: string, used: number): boolean {
  const left = SAMPLE_BYTES - used - LINE_END.length;
  return text.length <= left && Buffer.byteLength(text) <= left;
}
