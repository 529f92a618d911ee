/** `dragoman top`: a running gateway in the terminal, live, or once as plain text or JSON. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonValue } from 'ai-api-converter';
import { unixMs } from '../lib/clock.ts';
import { environment } from '../lib/env.ts';
import { visibleJson } from '../lib/visible-json.ts';
import type { Figures } from '../top/figures.ts';
import { lineText } from '../top/lines.ts';
import { showLive } from '../top/live.ts';
import { figuresOf } from '../top/measure.ts';
import { pageUrl, scrape } from '../top/scrape.ts';
import { plainFrame } from '../top/view.ts';

export interface TopOptions {
  readonly url?: string;
  readonly interval: string;
  readonly once?: true;
  readonly json?: true;
}

const INTERVAL_SECONDS_MIN = 0.5;
const INTERVAL_SECONDS_MAX = 3_600;
const PLAIN_COLUMNS = 120;

/** `metricsPort` is asked for when no address is given. Rejects with an Error for people. */
export async function showTop(options: TopOptions, metricsPort: () => number): Promise<void> {
  const intervalMs = intervalOf(options.interval) * 1_000;
  const url = addressOf(options.url ?? `http://127.0.0.1:${metricsPort()}`);
  const first = await scrape(url).catch((cause: unknown) => {
    throw new Error(unreachable(url, cause), { cause });
  });
  const { stdin: input, stdout: output } = process;
  const isTerminal = output.isTTY && environment['TERM'] !== 'dumb';
  const isLive = isTerminal && options.once !== true && options.json !== true;
  if (isLive) {
    const hasColour = (environment['NO_COLOR'] ?? '') === '';
    return showLive({
      url,
      intervalMs,
      hasColour,
      input,
      output,
      first,
      scrape: (signal) => scrape(url, { signal }),
    });
  }
  await sleep(intervalMs);
  const second = await scrape(url).catch((cause: unknown) => {
    throw new Error(`${url} answered once and then no more: ${messageOf(cause)}`, { cause });
  });
  const figures = figuresOf(first, second);
  output.write(options.json === true ? jsonText(figures) : frameText(figures, url));
}

function intervalOf(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= INTERVAL_SECONDS_MIN && seconds <= INTERVAL_SECONDS_MAX) return seconds;
  const bounds = `${INTERVAL_SECONDS_MIN} to ${INTERVAL_SECONDS_MAX}`;
  throw new Error(`--interval: expected seconds from ${bounds}, got ${visibleJson(text)}`);
}

function addressOf(text: string): string {
  const url = pageUrl(text);
  if (url !== undefined) return url;
  // It may hold a password, so it is not repeated.
  throw new Error('--url: expected http://HOST:PORT or https://…, without a user or a password');
}

function unreachable(url: string, cause: unknown): string {
  const ways =
    'start the gateway, or name its metrics port with --url http://HOST:PORT or METRICS_PORT';
  return `no metrics of a gateway on ${url}: ${messageOf(cause)}; ${ways}`;
}

function jsonText(figures: Figures): string {
  const json: JsonValue = figures;
  return `${visibleJson(json)}\n`;
}

function frameText(figures: Figures, url: string): string {
  const columns = process.stdout.columns || PLAIN_COLUMNS;
  const view = { url, figures, nowUnixMs: unixMs(), intervalSeconds: figures.seconds };
  return plainFrame(view, columns)
    .map((line) => `${lineText(line, columns, false).trimEnd()}\n`)
    .join('');
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
