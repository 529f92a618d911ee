/** OpenAI's own API. */
import { openaiChat } from 'ai-api-converter';
import type { Provider } from '../model/provider.ts';

export const openai: Provider = {
  id: 'openai',
  format: openaiChat,
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
  ],
  path: ({ basePath }) => `${basePath}/chat/completions`,
  authorize: ({ secret }) => ({ authorization: `Bearer ${secret}` }),
  headers: {},
};
