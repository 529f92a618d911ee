/** The path of a request as one of a few: what clients put in its place is no name to group by. */

const versions = '(?:/v1(?:alpha|beta1?)?){0,2}';
const fixed = new RegExp(`^${versions}(/chat/completions|/messages|/responses|/embeddings)/?$`);
const ofModel =
  /\/models\/.+:(generateContent|streamGenerateContent|embedContent|batchEmbedContents)\/?$/;

/** Undefined: nothing is served there. */
export function routeOf(path: string): string | undefined {
  const door = fixed.exec(path)?.[1];
  if (door !== undefined) return `/v1${door}`;
  const method = ofModel.exec(path)?.[1];
  return method === undefined ? undefined : `/v1beta/models/{model}:${method}`;
}
