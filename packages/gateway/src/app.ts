/** Composition root: the servers, the client, and what requests run with. */
import { createTelemetry } from './control-plane/telemetry.ts';
import { explain, questionOf } from './data-plane/explain.ts';
import { handle, type Services } from './data-plane/handle.ts';
import { createUpstreamClient } from './data-plane/upstream.ts';
import { nowSeconds } from './lib/clock.ts';
import { createIds } from './lib/ids.ts';
import { createLogger, type Logger } from './lib/log.ts';
import { createTimer } from './lib/timer.ts';
import type { Settings } from './model/settings.ts';
import { openRunning } from './running.ts';
import { type Admin, answerAdmin } from './server/admin.ts';
import { answerHealth } from './server/health.ts';
import { type HttpServer, type Listener, listen } from './server/http.ts';

export interface Gateway {
  readonly proxyPort: number;
  readonly metricsPort: number;
  readonly log: Logger;
  /** Takes no new connections, lets running exchanges end within the drain time, then resolves. */
  close(): Promise<void>;
  /**
   * Takes over new settings; exchanges that run keep theirs. Ports, address, log level and stores
   * stay as they were. Throws, and changes nothing, when the settings cannot be used.
   */
  reload(settings: Settings): void;
}

interface StartOptions {
  /** The operator did not choose the address: this machine only, where others could spend the channels' keys. */
  readonly mayNarrow?: boolean;
}

/** Rejects when a port cannot be had. */
export async function startGateway(
  settings: Settings,
  { mayNarrow = false }: StartOptions = {},
): Promise<Gateway> {
  const log = createLogger(settings.logLevel);
  const telemetry = createTelemetry(log);
  const running = await openRunning(settings, { log, telemetry, mayNarrow });
  const client = createUpstreamClient();
  const exchanges = new Set<() => void>();
  const services: Services = {
    client,
    telemetry,
    meter: running.meter,
    environment: { newId: createIds(), nowSeconds },
    log,
    shutdown: exchanges,
  };
  let isDraining = false;
  const health = { isReady: () => !isDraining, page: telemetry.page };
  const admin: Admin = {
    explain: (question) => explain(questionOf(question), running.snapshot(), services.environment),
  };
  const { host, reload } = running;
  const [proxy, metrics] = await listenOnBoth(
    { ...settings, host },
    {
      proxy(raw, reply) {
        if (answerHealth(raw, reply, { isReady: health.isReady })) return;
        void handle({ raw, reply }, running.snapshot(), services);
      },
      metrics(raw, reply) {
        if (answerHealth(raw, reply, health) || answerAdmin(raw, reply, admin)) return;
        reply.head(404, { 'content-type': 'text/plain' });
        reply.end('not found; try /metrics, /healthz, /readyz or POST /admin/explain\n');
      },
    },
  ).catch(async (cause: unknown) => {
    await running.close();
    throw cause;
  });
  log.info({ proxyPort: proxy.port, metricsPort: metrics.port, host }, 'listening');
  if (host !== settings.host)
    log.warn(
      { host },
      'listening on this machine only: channels hold keys and nobody is asked for one; set PROXY_HOST to open it, or make keys',
    );

  async function close(): Promise<void> {
    if (isDraining) return;
    isDraining = true;
    const limit = createTimer();
    limit.set(settings.timeouts.drainMs, () => {
      for (const stop of exchanges) stop();
    });
    await proxy.drain();
    limit.clear();
    metrics.close();
    await client.close();
    await running.close();
    log.info('stopped');
    log.flush();
  }

  return { proxyPort: proxy.port, metricsPort: metrics.port, log, close, reload };
}

interface Listeners {
  readonly proxy: Listener;
  readonly metrics: Listener;
}

async function listenOnBoth(
  { host, proxyPort, metricsPort }: Settings,
  listeners: Listeners,
): Promise<readonly [HttpServer, HttpServer]> {
  const proxy = await listen(listeners.proxy, { port: proxyPort, host });
  try {
    return [proxy, await listen(listeners.metrics, { port: metricsPort, host })];
  } catch (cause) {
    proxy.close();
    throw cause;
  }
}
