/** Health, readiness and metrics: answered beside the data plane, without authentication. */
import type { RawRequest, Reply } from '../model/http.ts';

interface Health {
  isReady(): boolean;
  /** Where metrics may be read; undefined on the clients' port. */
  readonly page?: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

/** True when the request was for one of these and has been answered. */
export function answerHealth(raw: RawRequest, reply: Reply, health: Health): boolean {
  if (raw.method !== 'GET' && raw.method !== 'HEAD') return false;
  if (raw.path === '/healthz') return answer(reply, { status: 200, text: 'ok\n' });
  if (raw.path === '/readyz') {
    return answer(
      reply,
      health.isReady() ? { status: 200, text: 'ready\n' } : { status: 503, text: 'draining\n' },
    );
  }
  // Some agents probe the base URL before their first request.
  if (raw.path === '/' && raw.method === 'HEAD') return answer(reply, { status: 200, text: '' });
  if (raw.path !== '/metrics' || health.page === undefined) return false;
  void health.page().then(
    (page) => answer(reply, { status: 200, ...page }),
    () => answer(reply, { status: 500, text: 'metrics could not be gathered\n' }),
  );
  return true;
}

interface Page {
  readonly status: number;
  readonly text: string;
  readonly contentType?: string;
}

function answer(
  reply: Reply,
  { status, text, contentType = 'text/plain; charset=utf-8' }: Page,
): true {
  reply.head(status, {
    'content-type': contentType,
    'content-length': String(Buffer.byteLength(text)),
  });
  reply.end(text);
  return true;
}
