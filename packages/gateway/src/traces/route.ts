/** The path of a request as one of a few: what clients put in its place is no name to group by. */

/** With two of them, and below OpenAI's name, as clients and their base URLs make them. */
const versions = '(?:/openai)?(?:/v1(?:alpha|beta1?)?){0,2}(?:/openai(?:/v1)?)?';
const doors = [
  '/chat/completions',
  '/messages(?:/count_tokens)?',
  '/responses(?:/input_tokens)?',
  '/embeddings',
  '/models',
].join('|');
const methods = [
  'generateContent',
  'streamGenerateContent',
  'countTokens',
  'embedContent',
  'batchEmbedContents',
].join('|');
const fixed = new RegExp(`^${versions}(${doors})/?$`);
const ofModel = new RegExp(`/models/.+:(${methods})/?$`);
const oneModel = new RegExp(`^${versions}/models/`);
const ofResponse = new RegExp(`^${versions}/responses/[^/]+(/input_items)?/?$`);

/** Undefined: nothing is served there, or what passes through, which says its own. */
export function routeOf(path: string): string | undefined {
  const door = fixed.exec(path)?.[1];
  if (door !== undefined) return `/v1${door}`;
  const method = ofModel.exec(path)?.[1];
  if (method !== undefined) return `/v1beta/models/{model}:${method}`;
  if (oneModel.test(path)) return '/v1/models/{model}';
  const response = ofResponse.exec(path);
  return response === null ? undefined : `/v1/responses/{id}${response[1] ?? ''}`;
}
