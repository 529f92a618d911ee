/** The three clocks of a running stream: the upstream's silence, the line's quiet, the client's stall. */
import { createTimer } from '../lib/timer.ts';
import type { Timeouts } from '../model/settings.ts';

export interface Watch {
  /** Something came from the upstream. */
  moved(): void;
  /** The client takes nothing more for now; the upstream is not to blame for its silence. */
  blocked(): void;
  unblocked(): void;
  clear(): void;
}

interface Alarms {
  /** The upstream said nothing for too long. */
  silent(): void;
  /** Nothing was written for a while; called again and again. */
  quiet(): void;
  /** The client read nothing for too long. */
  stalled(): void;
}

export function startWatch(timeouts: Timeouts, alarms: Alarms): Watch {
  const silence = createTimer();
  const quiet = createTimer();
  const stall = createTimer();

  function onQuiet(): void {
    alarms.quiet();
    quiet.set(timeouts.keepAliveMs, onQuiet);
  }

  function listen(): void {
    silence.set(timeouts.idleMs, alarms.silent);
    quiet.set(timeouts.keepAliveMs, onQuiet);
  }

  listen();
  return {
    moved() {
      silence.refresh();
      quiet.refresh();
    },
    blocked() {
      silence.clear();
      quiet.clear();
      stall.set(timeouts.stalledClientMs, alarms.stalled);
    },
    unblocked() {
      stall.clear();
      listen();
    },
    clear() {
      silence.clear();
      quiet.clear();
      stall.clear();
    },
  };
}
