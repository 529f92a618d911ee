/** OpenAI's models at Microsoft Azure: its versionless API, or deployments with a dated `api-version`. */
import { openaiResponses } from 'ai-api-converter';
import { segmentOf } from '../lib/path-segment.ts';
import type { Provider } from '../model/provider.ts';
import { openAiFormatFor, openAiFormats, openAiPath } from './openai-apis/formats.ts';

/** `2024-10-21`, `2025-04-01-preview`; the versionless API takes words such as `preview`. */
const DATED = /^\d{4}-/;

/** What Azure's pages show behind the resource's address. */
const API_ROOT = /\/openai(?:\/v1)?$/;

/** Tokens of Entra ID are JSON Web Tokens; keys of a resource are not. */
const TOKEN_PREFIX = 'eyJ';

export const azureOpenai: Provider = {
  id: 'azure-openai',
  formats: openAiFormats,
  formatFor: openAiFormatFor,
  baseUrl: undefined,
  models: [],
  path({ basePath, format, model, apiVersion }) {
    const root = `${basePath.replace(API_ROOT, '')}/openai`;
    const query = apiVersion === undefined ? '' : `?api-version=${segmentOf(apiVersion)}`;
    const isDated = apiVersion !== undefined && DATED.test(apiVersion);
    const own = openAiPath(format);
    if (!isDated) return `${root}/v1${own}${query}`;
    // With a date, Chat Completions names the deployment in the path, and Responses in the body.
    return format === openaiResponses
      ? `${root}${own}${query}`
      : `${root}/deployments/${segmentOf(model)}${own}${query}`;
  },
  authorize: ({ secret }) =>
    secret.startsWith(TOKEN_PREFIX) ? { authorization: `Bearer ${secret}` } : { 'api-key': secret },
  headers: {},
};
