/** The scripted provider's generateContent. */
import { readGeminiRequest } from '../judge/asked/gemini.ts';
import { type Dialect, type Place, pieces, type Refusing, type Said, unnamed } from './script.ts';

export const gemini: Dialect = {
  readRequest: readGeminiRequest,
  whole: (said, place) => chunkOf(said, place, { parts: partsOf(said, false), isLast: true }),
  events(said, place) {
    const parts = partsOf(said, true);
    return parts.map((part, at) =>
      unnamed(chunkOf(said, place, { parts: [part], isLast: at === parts.length - 1 })),
    );
  },
  refusal: errorOf,
  errorEvent: (message) => unnamed(errorOf({ status: 503, message })),
};

interface Portion {
  readonly parts: readonly object[];
  readonly isLast: boolean;
}

function chunkOf(said: Said, { model, number }: Place, { parts, isLast }: Portion): object {
  const { input, cached, output, reasoning } = said.usage;
  return {
    candidates: [
      {
        content: { role: 'model', parts },
        ...(isLast && { finishReason: finishes[said.finish] }),
        index: 0,
      },
    ],
    usageMetadata: {
      promptTokenCount: input,
      ...(cached > 0 && { cachedContentTokenCount: cached }),
      ...(isLast && { candidatesTokenCount: output - reasoning }),
      ...(isLast && reasoning > 0 && { thoughtsTokenCount: reasoning }),
      totalTokenCount: isLast ? input + output : input,
    },
    modelVersion: model,
    responseId: `conformance${number}`,
  };
}

/** Calls come whole in streams as well; the first of them bears the signature of the thoughts. */
function partsOf(said: Said, inPieces: boolean): readonly object[] {
  const { reasoning = '', seal, text = [], refusal, calls = [] } = said;
  const words = refusal === undefined ? text : pieces(refusal);
  const cut = (all: readonly string[]): readonly string[] => {
    if (inPieces) return all;
    return all.length === 0 ? [] : [all.join('')];
  };
  const sealed = seal === undefined ? {} : { thoughtSignature: seal };
  return [
    ...cut(pieces(reasoning)).map((piece) => ({ text: piece, thought: true })),
    ...cut(words).map((piece) => ({ text: piece })),
    ...calls.map(({ name, input }, at) => ({
      functionCall: { name, args: input },
      ...(at === 0 && sealed),
    })),
  ];
}

const finishes: { readonly [finish in Said['finish']]: string } = {
  stop: 'STOP',
  tools: 'STOP',
  length: 'MAX_TOKENS',
  filter: 'SAFETY',
};

const kinds: ReadonlyMap<number, string> = new Map([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [404, 'NOT_FOUND'],
  [429, 'RESOURCE_EXHAUSTED'],
  [500, 'INTERNAL'],
]);

function errorOf({ status, message }: Refusing): object {
  return { error: { code: status, message, status: kinds.get(status) ?? 'UNAVAILABLE' } };
}
