/** OpenAI's own API. */
import { openaiChat } from 'ai-api-converter';
import type { Provider } from '../model/exchange.ts';

export const openai: Provider = {
  id: 'openai',
  format: openaiChat,
  path: () => '/v1/chat/completions',
  authorize: ({ secret }) => ({ authorization: `Bearer ${secret}` }),
  headers: {},
};
