/** A memory of responses whose failures somebody hears of. */
import type { ResponseStore } from '../../model/responses.ts';

/** `changed` is called once a change. */
export function createWatchedResponses(
  store: ResponseStore,
  changed: (isDegraded: boolean, cause?: string) => void,
): ResponseStore {
  let isDegraded = false;

  async function watched<T>(work: Promise<T>): Promise<T> {
    try {
      const value = await work;
      if (isDegraded) changed(false);
      isDegraded = false;
      return value;
    } catch (error) {
      if (!isDegraded) changed(true, error instanceof Error ? error.message : String(error));
      isDegraded = true;
      throw error;
    }
  }

  return {
    find: (owner, id) => watched(store.find(owner, id)),
    keep: (response) => watched(store.keep(response)),
    remove: (owner, id) => watched(store.remove(owner, id)),
    close: () => store.close(),
  };
}
