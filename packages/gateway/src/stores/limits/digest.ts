/** Digests of names: cheap, without garbage, and too long for two names to share one by chance. */

/** Writes 96 bits of `text`, three words that do not depend on each other, beginning at `place`. */
export function writeDigest(target: Int32Array, place: number, text: string): void {
  let first = 0x2c1b_3c6d;
  let second = 0x297a_2d39;
  let third = 0x1656_67b1;
  const { length } = text;
  for (let index = 0; index < length; index += 2) {
    const next = index + 1 < length ? text.charCodeAt(index + 1) : 0;
    const pair = text.charCodeAt(index) | (next << 16);
    first = Math.imul(((first << 13) | (first >>> 19)) ^ pair, 0x9e37_79b1);
    second = Math.imul(((second << 17) | (second >>> 15)) ^ pair, 0x85eb_ca77);
    third = Math.imul(((third << 11) | (third >>> 21)) ^ pair, 0xc2b2_ae3d);
  }
  target[place] = spread(first ^ length);
  target[place + 1] = spread(second ^ length);
  target[place + 2] = spread(third ^ length);
}

/** Makes another digest of the one at `place`. */
export function mixDigest(target: Int32Array, place: number, number: number): void {
  const low = number | 0;
  const high = (number / 2 ** 32) | 0;
  for (let index = place; index < place + 3; index += 1) {
    const mixed = Math.imul((target[index] ?? 0) ^ low, 0x9e37_79b1) + high;
    target[index] = spread(mixed);
  }
}

/** The end of MurmurHash3: every bit depends on every bit. */
function spread(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2_ae35);
  return twice ^ (twice >>> 16);
}
