/** Anthropic's lists of models. */
import { anthropicMessages } from 'ai-api-converter';
import { utcMoment } from '../../../lib/clock.ts';
import { entriesIn, idIn, momentOf, textIn } from '../entries.ts';
import type { ListDialect } from '../listed.ts';
import { pageOf, sizeIn, wrong } from '../pages.ts';

const DIALECT = 'anthropic';
const SIZE_DEFAULT = 20;
const SIZE_MAX = 1_000;

export const anthropic: ListDialect = {
  id: DIALECT,
  formats: [anthropicMessages.id],
  readList: (body) =>
    entriesIn(body, ['data'])?.flatMap((entry) => {
      const id = idIn(entry, 'id');
      if (id === undefined) return [];
      const displayName = textIn(entry, 'display_name');
      const createdMs = momentOf(Date.parse(textIn(entry, 'created_at') ?? ''));
      return [{ id, displayName, createdMs, own: { dialect: DIALECT, entry } }];
    }),
  // Its own lists have the beginning of time where nobody knows.
  encodeModel: ({ id, displayName = id, createdMs = 0, own }) => ({
    ...(own?.dialect === DIALECT && own.entry),
    type: 'model',
    id,
    display_name: displayName,
    created_at: utcMoment(createdMs),
  }),
  encodeList(models, query) {
    const size = sizeIn(query, 'limit', 1) ?? SIZE_DEFAULT;
    if (size > SIZE_MAX) throw wrong('limit', `expected at most ${SIZE_MAX}`);
    const afterId = query.get('after_id') ?? undefined;
    const beforeId = query.get('before_id') ?? undefined;
    const page = pageOf(models, { size, afterId, beforeId });
    if (page === undefined)
      throw wrong(
        beforeId === undefined ? 'after_id' : 'before_id',
        'expected the id of a listed model',
      );
    return {
      data: page.models.map(anthropic.encodeModel),
      has_more: page.hasMore,
      first_id: page.models[0]?.id ?? null,
      last_id: page.models.at(-1)?.id ?? null,
    };
  },
};
