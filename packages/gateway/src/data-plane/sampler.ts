/** The beginning of a stream's text, kept for the case that nobody says how many tokens it had. */
import type { OutputSample } from '../model/exchange.ts';

/** To be changed by the functions of this module only. */
export interface Sampler {
  /** Bytes of its own: strings would keep alive the chunks that they are cut from. */
  kept: Buffer | undefined;
  used: number;
  isCut: boolean;
  isFull: boolean;
  characters: number;
}

/**
 * Thousands of streams keep one each, and most need none in the end. The events of a stream are much
 * alike, so that those of the first lines say how many characters a token has.
 */
const SAMPLE_BYTES = 4_096;
const LINE_END = '\n';

export function createSampler(): Sampler {
  return { kept: undefined, used: 0, isCut: false, isFull: false, characters: 0 };
}

/** One event or some, whole. */
export function addToSample(sampler: Sampler, text: string): void {
  if (text === '') return;
  const { kept, isCut, isFull } = sampler;
  const isFitting = !isFull && fits(text, isCut ? 0 : sampler.used);
  if (isFitting && isCut) {
    // What came first was no event like the others: Responses begins with all that was asked for.
    sampler.isCut = false;
    sampler.used = 0;
    sampler.characters = 0;
  }
  sampler.characters += text.length + LINE_END.length;
  if (isFitting) return keep(sampler, text);
  // Half an event says nothing, but half of the only one says more than none.
  if (kept === undefined) {
    sampler.isCut = true;
    keep(sampler, text);
  } else if (!isFull) sampler.isFull = !isCut;
}

/** Undefined: nothing was said. */
export function sampleOf({ kept, used, characters }: Sampler): OutputSample | undefined {
  if (kept === undefined) return undefined;
  const text = kept.toString('utf8', 0, used);
  return { text, scale: Math.max(1, characters / text.length) };
}

function keep(sampler: Sampler, text: string): void {
  sampler.kept ??= Buffer.allocUnsafeSlow(SAMPLE_BYTES);
  sampler.used += sampler.kept.write(text, sampler.used);
  sampler.used += sampler.kept.write(LINE_END, sampler.used);
}

function fits(text: string, used: number): boolean {
  const left = SAMPLE_BYTES - used - LINE_END.length;
  return text.length <= left && Buffer.byteLength(text) <= left;
}
