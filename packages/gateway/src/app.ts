/** Composition root: the only file that knows every part. */
import { createRegistry } from './channels/registry.ts';
import { channelSettingsOf } from './control-plane/channels.ts';
import { compile } from './control-plane/compile.ts';
import { logHealth } from './control-plane/health-log.ts';
import { createTelemetry } from './control-plane/telemetry.ts';
import { explain, questionOf } from './data-plane/explain.ts';
import { handle, type Services } from './data-plane/handle.ts';
import { createUpstreamClient } from './data-plane/upstream.ts';
import { nowSeconds } from './lib/clock.ts';
import { createIds } from './lib/ids.ts';
import { createLogger, type Logger } from './lib/log.ts';
import { createTimer } from './lib/timer.ts';
import type { Settings } from './model/settings.ts';
import { type Admin, answerAdmin } from './server/admin.ts';
import { answerHealth } from './server/health.ts';
import { listen } from './server/http.ts';

export interface Gateway {
  readonly proxyPort: number;
  readonly metricsPort: number;
  readonly log: Logger;
  /** Takes no new connections, lets running exchanges end within the drain time, then resolves. */
  close(): Promise<void>;
  /**
   * Takes over new settings; exchanges that run keep theirs. Ports, address and log level stay as
   * they were. Throws, and changes nothing, when the settings cannot be used.
   */
  reload(settings: Settings): void;
}

/** Rejects when a port cannot be had. */
export async function startGateway(settings: Settings): Promise<Gateway> {
  const log = createLogger(settings.logLevel);
  const registry = createRegistry((channelId, change) => logHealth(log, channelId, change));
  let snapshot = compile(settings, registry);
  const telemetry = createTelemetry(log);
  const client = createUpstreamClient();
  const running = new Set<() => void>();
  const services: Services = {
    client,
    telemetry,
    environment: { newId: createIds(), nowSeconds },
    log,
    shutdown: running,
  };
  let isDraining = false;
  const health = { isReady: () => !isDraining, page: telemetry.page };

  const admin: Admin = {
    explain: (question) => explain(questionOf(question), snapshot, services.environment),
  };

  const proxy = await listen(
    (raw, reply) => {
      if (answerHealth(raw, reply, { isReady: health.isReady })) return;
      void handle({ raw, reply }, snapshot, services);
    },
    { port: settings.proxyPort, host: settings.host },
  );
  const metrics = await listen(
    (raw, reply) => {
      if (answerHealth(raw, reply, health) || answerAdmin(raw, reply, admin)) return;
      reply.head(404, { 'content-type': 'text/plain' });
      reply.end('not found; try /metrics, /healthz, /readyz or POST /admin/explain\n');
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

  return {
    proxyPort: proxy.port,
    metricsPort: metrics.port,
    log,
    close,
    reload(next) {
      snapshot = compile(next, registry);
      registry.keep(channelSettingsOf(next));
    },
  };
}
