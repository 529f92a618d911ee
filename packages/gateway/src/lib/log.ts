/** The log: JSON lines on standard output, or lines for people where a terminal shows them. */
import { isatty } from 'node:tty';
import { type Logger, pino } from 'pino';
import type { LogFormat, LogLevel } from '../model/settings.ts';
import { environment } from './env.ts';
import { prettyLines } from './pretty-lines.ts';

export type { Logger };

/** Lines are written together: a write for each one cost a tenth of a request's CPU. */
const BUFFER_BYTES = 64_000;
const FLUSH_MS = 250;

export interface Log extends Logger {
  /**
   * Writes one whole line: for what is written with every request, whose fields are known, and where
   * a general serializer took four times as long.
   */
  line(text: string): void;
}

interface Destination {
  write(text: string): void;
  flush(): void;
}

/**
 * `to`: how lines look on standard output, or who takes whole lines of JSON in its place, without the
 * end of the last one.
 */
export function createLogger(
  level: LogLevel,
  to: LogFormat | ((lines: string) => void) = 'json',
): Log {
  const destination = typeof to === 'string' ? output(to) : handingOver(to);
  let lines = '';
  let timer: NodeJS.Timeout | undefined;

  /** Handed over together too: the destination measures what it is given each time. */
  function handOver(): void {
    clearTimeout(timer);
    timer = undefined;
    if (lines === '') return;
    destination.write(lines);
    lines = '';
  }

  const logger = pino({ level, base: null }, destination);
  return Object.assign(logger, {
    line(text: string) {
      lines += `${text}\n`;
      if (lines.length >= BUFFER_BYTES) handOver();
      else timer ??= setTimeout(handOver, FLUSH_MS).unref();
    },
    flush() {
      handOver();
      destination.flush();
    },
  });
}

const STANDARD_OUTPUT = 1;

function output(format: LogFormat): Destination {
  const isTerminal = isatty(STANDARD_OUTPUT);
  const plain = standardOutput();
  if (format === 'json' || (format === 'auto' && !isTerminal)) return plain;
  const hasColour = isTerminal && (environment['NO_COLOR'] ?? '') === '';
  return {
    write: (text) => plain.write(prettyLines(text, hasColour)),
    flush: plain.flush.bind(plain),
  };
}

function standardOutput(): Destination {
  return pino.destination({
    fd: STANDARD_OUTPUT,
    sync: false,
    minLength: BUFFER_BYTES,
    maxWrite: 2 * BUFFER_BYTES,
    periodicFlush: FLUSH_MS,
  });
}

function handingOver(take: (lines: string) => void): Destination {
  return { write: (text) => take(text.slice(0, -1)), flush: () => undefined };
}
