/** Text that comes in small pieces and is kept: in long strings, since small ones weigh ten times their letters. */

/** To be changed by the functions of this module only. */
export interface GatheredText {
  readonly blocks: string[];
  pieces: string[];
  piecesLength: number;
  /** Of all of it. */
  length: number;
}

const BLOCK_CHARACTERS = 256;

export function createGatheredText(): GatheredText {
  return { blocks: [], pieces: [], piecesLength: 0, length: 0 };
}

export function gather(gathered: GatheredText, text: string): void {
  gathered.pieces.push(text);
  gathered.piecesLength += text.length;
  gathered.length += text.length;
  if (gathered.piecesLength < BLOCK_CHARACTERS) return;
  gathered.blocks.push(gathered.pieces.join(''));
  gathered.pieces = [];
  gathered.piecesLength = 0;
}

export function allGathered({ blocks, pieces }: GatheredText): string {
  return [...blocks, ...pieces].join('');
}
