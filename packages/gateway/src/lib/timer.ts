/** One re-armable timer; 0 milliseconds means never. */

export interface Timer {
  /** Starts over, from now. */
  refresh(): void;
  /** Starts over with another bound and another consequence. */
  set(milliseconds: number, onTime: () => void): void;
  clear(): void;
}

export function createTimer(): Timer {
  let handle: NodeJS.Timeout | undefined;

  function clear(): void {
    clearTimeout(handle);
    handle = undefined;
  }

  return {
    refresh: () => handle?.refresh(),
    set(milliseconds, onTime) {
      clear();
      if (milliseconds > 0) handle = setTimeout(onTime, milliseconds);
    },
    clear,
  };
}
