/** Tells Gemini's requests from others: by path and method, by headers, by fields of the body. */
import type { Call, Probe, Recognition } from '../../format.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { camelKeys } from './fields.ts';

/**
 * `v1` and `v1beta` alike, neither, or two of them (a base URL with a version under a client that adds
 * its own); also the longer paths of Vertex AI. The model may hold any character.
 */
const methodOfModel = new RegExp(
  [
    /^(?:\/v1(?:alpha|beta1?)?){0,2}/,
    /(?:\/projects\/[^/]+\/locations\/[^/]+)?(?:\/publishers\/[^/]+)?/,
    /\/models\/(.+):(\w+)\/?$/,
  ]
    .map(({ source }) => source)
    .join(''),
);

const siblings: readonly RegExp[] = [
  /^\/v1(?:alpha|beta1?)\/(?!openai\/)/,
  /^(?:\/v1(?:alpha|beta1?)?){0,2}(?:\/projects\/.+)?\/(?:models|tunedModels)\/.+:\w+\/?$/,
];

const ownHeaders = [
  'x-goog-api-key',
  'x-goog-api-client',
  'x-goog-user-project',
  'x-gemini-api-privileged-user-id',
];

const ownFields = [
  'contents',
  'systemInstruction',
  'generationConfig',
  'safetySettings',
  'toolConfig',
  'cachedContent',
];

export function recognize(probe: Probe): Recognition {
  return {
    path() {
      return probe.method === 'POST' ? callOf(probe) : undefined;
    },
    sibling: () => siblings.some((path) => path.test(probe.path)),
    header() {
      return ownHeaders.find((name) => probe.header(name) !== undefined);
    },
    body() {
      return probe.body === undefined ? [] : marksOf(probe.body);
    },
  };
}

function callOf(probe: Probe): Call | undefined {
  const { model, method } = modelMethodOf(probe.path) ?? {};
  const stream = method === 'streamGenerateContent';
  if (!stream && method !== 'generateContent') return undefined;
  const alternative = probe.query.get('alt') ?? probe.query.get('$alt') ?? '';
  const framed = stream && !alternative.toLowerCase().startsWith('sse');
  return { model, stream, framing: framed ? 'json-array' : undefined };
}

/** Of a path that ends as `/models/{model}:{method}`. */
export function modelMethodOf(
  path: string,
): { readonly model: string; readonly method: string } | undefined {
  const [, model, method] = methodOfModel.exec(decoded(path)) ?? [];
  if (model === undefined || method === undefined) return undefined;
  return { model: bareModel(model), method };
}

/** Some clients name the model as the resource that it is. */
export function bareModel(name: string): string {
  return name.startsWith('models/') ? name.slice('models/'.length) : name;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function marksOf(body: JsonObject): readonly string[] {
  const wire = camelKeys(body);
  const marks = ownFields.filter((field) => wire[field] !== undefined);
  const tools = Array.isArray(wire['tools']) ? wire['tools'] : [];
  const declares = tools.some(
    (tool) => isObject(tool) && camelKeys(tool)['functionDeclarations'] !== undefined,
  );
  return declares ? [...marks, 'tools[].functionDeclarations'] : marks;
}
