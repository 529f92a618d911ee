/** A reasoning item of an answer: one part, however many summaries it has, sealed when it is whole. */

import { compact } from '../../compact.ts';
import type { Emit } from '../../ir/stream.ts';
import type { JsonObject } from '../../json.ts';
import { filledIn, numberIn } from '../../openai/lenient.ts';
import { CANDIDATE, eventName, type ItemDecoder, type OutputPlace } from './output-part.ts';
import {
  piecesOf,
  REASONING_SEPARATOR,
  type ReasoningPiece,
  sealOfItem,
} from './reasoning-item.ts';

interface Piece {
  readonly kind: ReasoningPiece['kind'];
  readonly position: number;
  length: number;
}

export function createReasoningDecoder(place: OutputPlace): ItemDecoder {
  const pieces: Piece[] = [];
  let index: number | undefined;
  let isClosed = false;

  function open(emit: Emit): number {
    if (index === undefined) {
      index = place.takeIndex();
      emit({ type: 'reasoning-start', candidate: CANDIDATE, index });
    }
    return index;
  }

  function think(piece: ReasoningPiece, position: number, emit: Emit): void {
    if (piece.text === '' || isClosed) return;
    const opened = open(emit);
    const last = pieces.at(-1);
    const say = (text: string): void =>
      emit({ type: 'reasoning-delta', candidate: CANDIDATE, index: opened, text });
    if (last?.kind === piece.kind && last.position === position) last.length += piece.text.length;
    else {
      if (last !== undefined) say(REASONING_SEPARATOR);
      pieces.push({ kind: piece.kind, position, length: piece.text.length });
    }
    say(piece.text);
  }

  function knows(kind: ReasoningPiece['kind'], position: number): boolean {
    return pieces.some((piece) => piece.kind === kind && piece.position === position);
  }

  function close(item: JsonObject, emit: Emit): void {
    if (isClosed) return;
    const outline = pieces.map(({ kind, length }) => [kind, length] as const);
    const seal = sealOfItem(item, outline);
    if (seal !== undefined) open(emit);
    isClosed = true;
    if (index === undefined) return;
    emit(compact({ type: 'reasoning-end' as const, candidate: CANDIDATE, index, seal }));
  }

  return {
    push(event, emit) {
      const told = toldBy(event);
      if (told === undefined) return;
      const { kind, position, text, isWhole } = told;
      if (!isWhole || !knows(kind, position)) think({ kind, text }, position, emit);
    },
    done(item, emit) {
      if (pieces.length === 0) {
        for (const [position, piece] of piecesOf(item).entries()) think(piece, position, emit);
      }
      close(item, emit);
    },
    close: (emit) => close({}, emit),
    cut: (emit) => close({}, emit),
  };
}

interface Told extends ReasoningPiece {
  readonly position: number;
  /** It repeats the whole piece. */
  readonly isWhole: boolean;
}

function toldBy(event: JsonObject): Told | undefined {
  const kind = eventName(event).startsWith('reasoning_summary') ? 'summary' : 'content';
  const position = numberIn(event, kind === 'summary' ? 'summary_index' : 'content_index') ?? 0;
  switch (eventName(event)) {
    case 'reasoning_summary_text.delta':
    case 'reasoning_text.delta':
      return { kind, position, text: filledIn(event, 'delta') ?? '', isWhole: false };
    case 'reasoning_summary_text.done':
    case 'reasoning_text.done':
      return { kind, position, text: filledIn(event, 'text') ?? '', isWhole: true };
    default:
      return undefined;
  }
}
