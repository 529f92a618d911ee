/** Anthropic's own API. */
import { anthropicMessages } from 'ai-api-converter';
import type { Provider } from '../model/exchange.ts';

// OAuth tokens of a Claude login are accepted as bearer tokens only.
const OAUTH_PREFIX = 'sk-ant-oat';

export const anthropic: Provider = {
  id: 'anthropic',
  format: anthropicMessages,
  path: () => '/v1/messages',
  authorize: ({ secret }) =>
    secret.startsWith(OAUTH_PREFIX)
      ? { authorization: `Bearer ${secret}` }
      : { 'x-api-key': secret },
  // The later version has no sampling parameters, which older models and converted requests need.
  headers: { 'anthropic-version': '2023-06-01' },
};
