/** OpenAI's own APIs. */
import type { Provider } from '../model/provider.ts';
import { openAiFormatFor, openAiFormats, openAiPath } from './openai-apis/formats.ts';

export const openai: Provider = {
  id: 'openai',
  formats: openAiFormats,
  formatFor: openAiFormatFor,
  baseUrl: 'https://api.openai.com/v1',
  // `o` and a digit, such as o3-mini: `o*` would take in half the alphabet of open models.
  models: [
    'gpt-*',
    'chatgpt-*',
    'codex-*',
    'o1*',
    'o2*',
    'o3*',
    'o4*',
    'o5*',
    'o6*',
    'o7*',
    'o8*',
    'o9*',
    // Not `text-embedding-*`: some of these are Google's.
    'text-embedding-3-*',
    'text-embedding-ada-*',
  ],
  path: ({ basePath, format }) => basePath + openAiPath(format),
  modelsPath: (basePath) => `${basePath}/models`,
  surfacePath: ({ basePath, path }) => (path === '/rerank' ? undefined : basePath + path),
  countPath: (generationPath) =>
    generationPath.endsWith('/responses') ? `${generationPath}/input_tokens` : undefined,
  embeddingsPath: ({ basePath }) => `${basePath}/embeddings`,
  authorize: ({ secret }) => ({ authorization: `Bearer ${secret}` }),
  headers: {},
};
