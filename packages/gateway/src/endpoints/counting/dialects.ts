/** Where clients of each format ask how many tokens a request has, and how they are told. */
import {
  anthropicMessages,
  gemini,
  isObject,
  type JsonObject,
  openaiResponses,
  parseJson,
} from 'ai-api-converter';

export interface CountDialect {
  /** Of the format. */
  readonly id: string;
  /** How the path of counting ends, and how that of generation does in its place. */
  readonly suffix: string;
  readonly generation: string;
  encode(tokens: number): JsonObject;
  /** The member that an answer must have. */
  readonly field: string;
}

export const countDialects: readonly CountDialect[] = [
  {
    id: anthropicMessages.id,
    suffix: '/count_tokens',
    generation: '',
    field: 'input_tokens',
    encode: (tokens) => ({ input_tokens: tokens }),
  },
  {
    id: gemini.id,
    suffix: ':countTokens',
    generation: ':generateContent',
    field: 'totalTokens',
    encode: (tokens) => ({ totalTokens: tokens }),
  },
  {
    id: openaiResponses.id,
    suffix: '/input_tokens',
    generation: '',
    field: 'input_tokens',
    encode: (tokens) => ({ object: 'response.input_tokens', input_tokens: tokens }),
  },
];

/** Whether a 2xx answer says what was asked for; a page or an error in disguise does not. */
export function isCount({ field, id }: CountDialect, text: string): boolean {
  try {
    const body = parseJson(text, 'plain');
    if (!isObject(body)) return false;
    // Google leaves out what is 0.
    return typeof body[field] === 'number' || (id === gemini.id && Object.keys(body).length === 0);
  } catch {
    return false;
  }
}
