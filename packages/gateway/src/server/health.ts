/** Health, readiness and metrics: answered beside the data plane, without authentication. */
import { newId } from '../lib/ids.ts';
import { requestIdOf } from '../lib/request-id.ts';
import type { RawRequest, Reply } from '../model/http.ts';
import type { MaybePromise } from '../model/limits.ts';
import type { Readiness } from '../model/readiness.ts';

interface Health {
  readiness(): MaybePromise<Readiness>;
  /** Where metrics may be read; undefined on the clients' port. */
  readonly page?: () => Promise<string>;
}

/** Of the Prometheus text format. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** True when the request was for one of these and has been answered. */
export function answerHealth(raw: RawRequest, reply: Reply, health: Health): boolean {
  if (raw.method !== 'GET' && raw.method !== 'HEAD') return false;
  const send = (page: Page): true => answer(raw, reply, page);
  if (raw.path === '/healthz') return send({ status: 200, text: 'ok\n' });
  if (raw.path === '/readyz') {
    void Promise.resolve(health.readiness()).then(
      (readiness) => send(readyPage(readiness)),
      () => send(readyPage({ reasons: ['workers'], degraded: [] })),
    );
    return true;
  }
  // Some agents probe the base URL before their first request.
  if (raw.path === '/' && raw.method === 'HEAD') return send({ status: 200, text: '' });
  if (raw.path !== '/metrics' || health.page === undefined) return false;
  void health.page().then(
    (text) => send({ status: 200, text, contentType: METRICS_TYPE }),
    () => send({ status: 500, text: 'metrics could not be gathered\n' }),
  );
  return true;
}

/** What is missing everywhere does not count: a balancer would be left with no gateway at all. */
function readyPage({ reasons, degraded }: Readiness): Page {
  const isReady = reasons.length === 0;
  const told = {
    status: isReady ? 'ready' : 'not ready',
    ...(isReady ? {} : { reasons }),
    ...(degraded.length > 0 && { degraded }),
  };
  const text = `${JSON.stringify(told)}\n`;
  return { status: isReady ? 200 : 503, text, contentType: 'application/json' };
}

interface Page {
  readonly status: number;
  readonly text: string;
  readonly contentType?: string;
}

function answer(raw: RawRequest, reply: Reply, page: Page): true {
  const { status, text, contentType = 'text/plain; charset=utf-8' } = page;
  if (reply.isGone()) return true;
  reply.head(status, {
    'x-request-id': requestIdOf(raw.header('x-request-id'), newId),
    'content-type': contentType,
    'content-length': String(Buffer.byteLength(text)),
  });
  reply.end(text);
  return true;
}
