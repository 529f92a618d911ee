/** OpenAI's models at Microsoft Azure: its versionless API, or deployments with a dated `api-version`. */
import { openaiResponses } from 'ai-api-converter';
import { segmentOf } from '../lib/path-segment.ts';
import type { Provider, ProviderCall } from '../model/provider.ts';
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
  path: ({ format, ...call }) =>
    pathOf(openAiPath(format), { ...call, isDeployments: format !== openaiResponses }),
  embeddingsPath: (call) => pathOf('/embeddings', { ...call, isDeployments: true }),
  authorize: ({ secret }) =>
    secret.startsWith(TOKEN_PREFIX) ? { authorization: `Bearer ${secret}` } : { 'api-key': secret },
  headers: {},
};

interface Place extends Pick<ProviderCall, 'basePath' | 'model' | 'apiVersion'> {
  /** With a date, it names the deployment in the path, as Responses does not. */
  readonly isDeployments: boolean;
}

function pathOf(own: string, { basePath, model, apiVersion, isDeployments }: Place): string {
  const root = `${basePath.replace(API_ROOT, '')}/openai`;
  const query = apiVersion === undefined ? '' : `?api-version=${segmentOf(apiVersion)}`;
  const isDated = apiVersion !== undefined && DATED.test(apiVersion);
  if (!isDated) return `${root}/v1${own}${query}`;
  return isDeployments
    ? `${root}/deployments/${segmentOf(model)}${own}${query}`
    : `${root}${own}${query}`;
}
