/** The list of a simulated provider's models, as its vendor writes it. */
import type { SeenRequest, Vendor } from './dialect.ts';
import type { JsonObject } from './json.ts';

interface VendorList {
  readonly paths: readonly string[];
  keyIn(request: SeenRequest): string | undefined;
  list(models: readonly string[]): JsonObject;
}

const RELEASED = '2026-01-01T00:00:00Z';

const lists: { readonly [vendor in Vendor]: VendorList } = {
  openai: {
    paths: ['/v1/models'],
    keyIn: bearerIn,
    list: (models) => ({
      object: 'list',
      data: models.map((id) => ({
        id,
        object: 'model',
        created: Date.parse(RELEASED) / 1000,
        owned_by: 'simulated',
      })),
    }),
  },
  anthropic: {
    paths: ['/v1/models'],
    keyIn: (request) => headerText(request.headers['x-api-key']) ?? bearerIn(request),
    list: (models) => ({
      data: models.map((id) => ({ type: 'model', id, display_name: id, created_at: RELEASED })),
      has_more: false,
      first_id: models[0] ?? null,
      last_id: models.at(-1) ?? null,
    }),
  },
  gemini: {
    paths: ['/v1/models', '/v1beta/models'],
    keyIn: ({ headers, query }) =>
      headerText(headers['x-goog-api-key']) ?? query.get('key') ?? undefined,
    list: (models) => ({
      models: models.map((id) => ({
        name: `models/${id}`,
        displayName: id,
        supportedGenerationMethods: ['generateContent', 'countTokens'],
      })),
    }),
  },
};

function bearerIn({ headers }: SeenRequest): string | undefined {
  return headers.authorization?.replace(/^Bearer /, '');
}

function headerText(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

interface Held {
  readonly key: string;
  readonly models: readonly string[];
}

/** Undefined: it is not what was asked for, or not with the key. */
export function modelListOf(
  vendor: Vendor,
  request: SeenRequest,
  { key, models }: Held,
): JsonObject | undefined {
  const { paths, keyIn, list } = lists[vendor];
  const isAsked = request.method === 'GET' && paths.includes(request.path);
  return isAsked && keyIn(request) === key ? list(models) : undefined;
}
