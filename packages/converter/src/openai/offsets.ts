/**
 * Offsets into a message's text: OpenAI counts characters (code points), the neutral form
 * counts UTF-16 units. The text may arrive in pieces and is not kept.
 */

export interface OffsetCounter {
  add(text: string): void;
  /** UTF-16 units seen so far. */
  units(): number;
  charactersAt(unit: number): number;
  unitsAt(character: number): number;
}

/** Beyond so many characters outside the basic plane, offsets are off by those not remembered. */
const ASTRAL_POSITIONS_MAX = 4096;

const highSurrogate = /[\ud800-\udbff]/;

export function createOffsetCounter(): OffsetCounter {
  /** Units at which a character of two units begins, in order. */
  const astral: number[] = [];
  let units = 0;

  return {
    units() {
      return units;
    },
    add(text) {
      if (highSurrogate.test(text)) {
        for (let at = 0; at < text.length && astral.length < ASTRAL_POSITIONS_MAX; at++) {
          const code = text.charCodeAt(at);
          if (code >= 0xd800 && code <= 0xdbff) astral.push(units + at);
        }
      }
      units += text.length;
    },
    charactersAt: (unit) => unit - astral.filter((position) => position < unit).length,
    unitsAt(character) {
      let unit = character;
      for (const position of astral) {
        if (position >= unit) break;
        unit++;
      }
      return unit;
    },
  };
}
