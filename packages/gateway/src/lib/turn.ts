/** What is done together at the end of a turn of the event loop, after all that arrived in it was handled. */

/**
 * A write that wakes the other side costs several times one that does not, and whoever was woken for the
 * first of a turn is awake for the others. From this many exchanges on it is worth waiting for the others:
 * a quarter less CPU a request with 16, a tenth less with 4, a tenth more with 2 (measured).
 */
export const CROWD_MIN = 4;

export interface Turn {
  /** Runs it once at the end of this turn; the caller sees to it that it is not added twice. It must not throw. */
  atEnd(task: () => void): void;
}

export function createTurn(): Turn {
  let tasks: (() => void)[] = [];

  function end(): void {
    const due = tasks;
    tasks = [];
    for (const task of due) task();
  }

  return {
    atEnd(task) {
      if (tasks.length === 0) setImmediate(end);
      tasks.push(task);
    },
  };
}
