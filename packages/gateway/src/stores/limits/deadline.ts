/** Answers that may come too late. */

export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

export async function withDeadline<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    // After a pause of this thread timers come first: what has arrived meanwhile is in time.
    setImmediate(() => reject(new DeadlineError(`no answer within ${deadlineMs} ms`)));
  }, deadlineMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
