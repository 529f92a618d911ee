/** Writes a stream as a case wants it: cut at odd places, held back, or broken off. */
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Answering, Dialect, Place } from './script.ts';

export interface Writing {
  readonly reply: Answering;
  readonly dialect: Dialect;
  readonly place: Place;
}

export async function writeAnswer(
  response: ServerResponse,
  { reply, dialect, place }: Writing,
): Promise<void> {
  const { said, bytesAtOnce, breaks, hold } = reply;
  const events = dialect.events(said, place);
  const first = said.text?.[0] ?? '';
  // As it stands in JSON, without the quotes.
  const firstWords = JSON.stringify(first).slice(1, -1);
  const begun = events.findIndex((event) => first !== '' && event.includes(firstWords)) + 1;
  const kept = breaks === undefined ? events : events.slice(0, begun);
  for (const [at, event] of kept.entries()) {
    await writeEvent(response, event, bytesAtOnce);
    if (at + 1 === begun && hold !== undefined) await hold;
    if (response.destroyed) return;
  }
  if (breaks === 'reset') {
    // What was written has to leave first.
    await nextTurn();
    response.destroy();
    return;
  }
  response.end(breaks === 'error' ? dialect.errorEvent('conformance: it broke') : undefined);
}

async function writeEvent(
  response: ServerResponse,
  event: string,
  bytesAtOnce: number | undefined,
): Promise<void> {
  const bytes = Buffer.from(event);
  const step = bytesAtOnce ?? bytes.length;
  for (let start = 0; start < bytes.length; start += step) {
    response.write(bytes.subarray(start, start + step));
    if (bytesAtOnce !== undefined) await nextTurn();
  }
}
