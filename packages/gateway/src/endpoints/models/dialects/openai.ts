/** OpenAI's lists of models, and those of everybody who imitates them. */
import { openaiChat, openaiResponses } from 'ai-api-converter';
import { entriesIn, idIn, momentOf, textIn } from '../entries.ts';
import type { ListDialect } from '../listed.ts';

const DIALECT = 'openai';

export const openai: ListDialect = {
  id: DIALECT,
  formats: [openaiChat.id, openaiResponses.id],
  readList: (body) =>
    entriesIn(body, ['data', 'models'])?.flatMap((entry) => {
      const id = idIn(entry, 'id');
      if (id === undefined) return [];
      const created = entry['created'];
      const createdMs = momentOf(typeof created === 'number' ? created * 1000 : undefined);
      const owner = textIn(entry, 'owned_by');
      return [{ id, createdMs, owner, own: { dialect: DIALECT, entry } }];
    }),
  encodeModel: ({ id, createdMs = 0, owner, own }) => ({
    ...(own?.dialect === DIALECT && own.entry),
    id,
    object: 'model',
    created: Math.floor(createdMs / 1000),
    owned_by: owner ?? 'unknown',
  }),
  encodeList: (models) => ({ object: 'list', data: models.map(openai.encodeModel) }),
};
