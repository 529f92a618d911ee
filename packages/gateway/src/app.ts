/** Composition root: the only file that knows every part. */
import { compile } from './control-plane/compile.ts';
import { createTelemetry } from './control-plane/telemetry.ts';
import { handle, type Services } from './data-plane/handle.ts';
import { createUpstreamClient } from './data-plane/upstream.ts';
import { nowSeconds } from './lib/clock.ts';
import { newId } from './lib/ids.ts';
import { createLogger } from './lib/log.ts';
import { createTimer } from './lib/timer.ts';
import type { Settings } from './model/settings.ts';
import { answerHealth } from './server/health.ts';
import { listen } from './server/http.ts';

export interface Gateway {
  readonly proxyPort: number;
  readonly metricsPort: number;
  /** Takes no new connections, lets running exchanges end within the drain time, then resolves. */
  close(): Promise<void>;
}

/** Rejects when a port cannot be had. */
export async function startGateway(settings: Settings): Promise<Gateway> {
  const log = createLogger(settings.logLevel);
  const snapshot = compile(settings);
  const telemetry = createTelemetry(log);
  const client = createUpstreamClient({ connectMs: settings.timeouts.connectMs });
  const running = new Set<() => void>();
  const services: Services = {
    client,
    telemetry,
    environment: { newId, nowSeconds },
    log,
    shutdown: running,
  };
  let isDraining = false;
  const health = { isReady: () => !isDraining, page: telemetry.page };

  const proxy = await listen(
    (raw, reply) => {
      if (answerHealth(raw, reply, { isReady: health.isReady })) return;
      void handle({ raw, reply }, snapshot, services);
    },
    { port: settings.proxyPort, host: settings.host },
  );
  const metrics = await listen(
    (raw, reply) => {
      if (answerHealth(raw, reply, health)) return;
      reply.head(404, { 'content-type': 'text/plain' });
      reply.end('not found; try /metrics, /healthz or /readyz\n');
    },
    { port: settings.metricsPort, host: settings.host },
  ).catch((cause: unknown) => {
    proxy.close();
    throw cause;
  });
  log.info({ proxyPort: proxy.port, metricsPort: metrics.port, host: settings.host }, 'listening');

  async function close(): Promise<void> {
    if (isDraining) return;
    isDraining = true;
    const limit = createTimer();
    limit.set(settings.timeouts.drainMs, () => {
      for (const stop of running) stop();
    });
    await proxy.drain();
    limit.clear();
    metrics.close();
    await client.close();
    log.info('stopped');
    log.flush();
  }

  return { proxyPort: proxy.port, metricsPort: metrics.port, close };
}
