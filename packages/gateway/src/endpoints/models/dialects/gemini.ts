/** Google's lists of models. */
import { gemini as geminiFormat, type JsonObject } from 'ai-api-converter';
import { entriesIn, idIn, textIn } from '../entries.ts';
import type { ListDialect } from '../listed.ts';
import { pageOf, sizeIn, wrong } from '../pages.ts';

const DIALECT = 'gemini';
const SIZE_DEFAULT = 50;
const SIZE_MAX = 1_000;
const COLLECTION = 'models/';
const GENERATION = 'generateContent';
const EMBEDDING = 'embedContent';
const generationMethods = [GENERATION, 'streamGenerateContent', 'countTokens'];
const embeddingMethods = [EMBEDDING, 'batchEmbedContents'];

export const gemini: ListDialect = {
  id: DIALECT,
  formats: [geminiFormat.id],
  readList: (body) =>
    entriesIn(body, ['models'])?.flatMap((entry) => {
      const name = idIn(entry, 'name');
      if (name === undefined || !isServed(entry)) return [];
      const id = name.startsWith(COLLECTION) ? name.slice(COLLECTION.length) : name;
      const displayName = textIn(entry, 'displayName');
      return id === '' ? [] : [{ id, displayName, own: { dialect: DIALECT, entry } }];
    }),
  encodeModel: ({ id, displayName = id, owner, own }) => ({
    ...(own?.dialect === DIALECT
      ? own.entry
      : {
          displayName,
          description: `Served by ${owner ?? 'unknown'}`,
          supportedGenerationMethods: /embed/i.test(id) ? embeddingMethods : generationMethods,
        }),
    name: COLLECTION + id,
  }),
  encodeList(models, query) {
    const size = Math.min(sizeIn(query, 'pageSize', 0) || SIZE_DEFAULT, SIZE_MAX);
    const token = query.get('pageToken') ?? '';
    const afterId = token === '' ? undefined : Buffer.from(token, 'base64url').toString();
    const page = pageOf(models, { size, afterId });
    if (page === undefined) throw wrong('pageToken', 'expected the nextPageToken of a list');
    const last = page.models.at(-1);
    return {
      models: page.models.map(gemini.encodeModel),
      ...(page.hasMore &&
        last !== undefined && { nextPageToken: Buffer.from(last.id).toString('base64url') }),
    };
  },
};

/** Models of video and live audio are listed as well. */
function isServed(entry: JsonObject): boolean {
  const supported = entry['supportedGenerationMethods'];
  if (!Array.isArray(supported)) return true;
  return supported.includes(GENERATION) || supported.includes(EMBEDDING);
}
