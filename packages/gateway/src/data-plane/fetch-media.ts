/**
 * Between choosing and asking: media that the client named by address are fetched where the chosen
 * upstream takes bytes alone. Once per request, whatever number of attempts it takes.
 */
import type { NeededMedia } from 'ai-api-converter';
import type { MediaByUrl, MediaRules } from '../model/media.ts';
import type { Abort } from './abort.ts';
import type { Journal } from './journal.ts';
import type { Services } from './visit.ts';

interface MediaContext {
  readonly rules: MediaRules;
  readonly abort: Abort;
  readonly services: Pick<Services, 'fetchMedia'>;
  readonly journal: Pick<Journal, 'mediaFetches'>;
}

/** Rejects with what the client is told: another channel would be told the same, so none is asked. */
export async function fetchMissing(
  needed: readonly NeededMedia[],
  known: MediaByUrl | undefined,
  { rules, abort, services, journal }: MediaContext,
): Promise<MediaByUrl> {
  const stop = new AbortController();
  abort.onAbort((reason) => stop.abort(reason));
  try {
    const { signal } = stop;
    return await services.fetchMedia(needed, {
      rules,
      known: known ?? new Map(),
      signal,
      ended: (fetch) => void journal.mediaFetches.push(fetch),
    });
  } finally {
    abort.onAbort(undefined);
  }
}
