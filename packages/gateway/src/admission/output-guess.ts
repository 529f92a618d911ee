/** How many tokens an answer will have, where the request does not bound them: as many as lately. */

export interface OutputGuess {
  of(model: string): number;
  learn(model: string, tokens: number): void;
}

const FIRST_GUESS = 128;
/** Of the newest answer in the average. */
const WEIGHT = 0.2;
/** Names are the clients' to choose. */
const MODELS_MAX = 1_000;

export function createOutputGuess(): OutputGuess {
  let averages = new Map<string, number>();
  return {
    of: (model) => Math.ceil(averages.get(model) ?? FIRST_GUESS),
    learn(model, tokens) {
      if (averages.size >= MODELS_MAX && !averages.has(model)) averages = new Map();
      const old = averages.get(model) ?? tokens;
      averages.set(model, old + (tokens - old) * WEIGHT);
    },
  };
}
