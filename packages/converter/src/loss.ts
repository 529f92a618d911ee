/** What a conversion could not carry, as data. */

/**
 * `unsupported`: the other format has no such thing. `model`: the target model cannot do it.
 * `range`: the value was moved into what is allowed. `limit`: too many; some were left out.
 * `foreign`: opaque data of another provider. `order`: order or place changed.
 * `unknown`: a field that nobody here knows. `invalid`: data that could not be read.
 * `emulated`: reproduced by other means that may behave differently.
 */
export type LossReason =
  | 'unsupported'
  | 'model'
  | 'range'
  | 'limit'
  | 'foreign'
  | 'order'
  | 'unknown'
  | 'invalid'
  | 'emulated';

export interface Loss {
  /** Short stable name of what was lost, lower-case kebab: `seed`, `top-k`, `image-detail`. */
  readonly feature: string;
  /** Where it stood, as a path: `messages[2].content[0]`. */
  readonly path: string;
  readonly action: 'dropped' | 'weakened';
  readonly reason: LossReason;
  /** `answer`: the answer may differ from what was asked; strict mode refuses. `hint`: it cannot. */
  readonly effect: 'answer' | 'hint';
  /** One sentence for people: why, and what to do about it. */
  readonly detail?: string | undefined;
}

export type Report = (loss: Loss) => void;

/** A value with what was lost on the way to it. */
export interface Converted<T> {
  readonly value: T;
  readonly losses: readonly Loss[];
}
