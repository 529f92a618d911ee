/** Takes over a changed configuration file: read whole, checked whole, or left as it was. */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Logger } from '../lib/log.ts';
import { createTimer } from '../lib/timer.ts';
import type { Settings } from '../model/settings.ts';
import type { Understood } from './read-settings.ts';

export interface Reloader {
  /** Reads everything again, now. Resolves to true when it was taken over. */
  reload(): Promise<boolean>;
  close(): void;
}

interface Options {
  /** As first understood. */
  readonly current: Understood;
  readonly log: Logger;
  read(): Understood;
  /** Rejects when the settings cannot be used, and changes nothing then. */
  apply(settings: Settings): Promise<void>;
}

/** Editors write a file in several steps. */
const SETTLE_MS = 100;

const EMPTIED =
  "the file has no channels any more, or no keys; restart to go back to the vendors' own, or to let everybody in";

/** What is fixed once the process runs. */
const fixedAtStart = [
  'proxyPort',
  'metricsPort',
  'host',
  'logLevel',
  'logFormat',
  'workers',
  'databaseUrl',
  'redisUrl',
  'redisPoolSize',
  'redisFailure',
  'dataDirectory',
  'pepper',
] as const;

export function createReloader({ current, log, read, apply }: Options): Reloader {
  const timer = createTimer();
  const started = current.settings;
  let running = JSON.stringify(current.settings);
  let channels = current.settings.channels.length;
  let keys = current.settings.keys.length;
  let watcher: FSWatcher | undefined;
  /** One after the other: the last one read is the one that counts. */
  let last = Promise.resolve(true);

  function refuse(mistakes: readonly string[]): false {
    for (const mistake of mistakes) log.error({ mistake }, 'configuration not taken over');
    return false;
  }

  /** A file that is just being written anew; nobody means to give all channels or keys up like that. */
  function isEmptied({ settings }: Understood): boolean {
    const losesChannels = channels > 0 && settings.channels.length === 0;
    return losesChannels || (keys > 0 && settings.keys.length === 0);
  }

  async function takeOver(isAsked: boolean): Promise<boolean> {
    let next: Understood;
    try {
      next = read();
      if (next.mistakes.length > 0) return refuse(next.mistakes);
      if (isEmptied(next)) return refuse([EMPTIED]);
      const text = JSON.stringify(next.settings);
      if (text === running && !isAsked) return true;
      await apply(next.settings);
      running = text;
      channels = next.settings.channels.length;
      keys = next.settings.keys.length;
    } catch (cause) {
      return refuse([cause instanceof Error ? cause.message : String(cause)]);
    }
    const { settings } = next;
    const needRestart = fixedAtStart.filter((key) => settings[key] !== started[key]);
    log.info({ file: next.file, needRestart }, 'configuration taken over');
    return true;
  }

  function inTurn(isAsked: boolean): Promise<boolean> {
    last = last.then(() => takeOver(isAsked));
    return last;
  }

  if (current.file !== undefined) {
    const name = basename(current.file);
    // The folder, not the file: editors put another file in its place, Kubernetes turns a link.
    watcher = watch(dirname(current.file), { persistent: false }, (_event, changed) => {
      if (changed !== null && changed !== name && !changed.startsWith('..')) return;
      timer.set(SETTLE_MS, () => void inTurn(false));
    });
    watcher.on('error', (cause) => log.warn({ err: cause }, 'configuration is watched no more'));
  }

  return {
    reload: () => inTurn(true),
    close() {
      timer.clear();
      watcher?.close();
    },
  };
}
