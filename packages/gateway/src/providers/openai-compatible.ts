/** Everyone else who serves OpenAI's Chat Completions: vendors, routers and servers of open models. */
import { openaiChat } from 'ai-api-converter';
import type { Provider } from '../model/provider.ts';
import { fitTo } from './imitations/fit.ts';
import { imitationOf } from './imitations/table.ts';

export const openaiCompatible: Provider = {
  id: 'openai-compatible',
  formats: [openaiChat],
  baseUrl: undefined,
  models: [],
  path: ({ basePath }) => `${basePath}/chat/completions`,
  modelsPath: (basePath) => `${basePath}/models`,
  embeddingsPath: ({ basePath }) => `${basePath}/embeddings`,
  // Which of them it has, its server knows.
  surfacePath: ({ basePath, path }) => basePath + path,
  authorize: ({ secret }) => ({ authorization: `Bearer ${secret}` }),
  headers: {},
  // Servers of open models know no free-form tools; as functions they work everywhere.
  capabilities: { customTools: false },
  fit(body, host, report) {
    const imitation = imitationOf(host, body['model']);
    return imitation === undefined ? body : fitTo(imitation, body, report);
  },
};
