/** What embeddings mean, whatever format says it: what was asked, and which vectors came. */
import {
  camelKeys,
  isObject,
  type Json,
  type JsonObject,
  listOf,
  numberOf,
  objectOf,
  objectsOf,
  textOf,
} from '../json.ts';

export type EmbeddingFormatId = 'openai-chat' | 'gemini';

interface AskedVectors {
  readonly texts: readonly string[];
  /** There are tokens in place of texts. */
  readonly isOfTokens: boolean;
  readonly isList: boolean;
  readonly dimensions: number | undefined;
  /** Tasks and titles that were given, of all texts. */
  readonly hints: readonly string[];
}

export interface GivenVectors {
  readonly vectors: readonly (readonly number[])[];
  readonly tokens: number | undefined;
}

interface Reader {
  asked(body: JsonObject): AskedVectors;
  given(body: JsonObject): GivenVectors;
}

const openai: Reader = {
  asked({ input, dimensions }) {
    const isList = Array.isArray(input) && typeof input[0] !== 'number';
    const inputs: readonly Json[] = isList ? listOf(input) : [input ?? null];
    return {
      texts: inputs.map(textOf),
      isOfTokens: inputs.some(Array.isArray),
      isList,
      dimensions: numberOf(dimensions),
      hints: [],
    };
  },
  given({ data, usage }) {
    const entries = objectsOf(data).toSorted(
      (one, other) => (numberOf(one['index']) ?? 0) - (numberOf(other['index']) ?? 0),
    );
    const { prompt_tokens: prompt, total_tokens: total } = objectOf(usage);
    return {
      vectors: entries.map(({ embedding }) => vectorOf(embedding)),
      tokens: numberOf(prompt) ?? numberOf(total),
    };
  },
};

const gemini: Reader = {
  asked(body) {
    const { requests } = body;
    const entries = (requests === undefined ? [body] : objectsOf(requests)).map(camelKeys);
    return {
      texts: entries.map(({ content }) =>
        objectsOf(objectOf(content)['parts'])
          .map(({ text }) => textOf(text))
          .join('\n'),
      ),
      isOfTokens: false,
      isList: requests !== undefined,
      dimensions: numberOf(entries[0]?.['outputDimensionality']),
      hints: entries
        .flatMap(({ taskType, title }) => [taskType, title].map(textOf))
        .filter(Boolean),
    };
  },
  given({ embedding, embeddings, usageMetadata }) {
    const entries = embedding === undefined ? objectsOf(embeddings) : [objectOf(embedding)];
    return {
      vectors: entries.map(({ values }) => vectorOf(values)),
      tokens: numberOf(objectOf(usageMetadata)['promptTokenCount']),
    };
  },
};

export const embeddingReaders: { readonly [id in EmbeddingFormatId]: Reader } = {
  'openai-chat': openai,
  gemini,
};

/** Of numbers, or of 32-bit floats in base64. */
function vectorOf(value: Json | undefined): readonly number[] {
  if (typeof value !== 'string') return listOf(value).map(Number);
  const bytes = Buffer.from(value, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}

/** Whether there are vectors at all: as a client would see them that reads 32-bit floats. */
export function isReadable({ vectors }: GivenVectors): boolean {
  return (
    vectors.length > 0 && vectors.every((vector) => vector.every((value) => Math.abs(value) <= 1))
  );
}

export function isAnswer(body: Json): body is JsonObject {
  return isObject(body) && body['error'] === undefined;
}
