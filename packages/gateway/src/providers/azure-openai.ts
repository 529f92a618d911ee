/** OpenAI's models at Microsoft Azure: its versionless API, or deployments with a dated `api-version`. */
import { openaiChat } from 'ai-api-converter';
import { segmentOf } from '../lib/path-segment.ts';
import type { Provider } from '../model/provider.ts';

/** `2024-10-21`, `2025-04-01-preview`; the versionless API takes words such as `preview`. */
const DATED = /^\d{4}-/;

/** What Azure's pages show behind the resource's address. */
const API_ROOT = /\/openai(?:\/v1)?$/;

/** Tokens of Entra ID are JSON Web Tokens; keys of a resource are not. */
const TOKEN_PREFIX = 'eyJ';

export const azureOpenai: Provider = {
  id: 'azure-openai',
  format: openaiChat,
  baseUrl: undefined,
  models: [],
  path({ basePath, model, apiVersion }) {
    const root = `${basePath.replace(API_ROOT, '')}/openai`;
    const query = apiVersion === undefined ? '' : `?api-version=${segmentOf(apiVersion)}`;
    const isDated = apiVersion !== undefined && DATED.test(apiVersion);
    const api = isDated ? `${root}/deployments/${segmentOf(model)}` : `${root}/v1`;
    return `${api}/chat/completions${query}`;
  },
  authorize: ({ secret }) =>
    secret.startsWith(TOKEN_PREFIX) ? { authorization: `Bearer ${secret}` } : { 'api-key': secret },
  headers: {},
};
