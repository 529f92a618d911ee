/** The shape of a house rule: a name, the reason, and a function from the tree to what breaks it. */
import type { Tree } from '../source/tree.ts';

export interface Breach {
  readonly path: string;
  readonly line?: number;
  readonly message: string;
}

export interface Rule {
  readonly name: string;
  readonly why: string;
  check(tree: Tree): Iterable<Breach>;
}
