/** The log: JSON lines on standard output. */
import { type Logger, pino } from 'pino';
import type { LogLevel } from '../model/settings.ts';

export type { Logger };

/** Lines are written together: a write for each one cost a tenth of a request's CPU. */
const BUFFER_BYTES = 16_000;
const FLUSH_MS = 250;

export function createLogger(level: LogLevel): Logger {
  const destination = { fd: 1, sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_MS };
  return pino({ level, base: null }, pino.destination(destination));
}
