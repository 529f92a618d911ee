/** One batch of spans, posted. Whatever the collector does costs a bounded time and no memory. */
import { createTimer } from '../lib/timer.ts';
import { version } from '../lib/version.ts';
import type { Headers } from '../model/http.ts';

export interface Collector {
  readonly url: string;
  readonly headers: Headers;
  readonly timeoutMs: number;
}

/** `later`: it may take them yet. Reasons hold nothing that is secret or that the collector wrote. */
export type Posted =
  | { readonly type: 'taken' }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'later'; readonly reason: string; readonly afterMs: number | undefined };

const transient = new Set([408, 429, 502, 503, 504]);

/** Never rejects. It is `call` that is aborted when it takes too long, by whoever has no more time. */
export async function post(
  { url, headers, timeoutMs }: Collector,
  body: string,
  call: AbortController,
): Promise<Posted> {
  const timer = createTimer();
  timer.set(timeoutMs, () => call.abort());
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        'user-agent': `dragoman/${version}`,
      },
      body,
      // The headers would go along to wherever it points.
      redirect: 'manual',
      signal: call.signal,
    });
    await ignore(response.body);
    return judged(response);
  } catch (cause) {
    const reason = call.signal.aborted ? 'timeout' : reasonOf(cause);
    return { type: 'later', reason, afterMs: undefined };
  } finally {
    timer.clear();
  }
}

function judged({ status, ok, headers }: Response): Posted {
  if (ok) return { type: 'taken' };
  const reason = `status ${status}`;
  if (!transient.has(status)) return { type: 'refused', reason };
  const seconds = headers.get('retry-after') ?? '';
  const afterMs = /^\d{1,9}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
  return { type: 'later', reason, afterMs };
}

/** An answer that is read to its end leaves the connection to the next batch. */
const ANSWER_BYTES_MAX = 65_536;

async function ignore(body: Response['body']): Promise<void> {
  if (body === null) return;
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > ANSWER_BYTES_MAX) return;
  }
}

const codePattern = /^[A-Z][A-Z0-9_]{0,63}$/;

/** Not the message: it may repeat a header or the address. */
function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  if (inner instanceof Error && 'code' in inner && typeof inner.code === 'string')
    return codePattern.test(inner.code) ? inner.code : 'failed';
  return 'failed';
}
