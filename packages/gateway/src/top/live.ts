/** The live view: looks at the page again and again, draws what it says, and does what keys say. */
import type { ReadStream, WriteStream } from 'node:tty';
import { unixMs } from '../lib/clock.ts';
import { createTimer } from '../lib/timer.ts';
import type { Figures } from './figures.ts';
import { createHistory } from './history.ts';
import { lineText } from './lines.ts';
import type { Scrape } from './rates.ts';
import { takeScreen } from './screen.ts';
import type { Silence } from './summary.ts';
import { liveFrame } from './view.ts';

interface Live {
  readonly url: string;
  readonly intervalMs: number;
  readonly hasColour: boolean;
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly first: Scrape;
  /** Rejects with an Error for people. */
  scrape(signal: AbortSignal): Promise<Scrape>;
}

const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const quitKeys: ReadonlySet<string> = new Set(['q', 'Q', '\u0003']);

/** Resolves when somebody ended it; the terminal is as it was then, also after an error. */
export function showLive(live: Live): Promise<void> {
  return new Promise((resolve, reject) => {
    const picture = createPicture(live.first);
    const timer = createTimer();
    const over = new AbortController();

    function end(settle: () => void): void {
      if (over.signal.aborted) return;
      over.abort();
      timer.clear();
      for (const signal of endSignals) process.off(signal, quit);
      screen.leave();
      settle();
    }
    function quit(): void {
      end(resolve);
    }
    function draw(): void {
      if (over.signal.aborted) return;
      try {
        const size = screen.size();
        const lines = liveFrame({ ...picture.view(), ...describe(live) }, size);
        screen.draw(lines.map((line) => lineText(line, size.columns, live.hasColour)));
      } catch (cause) {
        end(() => reject(cause));
      }
    }
    async function look(): Promise<void> {
      try {
        picture.add(await live.scrape(over.signal));
      } catch (cause) {
        picture.silent(cause instanceof Error ? cause.message : String(cause));
      }
      if (over.signal.aborted) return;
      draw();
      lookLater();
    }
    function lookLater(): void {
      timer.set(live.intervalMs, () => void look());
    }

    for (const signal of endSignals) process.on(signal, quit);
    const screen = takeScreen(live.input, live.output, {
      onKey(key) {
        if (quitKeys.has(key)) return quit();
        if (picture.press(key)) draw();
      },
      onChange: draw,
      onGone: quit,
    });
    draw();
    lookLater();
  });
}

function describe({ url, intervalMs }: Live): { url: string; intervalSeconds: number } {
  return { url, intervalSeconds: intervalMs / 1_000 };
}

interface Shown {
  readonly figures: Figures;
  readonly nowUnixMs: number;
  readonly silence: Silence | undefined;
  readonly isPaused: boolean;
  readonly isHelpShown: boolean;
}

interface Picture {
  add(scrape: Scrape): void;
  /** The page could not be read. */
  silent(reason: string): void;
  /** False: the key means nothing. */
  press(key: string): boolean;
  view(): Shown;
}

function createPicture(first: Scrape): Picture {
  const history = createHistory();
  history.add(first);
  let figures = history.figures();
  let silence: Silence | undefined;
  let isHelpShown = false;
  /** What is shown while it stands still; looks go on, so that there is no gap after it. */
  let still: Shown | undefined;

  function view(): Shown {
    if (still !== undefined) return { ...still, isHelpShown };
    if (figures === undefined) throw new Error('there was no look at the page yet');
    return { figures, nowUnixMs: unixMs(), silence, isPaused: false, isHelpShown };
  }
  return {
    add(scrape) {
      history.add(scrape);
      figures = history.figures();
      silence = undefined;
    },
    silent(reason) {
      silence = { sinceUnixMs: silence?.sinceUnixMs ?? unixMs(), reason };
    },
    press(key) {
      if (key === 'p') still = still === undefined ? { ...view(), isPaused: true } : undefined;
      else if (key === '?') isHelpShown = !isHelpShown;
      else return false;
      return true;
    },
    view,
  };
}
