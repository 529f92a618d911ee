/** When spans are sent: once enough of them wait, or the first has waited long enough. */
import type { Logger } from '../lib/log.ts';
import { createTimer } from '../lib/timer.ts';
import type { TraceSettings } from '../model/trace-settings.ts';
import { createDelivery } from './delivery.ts';

export interface Sender {
  /** Neither waits nor throws: what there is no room for is dropped. */
  add(span: string): void;
  /** Sends what is left, within a few seconds. */
  close(): Promise<void>;
}

const CLOSE_MS = 5_000;

export function createSender(settings: TraceSettings, log: Logger): Sender {
  const { delayMs, batchMax } = settings;
  const delivery = createDelivery(settings, log);
  const timer = createTimer();
  let state: 'idle' | 'gathering' | 'sending' | 'pausing' | 'closing' = 'idle';
  let sending: Promise<void> = Promise.resolve();

  async function sendOne(): Promise<void> {
    const pauseMs = await delivery.sendBatch();
    if (state === 'closing') return;
    state = 'idle';
    if (pauseMs === undefined) goOn();
    else {
      state = 'pausing';
      timer.set(pauseMs, send);
    }
  }

  function send(): void {
    timer.clear();
    state = 'sending';
    sending = sendOne();
  }

  function goOn(): void {
    if (delivery.waiting() >= batchMax) send();
    else if (delivery.waiting() > 0 && state === 'idle') {
      state = 'gathering';
      timer.set(delayMs, send);
    }
  }

  async function sendAll(): Promise<void> {
    await sending;
    while (delivery.waiting() > 0) await delivery.sendBatch();
  }

  return {
    add(span) {
      if (state === 'closing') return;
      delivery.add(span);
      if (state === 'idle' || state === 'gathering') goOn();
    },
    async close() {
      state = 'closing';
      delivery.hurry();
      timer.set(CLOSE_MS, delivery.end);
      await sendAll();
      timer.clear();
      delivery.end();
    },
  };
}
