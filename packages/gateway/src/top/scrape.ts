/** One look at the metrics page of a gateway, within bounds of time and bytes. */
import { nowMs } from '../lib/clock.ts';
import { harmless } from './cells.ts';
import { metricNames } from './metric-names.ts';
import { parsePage } from './parse.ts';
import type { Scrape } from './rates.ts';

const TIMEOUT_MS = 5_000;
const BYTES_MAX = 64 * 1024 * 1024;

interface Bounds {
  readonly timeoutMs?: number;
  readonly bytesMax?: number;
  /** Nobody waits for the page any more. */
  readonly signal?: AbortSignal;
}

/** The address of the page; undefined: the text names none, or holds a password. */
export function pageUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  if (url.pathname === '/') url.pathname = '/metrics';
  return url.href;
}

/** Rejects with an Error that says in a few harmless words what is wrong with the page. */
export async function scrape(
  url: string,
  { timeoutMs = TIMEOUT_MS, bytesMax = BYTES_MAX, signal }: Bounds = {},
): Promise<Scrape> {
  const timeout = AbortSignal.timeout(timeoutMs);
  let text: string;
  try {
    const response = await fetch(url, {
      redirect: 'error',
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    if (response.status !== 200) throw new Error(`it answers ${response.status}`);
    text = await readText(response, bytesMax);
  } catch (cause) {
    if (timeout.aborted) throw new Error(`no answer within ${timeoutMs / 1_000} s`, { cause });
    throw new Error(harmless(reasonOf(cause)), { cause });
  }
  const page = parsePage(text, metricNames);
  if (!page.samples.values().some(({ name }) => name === 'dragoman_build_info')) {
    throw new Error('it answers, but with something else than the metrics of Dragoman');
  }
  return { page, takenAtMs: nowMs() };
}

async function readText({ body }: Response, bytesMax: number): Promise<string> {
  if (body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw new Error(`its page has more than ${bytesMax} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** What `fetch` says itself is always the same; the reason is below. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { cause } = thrown;
  if (!(cause instanceof Error)) return thrown.message;
  const code = 'code' in cause ? String(cause.code) : '';
  return cause.message === '' ? code : cause.message;
}
