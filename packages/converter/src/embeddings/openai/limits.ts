/** What OpenAI sets bounds to. */

/** Texts in one request, by its API reference. */
export const INPUTS_MAX = 2_048;
