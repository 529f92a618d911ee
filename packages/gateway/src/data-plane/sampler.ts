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
const UTF8_BYTES_MAX = 3;

export function createSampler(): Sampler {
  // Bytes of its own: strings would keep alive the chunks that they are cut from.
  let kept: Buffer | undefined;
  let used = 0;
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
      characters += text.length + LINE_END.length;
      if (isFull) return;
      const mostBytes = (text.length + LINE_END.length) * UTF8_BYTES_MAX;
      isFull = used + mostBytes > SAMPLE_BYTES;
      // Half an event says nothing, but half of the only one says more than none.
      if (!isFull || kept === undefined) keep(text);
    },
    sample() {
      if (kept === undefined) return undefined;
      const text = kept.toString('utf8', 0, used);
      return { text, scale: Math.max(1, characters / text.length) };
    },
  };
}
