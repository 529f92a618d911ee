/** Gathers what is wrong with a file, one mistake a place, and says it in the order of its lines. */
import { withoutKeys } from '../../keys/secret.ts';
import { type Path, pathText } from './path.ts';

interface Mistake {
  readonly offset: number;
  readonly path: string;
  readonly sentence: string;
}

export interface Mistakes {
  /** Of the mistakes at one path the first is kept: it mostly causes the others. No path: the whole file. */
  add(offset: number, path: Path, sentence: string): void;
  has(path: Path): boolean;
  /** `dragoman.yaml:12:5: channels[0].weight: …` */
  list(name: string, lineOf: (offset: number) => string): readonly string[];
}

const shownMax = 50;

export function createMistakes(): Mistakes {
  const byPath = new Map<string, Mistake>();
  return {
    add(offset, path, sentence) {
      const text = pathText(path);
      const key = text === '' ? `at ${offset}` : text;
      if (!byPath.has(key)) byPath.set(key, { offset, path: text, sentence });
    },
    has: (path) => byPath.has(pathText(path)),
    list(name, lineOf) {
      const inOrder = [...byPath.values()].toSorted((a, b) => a.offset - b.offset);
      const shown = inOrder
        .slice(0, shownMax)
        .map(({ offset, path, sentence }) =>
          [`${name}:${lineOf(offset)}`, path, sentence].filter((part) => part !== '').join(': '),
        )
        // A key may stand anywhere by mistake.
        .map(withoutKeys);
      const left = inOrder.length - shown.length;
      return left > 0 ? [...shown, `${name}: and ${left} more`] : shown;
    },
  };
}
