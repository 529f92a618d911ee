/** What the counter and its thread say to each other. */

export interface CountRequest {
  readonly id: number;
  readonly text: string;
}

export interface CountReply {
  readonly id: number;
  /** Tokens of o200k. */
  readonly tokens: number;
  /** Of the text's characters, how many are not ASCII. */
  readonly otherShare: number;
}
