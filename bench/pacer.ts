/**
 * Many streams of which each gets an event a period: they are spread over slots of the period, and all
 * of a slot share the bytes of the event, which tell when it was written.
 */
import type { Socket } from 'node:net';
import { answers, chunkOf, type FormatId, LAST_CHUNK, STREAM_HEAD, TEXT_MARK } from './answers.ts';
import { nowMicroseconds } from './clock.ts';

const SLOT_MS = 2;

interface Stream {
  readonly socket: Socket;
  readonly format: FormatId;
  left: number;
}

export interface Pacer {
  add(socket: Socket, format: FormatId): void;
  /** How far behind its time an event was written at most, and how many streams were open at once. */
  state(): { readonly lateMsMax: number; readonly openMax: number };
  close(): void;
}

export function createPacer(perSecond: number, events: number): Pacer {
  const periodMs = 1000 / perSecond;
  const slots = Array.from({ length: Math.max(1, Math.round(periodMs / SLOT_MS)) }, () => {
    return new Set<Stream>();
  });
  const slotMs = periodMs / slots.length;
  let next = 0;
  let nextMs = performance.now();
  let filling = 0;
  let open = 0;
  let lateMsMax = 0;
  let openMax = 0;

  function turn(): void {
    const now = performance.now();
    // Nothing is late while nobody waits.
    if (open === 0) nextMs = Math.max(nextMs, now - slotMs);
    while (nextMs <= now) {
      lateMsMax = Math.max(lateMsMax, now - nextMs);
      const slot = slots[next];
      if (slot !== undefined && slot.size > 0) writeTo(slot);
      next = (next + 1) % slots.length;
      nextMs += slotMs;
    }
  }

  function writeTo(slot: Set<Stream>): void {
    const bytes = new Map<FormatId, Buffer>();
    for (const stream of slot) {
      if (stream.socket.destroyed) {
        leave(slot, stream);
        continue;
      }
      let event = bytes.get(stream.format);
      if (event === undefined) {
        event = textChunk(stream.format);
        bytes.set(stream.format, event);
      }
      stream.socket.write(event);
      stream.left -= 1;
      if (stream.left > 0) continue;
      stream.socket.write(`${chunkOf(answers[stream.format].closing)}${LAST_CHUNK}`);
      leave(slot, stream);
    }
  }

  function leave(slot: Set<Stream>, stream: Stream): void {
    slot.delete(stream);
    open -= 1;
  }

  const timer = setInterval(turn, 1);
  return {
    add(socket, format) {
      const opening = answers[format].opening;
      const first = opening === '' ? '' : chunkOf(opening);
      // The first event comes at once, so that the time to it is the proxy's.
      socket.write(STREAM_HEAD + first + textChunk(format).toString('latin1'), 'latin1');
      open += 1;
      openMax = Math.max(openMax, open);
      filling = (filling + 1) % slots.length;
      slots[filling]?.add({ socket, format, left: events - 1 });
    },
    state: () => ({ lateMsMax, openMax }),
    close() {
      clearInterval(timer);
      for (const { socket } of slots.flatMap((slot) => [...slot])) socket.destroy();
    },
  };
}

function textChunk(format: FormatId): Buffer {
  return Buffer.from(chunkOf(answers[format].text(` ${TEXT_MARK}${nowMicroseconds()}`)));
}
