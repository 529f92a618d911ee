/** The last scrapes, so that rates are over some seconds and not over one short look. */
import type { Figures } from './figures.ts';
import { figuresOf } from './measure.ts';
import type { Scrape } from './rates.ts';

export interface History {
  add(scrape: Scrape): void;
  /** Undefined: there is no scrape yet. */
  figures(): Figures | undefined;
}

/** Long enough for quantiles to mean something, short enough to see what changes. */
const WINDOW_MS = 10_000;
/** What pages of thousands of series may occupy together. */
const SAMPLES_MAX = 400_000;

export function createHistory(): History {
  let scrapes: readonly Scrape[] = [];
  return {
    add(scrape) {
      const previous = scrapes.at(-1);
      const recent = scrapes.filter(({ takenAtMs }) => scrape.takenAtMs - takenAtMs <= WINDOW_MS);
      scrapes =
        recent.length > 0 || previous === undefined ? [...recent, scrape] : [previous, scrape];
      while (scrapes.length > 2 && sizeOf(scrapes) > SAMPLES_MAX) scrapes = scrapes.slice(1);
    },
    figures() {
      const [earliest] = scrapes;
      const latest = scrapes.at(-1);
      return earliest && latest ? figuresOf(earliest, latest) : undefined;
    },
  };
}

function sizeOf(scrapes: readonly Scrape[]): number {
  return scrapes.reduce((sum, { page }) => sum + page.samples.size, 0);
}
