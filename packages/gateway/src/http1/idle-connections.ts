/** The connections to one origin that wait for their next exchange. */
import { nowMs } from '../lib/clock.ts';
import { type ClientConnection, cutConnection } from './client-connection.ts';

export interface IdleConnections {
  /** False: it is of no more use. */
  keep(connection: ClientConnection, serverIdleMs: number): boolean;
  take(): ClientConnection | undefined;
  forget(connection: ClientConnection): void;
  cutExpired(): void;
  count(): number;
}

/** Longer than this, middleboxes may have forgotten the connection. */
const IDLE_MS_MAX = 30_000;
/** The server's own clock started earlier, and the next request has a way to go. */
const SERVER_MARGIN_MS = 1_000;
const CONNECTIONS_MAX = 256;

interface Kept {
  readonly connection: ClientConnection;
  readonly untilMs: number;
}

export function createIdleConnections(): IdleConnections {
  /** The one that was used last is taken first, so that no more stay open than are needed. */
  const stack: Kept[] = [];

  return {
    keep(connection, serverIdleMs) {
      const idleMs = Math.min(IDLE_MS_MAX, serverIdleMs - SERVER_MARGIN_MS);
      if (idleMs <= 0 || stack.length >= CONNECTIONS_MAX) return false;
      stack.push({ connection, untilMs: nowMs() + idleMs });
      return true;
    },
    take() {
      if (stack.length === 0) return undefined;
      const now = nowMs();
      for (let kept = stack.pop(); kept !== undefined; kept = stack.pop()) {
        if (kept.untilMs > now) return kept.connection;
        cutConnection(kept.connection);
      }
      return undefined;
    },
    forget(connection) {
      const at = stack.findLastIndex((kept) => kept.connection === connection);
      if (at !== -1) stack.splice(at, 1);
    },
    cutExpired() {
      const now = nowMs();
      const expired = stack.filter(({ untilMs }) => untilMs <= now);
      for (const { connection } of expired) cutConnection(connection);
    },
    count: () => stack.length,
  };
}
