/** One connection to Redis that comes back: after a loss, and when the other side has fallen silent. */
import { createClient } from '@redis/client';
import { nowMs } from '../../lib/clock.ts';
import { random } from '../../lib/random.ts';
import { withDeadline } from './deadline.ts';

export interface Connection {
  isReady(): boolean;
  send(words: readonly string[]): Promise<unknown>;
  /** Lets running calls end, for at most `withinMs`. */
  close(withinMs: number): Promise<void>;
}

export interface ConnectionSettings {
  readonly url: string;
  readonly onReady: () => void;
}

const CONNECT_MS = 1000;
const RECONNECT_FIRST_MS = 20;
const RECONNECT_MOST_MS = 400;
/** A path that lost its packets comes back by a new connection long before it does by itself. */
const SILENCE_MOST_MS = 2000;

interface Line {
  readonly client: ReturnType<typeof openClient>;
  running: number;
  /** The last answer, or when a connection was last begun. */
  heardMs: number;
  isClosed: boolean;
}

export function createConnection(settings: ConnectionSettings): Connection {
  let line = openLine(settings);
  let isClosed = false;

  return {
    isReady() {
      if (isSilent(line) && !isClosed) {
        closeLine(line);
        line = openLine(settings);
      }
      return line.client.isReady;
    },
    async send(words) {
      const used = line;
      if (used.running === 0) used.heardMs = nowMs();
      used.running += 1;
      try {
        return await used.client.sendCommand(words);
      } finally {
        used.running -= 1;
        used.heardMs = nowMs();
      }
    },
    async close(withinMs) {
      isClosed = true;
      const { client } = line;
      if (client.isReady) await withDeadline(client.close(), withinMs).catch(ignore);
      closeLine(line);
    },
  };
}

/** Calls wait, or the greeting does that comes before the first one. */
function isSilent({ client, running, heardMs }: Line): boolean {
  return (running > 0 || !client.isReady) && nowMs() - heardMs > SILENCE_MOST_MS;
}

function openLine({ url, onReady }: ConnectionSettings): Line {
  const line: Line = { client: openClient(url), running: 0, heardMs: nowMs(), isClosed: false };
  const { client } = line;
  // Whoever calls is told by the call; without a listener the event would end the process.
  client.on('error', () => {
    line.heardMs = nowMs();
  });
  client.on('ready', () => {
    // A connection that was just being made when it was closed is made all the same.
    if (line.isClosed) client.destroy();
    else onReady();
  });
  client.connect().catch(ignore);
  return line;
}

function closeLine(line: Line): void {
  line.isClosed = true;
  line.client.destroy();
}

function openClient(url: string) {
  return createClient({
    url,
    // Servers that only resemble Redis know the older protocol; nothing of the newer is needed.
    RESP: 2,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    disableOfflineQueue: true,
    socket: { connectTimeout: CONNECT_MS, reconnectStrategy: reconnectAfterMs },
  });
}

function reconnectAfterMs(retries: number): number {
  const waitMs = Math.min(RECONNECT_MOST_MS, RECONNECT_FIRST_MS * 2 ** retries);
  return waitMs * (0.75 + random() / 2);
}

function ignore(): void {}
