/** Google's Gemini Developer API. */
import { gemini as geminiFormat } from 'ai-api-converter';
import { segmentOf } from '../lib/path-segment.ts';
import type { Provider } from '../model/provider.ts';

// OAuth access tokens of Google Cloud are accepted as bearer tokens only.
const OAUTH_PREFIX = 'ya29.';

const VERSIONED = /\/v1(?:alpha|beta)?$/;

/** Collections that a model's name may begin with; Google's SDK adds the first to names without. */
const COLLECTION = /^(models|tunedModels)\//;

/** Those that do not say by their names whose they are. */
const embeddingModels = [
  'text-embedding-004',
  'text-embedding-005',
  'text-multilingual-embedding-*',
  'embedding-001',
  'embedding-gecko-*',
];

export const gemini: Provider = {
  id: 'gemini',
  formats: [geminiFormat],
  baseUrl: 'https://generativelanguage.googleapis.com',
  models: ['gemini*', ...embeddingModels],
  path({ basePath, model, stream }) {
    const resource = resourceOf(basePath, model);
    if (stream === undefined) return `${resource}:generateContent`;
    return `${resource}:streamGenerateContent${stream === 'sse' ? '?alt=sse' : ''}`;
  },
  modelsPath: (basePath) => `${versioned(basePath)}/models?pageSize=1000`,
  surfacePath({ basePath, path }) {
    const base = versioned(basePath);
    if (!path.startsWith('/upload/')) return base + path;
    // Before the version, not behind it.
    return base.replace(VERSIONED, '/upload$&') + path.slice('/upload'.length);
  },
  countPath: (generationPath) => generationPath.replace(/:generateContent$/, ':countTokens'),
  embeddingsPath: ({ basePath, model, isList }) =>
    `${resourceOf(basePath, model)}:${isList ? 'batchEmbedContents' : 'embedContent'}`,
  authorize: ({ secret }) =>
    secret.startsWith(OAUTH_PREFIX)
      ? { authorization: `Bearer ${secret}` }
      : { 'x-goog-api-key': secret },
  headers: {},
};

function resourceOf(basePath: string, model: string): string {
  const collection = COLLECTION.exec(model)?.[1] ?? 'models';
  return `${versioned(basePath)}/${collection}/${segmentOf(model.replace(COLLECTION, ''))}`;
}

function versioned(basePath: string): string {
  return VERSIONED.test(basePath) ? basePath : `${basePath}/v1beta`;
}
