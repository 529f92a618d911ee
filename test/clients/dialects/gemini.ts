/** Gemini's generateContent, with a model of the third generation: it insists on its signatures. */
import { createHash } from 'node:crypto';
import { camelKeys, type JsonObject, objectOf, objectsOf, textOf } from '../../replay/json.ts';
import {
  type Answer,
  canonical,
  type Dialect,
  dataEvent,
  pictureOf,
  RETRY_AFTER_SECONDS,
  sealOf,
  sinceLast,
  type ToolResult,
  turnTokens,
} from './dialect.ts';

const VENDOR = 'Google';
const BYPASS = 'skip_thought_signature_validator';
const statuses = { 400: 'INVALID_ARGUMENT', 401: 'UNAUTHENTICATED', 429: 'RESOURCE_EXHAUSTED' };

/** Google takes the names of fields in both spellings, and both alphabets of base64. */
const partsOf = ({ parts }: JsonObject): readonly JsonObject[] => objectsOf(parts).map(camelKeys);
const standardBase64 = (text: string): string => text.replaceAll('-', '+').replaceAll('_', '/');
const callsIn = (content: JsonObject): readonly JsonObject[] =>
  partsOf(content).filter((part) => 'functionCall' in part);
/** Clients keep each chunk of a stream as a content of its own; together they are one turn. */
function contentsOf({ contents }: JsonObject): readonly JsonObject[] {
  const turns: { readonly role: string; readonly parts: JsonObject[] }[] = [];
  for (const content of objectsOf(contents)) {
    const role = textOf(content['role']);
    const last = turns.at(-1);
    if (role === 'model' && last?.role === role) last.parts.push(...partsOf(content));
    else turns.push({ role, parts: [...partsOf(content)] });
  }
  return turns;
}

const isModel = ({ role }: JsonObject): boolean => role === 'model';
const isPrompt = (content: JsonObject): boolean =>
  !isModel(content) && partsOf(content).some((part) => 'text' in part);

function resultsIn(contents: readonly JsonObject[]): readonly ToolResult[] {
  return contents
    .flatMap(partsOf)
    .filter((part) => 'functionResponse' in part)
    .map((part) => ({
      id: undefined,
      text: JSON.stringify(objectOf(part['functionResponse'])['response']),
    }));
}

const subjectOf = (name: string, args: JsonObject): string => `${name} ${canonical(args)}`;

/** A call's seal was made for it; one of text is only known to be its own, since clients join pieces. */
function isSealed({ functionCall, thoughtSignature }: JsonObject): boolean {
  const signature = standardBase64(textOf(thoughtSignature));
  const { name, args } = objectOf(functionCall);
  if (functionCall !== undefined)
    return signature === sealOf(VENDOR, subjectOf(textOf(name), objectOf(args)));
  return signature === sealOf(VENDOR, 'text');
}

const isSigned = ({ thoughtSignature }: JsonObject): boolean => thoughtSignature !== undefined;
const isBypassed = ({ thoughtSignature }: JsonObject): boolean => thoughtSignature === BYPASS;

function problem(request: JsonObject): string | undefined {
  const contents = contentsOf(request);
  const [, latest] = sinceLast(contents, isPrompt);
  if (
    contents.flatMap(partsOf).some((part) => isSigned(part) && !isSealed(part) && !isBypassed(part))
  )
    return 'Corrupted thought signature.';
  for (const content of latest) {
    const [first] = callsIn(content);
    if (first !== undefined && !isSigned(first))
      return 'Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly.';
  }
  for (const [index, content] of contents.entries()) {
    const calls = callsIn(content).length;
    if (calls > 0 && calls !== resultsIn(contents.slice(index + 1, index + 2)).length)
      return 'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';
  }
  return undefined;
}

/** One list of parts for each chunk of a stream. */
function partsFor({ thought, pieces = [], calls = [] }: Answer): readonly object[] {
  return [
    ...(thought === undefined || thought === '' ? [] : [{ text: thought, thought: true }]),
    ...pieces.map((text) => ({ text })),
    ...calls.map(({ name, input }, index) => ({
      functionCall: { name, args: input },
      ...(index === 0 ? { thoughtSignature: sealOf(VENDOR, subjectOf(name, input)) } : {}),
    })),
    // The seal of text comes behind it, on a part of its own.
    ...(thought !== undefined && calls.length === 0
      ? [{ text: '', thoughtSignature: sealOf(VENDOR, 'text') }]
      : []),
  ];
}

interface Place {
  /** Of the answer: no two have the same. */
  readonly id: string;
  readonly isLast: boolean;
}

const idOf = (parts: readonly object[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 16);

function answerOf(parts: readonly object[], { id, isLast }: Place): object {
  const { input, output } = turnTokens;
  return {
    candidates: [
      {
        content: { role: 'model', parts },
        index: 0,
        ...(isLast ? { finishReason: 'STOP' } : {}),
      },
    ],
    usageMetadata: {
      promptTokenCount: input,
      ...(isLast ? { candidatesTokenCount: output } : {}),
      totalTokenCount: isLast ? input + output : input,
    },
    modelVersion: 'gemini-3-pro-preview',
    responseId: id,
  };
}

export const gemini: Dialect = {
  read(request, path) {
    const contents = contentsOf(request);
    const [prompt = {}, latest] = sinceLast(contents, isPrompt);
    const config = camelKeys(objectOf(request['generationConfig']));
    return {
      streams: path.includes(':streamGenerateContent'),
      toolNames: objectsOf(request['tools'])
        .flatMap((tool) => objectsOf(tool['functionDeclarations']))
        .map(({ name }) => textOf(name)),
      prompt: partsOf(prompt)
        .map(({ text }) => textOf(text))
        .join(''),
      pictures: partsOf(prompt)
        .filter((part) => 'inlineData' in part)
        .map((part) => {
          const { mimeType, data } = camelKeys(objectOf(part['inlineData']));
          return pictureOf(`data:${textOf(mimeType)};base64,${standardBase64(textOf(data))}`);
        }),
      results: resultsIn(contents),
      latestResults: resultsIn(latest),
      wantsSchema: 'responseJsonSchema' in config || 'responseSchema' in config,
      reasons: true,
      shows: camelKeys(objectOf(config['thinkingConfig']))['includeThoughts'] === true,
      seals: contents.flatMap(partsOf).filter(isSealed).length,
      latestStepsSealed: latest
        .filter(isModel)
        .map((content) => callsIn(content).slice(0, 1).every(isSealed)),
    };
  },
  problem,
  stream(answer) {
    const parts = partsFor(answer);
    const id = idOf(parts);
    return parts.map((part, index) =>
      dataEvent(answerOf([part], { id, isLast: index === parts.length - 1 })),
    );
  },
  whole(answer) {
    const parts = partsFor(answer);
    return answerOf(parts, { id: idOf(parts), isLast: true });
  },
  refuse: (status, message) => ({
    headers: {},
    body: {
      error: {
        code: status,
        message,
        status: statuses[status],
        ...(status === 429
          ? {
              details: [
                {
                  '@type': 'type.googleapis.com/google.rpc.RetryInfo',
                  retryDelay: `${RETRY_AFTER_SECONDS}s`,
                },
              ],
            }
          : {}),
      },
    },
  }),
};
