/** Anthropic's own API. */
import { anthropicMessages } from 'ai-api-converter';
import type { Provider } from '../model/provider.ts';

// OAuth tokens of a Claude login are accepted as bearer tokens only.
const OAUTH_PREFIX = 'sk-ant-oat';

export const anthropic: Provider = {
  id: 'anthropic',
  formats: [anthropicMessages],
  baseUrl: 'https://api.anthropic.com',
  models: ['claude*'],
  // Anthropic's SDKs take the base without the version; those of others ask for it.
  path: ({ basePath }) => `${versioned(basePath)}/messages`,
  modelsPath: (basePath) => `${versioned(basePath)}/models?limit=1000`,
  surfacePath: ({ basePath, path }) => versioned(basePath) + path,
  countPath: (generationPath) => `${generationPath}/count_tokens`,
  authorize: ({ secret }) =>
    secret.startsWith(OAUTH_PREFIX)
      ? { authorization: `Bearer ${secret}` }
      : { 'x-api-key': secret },
  // The later version has no sampling parameters, which older models and converted requests need.
  headers: { 'anthropic-version': '2023-06-01' },
};

function versioned(basePath: string): string {
  return basePath.endsWith('/v1') ? basePath : `${basePath}/v1`;
}
