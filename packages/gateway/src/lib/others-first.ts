/** Between two steps that take long each: what arrived meanwhile is handled before the second. */
import { setImmediate } from 'node:timers/promises';

/** Two turns: the rest of the first is what was known before the step; the sockets are looked at after it. */
export async function othersFirst(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
