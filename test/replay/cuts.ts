/** The ways in which a stream's bytes can be cut into writes. */

export type Cut = (bytes: Buffer) => readonly Uint8Array[];

/** A small generator of pseudo-random numbers in [0, 1), the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function whole(bytes: Buffer): readonly Uint8Array[] {
  return [bytes];
}

export function everyEvent(bytes: Buffer): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (let at = 0; at < bytes.length; at++) {
    const ended = endsEvent(bytes, at);
    if (ended) {
      pieces.push(bytes.subarray(start, at + 1));
      start = at + 1;
    }
  }
  if (start < bytes.length) pieces.push(bytes.subarray(start));
  return pieces;
}

function endsEvent(bytes: Buffer, at: number): boolean {
  if (bytes[at] !== 0x0a) return false;
  return bytes[at - 1] === 0x0a || (bytes[at - 1] === 0x0d && bytes[at - 2] === 0x0a);
}

export function everyByte(bytes: Buffer): readonly Uint8Array[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}

/** Up to a dozen pieces; every other cut falls close to the one before, inside one event. */
export function randomCut(random: () => number): Cut {
  return (bytes) => {
    const places = new Set<number>();
    for (let count = 0; count < 6; count++) {
      const place = Math.floor(random() * bytes.length);
      places.add(place).add(place + Math.floor(random() * 8));
    }
    const sorted = [...places, bytes.length].toSorted((left, right) => left - right);
    let start = 0;
    return sorted
      .map((end) => {
        const piece = bytes.subarray(start, end);
        start = Math.max(start, end);
        return piece;
      })
      .filter((piece) => piece.length > 0);
  };
}
