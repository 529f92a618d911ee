/** Google's Gemini Developer API. */
import { gemini as geminiFormat } from 'ai-api-converter';
import { segmentOf } from '../lib/path-segment.ts';
import type { Provider } from '../model/provider.ts';

// OAuth access tokens of Google Cloud are accepted as bearer tokens only.
const OAUTH_PREFIX = 'ya29.';

const VERSIONED = /\/v1(?:alpha|beta)?$/;

/** Collections that a model's name may begin with; Google's SDK adds the first to names without. */
const COLLECTION = /^(models|tunedModels)\//;

export const gemini: Provider = {
  id: 'gemini',
  formats: [geminiFormat],
  baseUrl: 'https://generativelanguage.googleapis.com',
  models: ['gemini*'],
  path({ basePath, model, stream }) {
    const base = versioned(basePath);
    const collection = COLLECTION.exec(model)?.[1] ?? 'models';
    const resource = `${base}/${collection}/${segmentOf(model.replace(COLLECTION, ''))}`;
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
  authorize: ({ secret }) =>
    secret.startsWith(OAUTH_PREFIX)
      ? { authorization: `Bearer ${secret}` }
      : { 'x-goog-api-key': secret },
  headers: {},
};

function versioned(basePath: string): string {
  return VERSIONED.test(basePath) ? basePath : `${basePath}/v1beta`;
}
