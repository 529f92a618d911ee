/** OpenAI's models at Microsoft Azure: its versionless API, or deployments with a dated `api-version`. */
import { openaiResponses } from 'ai-api-converter';
import { segmentOf } from '../lib/path-segment.ts';
import type { Provider, ProviderCall } from '../model/provider.ts';
import { openAiFormatFor, openAiFormats, openAiPath } from './openai-apis/formats.ts';

/** `2024-10-21`, `2025-04-01-preview`; the versionless API takes words such as `preview`. */
const DATED = /^\d{4}-/;

/** What OpenAI has and Azure does not. */
const MISSING = /^\/(?:rerank|moderations|images\/variations)$/;

/** With a dated version, their path names the deployment. */
const OF_DEPLOYMENTS = /^\/(?:completions|images|audio)(?:\/|$)/;

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
  surfacePath({ basePath, path, model, apiVersion }) {
    if (MISSING.test(path)) return undefined;
    const { root, query, isDated } = apiOf(basePath, apiVersion);
    if (!isDated) return `${root}/v1${path}${query}`;
    return model === undefined || !OF_DEPLOYMENTS.test(path)
      ? `${root}${path}${query}`
      : `${root}/deployments/${segmentOf(model)}${path}${query}`;
  },
  authorize: ({ secret }) =>
    secret.startsWith(TOKEN_PREFIX) ? { authorization: `Bearer ${secret}` } : { 'api-key': secret },
  headers: {},
};

interface Place extends Pick<ProviderCall, 'basePath' | 'model' | 'apiVersion'> {
  /** With a date, it names the deployment in the path, as Responses does not. */
  readonly isDeployments: boolean;
}

function pathOf(own: string, { basePath, model, apiVersion, isDeployments }: Place): string {
  const { root, query, isDated } = apiOf(basePath, apiVersion);
  if (!isDated) return `${root}/v1${own}${query}`;
  return isDeployments
    ? `${root}/deployments/${segmentOf(model)}${own}${query}`
    : `${root}${own}${query}`;
}

interface AzureApi {
  readonly root: string;
  readonly query: string;
  readonly isDated: boolean;
}

function apiOf(basePath: string, apiVersion: string | undefined): AzureApi {
  return {
    root: `${basePath.replace(API_ROOT, '')}/openai`,
    query: apiVersion === undefined ? '' : `?api-version=${segmentOf(apiVersion)}`,
    isDated: apiVersion !== undefined && DATED.test(apiVersion),
  };
}
