/** Google's Gemini Developer API. */
import { gemini as geminiFormat } from 'ai-api-converter';
import type { Provider } from '../model/exchange.ts';

// OAuth access tokens of Google Cloud are accepted as bearer tokens only.
const OAUTH_PREFIX = 'ya29.';

export const gemini: Provider = {
  id: 'gemini',
  format: geminiFormat,
  path(model, stream) {
    const name = model.split('/').map(encodeURIComponent).join('/');
    if (stream === undefined) return `/v1beta/models/${name}:generateContent`;
    return `/v1beta/models/${name}:streamGenerateContent${stream === 'sse' ? '?alt=sse' : ''}`;
  },
  authorize: ({ secret }) =>
    secret.startsWith(OAUTH_PREFIX)
      ? { authorization: `Bearer ${secret}` }
      : { 'x-goog-api-key': secret },
  headers: {},
};
