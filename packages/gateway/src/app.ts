/** Composition root: the workers that serve clients, and the pages for whoever runs them. */
import { availableParallelism, platform } from 'node:os';
import { storedResponsesText } from './control-plane/metrics/stored-responses.ts';
import { newId } from './lib/ids.ts';
import { createLogger, type Log } from './lib/log.ts';
import { requestIdOf } from './lib/request-id.ts';
import { draining } from './model/readiness.ts';
import type { ResponseCounts } from './model/responses.ts';
import type { Settings } from './model/settings.ts';
import { answerAdmin } from './server/admin.ts';
import { answerHealth } from './server/health.ts';
import { type HttpServer, listen } from './server/http.ts';
import type { Serving, ServingOptions, WorkerCounts } from './serving.ts';
import { createShared } from './shared.ts';
import { createResponseMemory } from './stores/responses/memory.ts';

export interface Gateway {
  readonly proxyPort: number;
  readonly metricsPort: number;
  readonly log: Log;
  /** Takes no new connections, lets running exchanges end within the drain time, then resolves. */
  close(): Promise<void>;
  /**
   * Takes over new settings; exchanges that run keep theirs. Ports, address, log level, workers and
   * stores stay as they were. Rejects, and changes nothing, when the settings cannot be used.
   */
  reload(settings: Settings): Promise<void>;
}

interface StartOptions {
  /** The operator did not choose the address: this machine only, where others could spend the channels' keys. */
  readonly mayNarrow?: boolean;
}

/** A process with workers needs nothing of what they do. */
async function serve(
  settings: Settings,
  workers: number,
  options: Omit<ServingOptions, 'reusePort'>,
): Promise<Serving> {
  if (workers === 1) {
    const { startServing } = await import('./serving.ts');
    return startServing(settings, { ...options, reusePort: false });
  }
  const { startWorkers } = await import('./workers/pool.ts');
  return startWorkers(workers, settings, options);
}

/** Where the kernel spreads connections over all who listen on one port. */
const SPREADING_PLATFORMS: readonly NodeJS.Platform[] = ['linux', 'freebsd'];

/** Rejects when a port cannot be had. */
export async function startGateway(
  settings: Settings,
  { mayNarrow = false }: StartOptions = {},
): Promise<Gateway> {
  const log = createLogger(settings.logLevel, settings.logFormat);
  const workers = workersOf(settings);
  const { store } = settings.responses;
  const responses = store === 'memory' ? createResponseMemory(settings.responses) : undefined;
  const options = { log, shared: createShared(), responses, mayNarrow };
  const serving = await serve(settings, workers, options);
  let isDraining = false;
  const counts = responses?.counts;
  const pages = await listenForPages(settings, {
    serving,
    counts,
    isDraining: () => isDraining,
  }).catch(async (cause: unknown) => {
    await serving.close();
    throw cause;
  });
  const { proxyPort, host, reload } = serving;
  log.info({ proxyPort, metricsPort: pages.port, host, workers }, 'listening');
  if (host !== settings.host)
    log.warn(
      { host },
      'listening on this machine only: channels hold keys and nobody is asked for one; set PROXY_HOST to open it, or make keys',
    );

  async function close(): Promise<void> {
    if (isDraining) return;
    isDraining = true;
    await serving.close();
    pages.close();
    log.flush();
    log.info('stopped');
    log.flush();
  }

  return { proxyPort, metricsPort: pages.port, log, close, reload };
}

function workersOf({ workers }: Settings): number {
  if (workers !== 'cores') return workers;
  return SPREADING_PLATFORMS.includes(platform()) ? availableParallelism() : 1;
}

function workerMetrics({ running, restarts }: WorkerCounts): string {
  return `# HELP dragoman_workers Workers that serve clients.
# TYPE dragoman_workers gauge
dragoman_workers ${running}
# HELP dragoman_worker_restarts_total Workers that died and were replaced.
# TYPE dragoman_worker_restarts_total counter
dragoman_worker_restarts_total ${restarts}
`;
}

interface Shown {
  readonly serving: Serving;
  /** Of the answers in the memory of this process; undefined: they are elsewhere. */
  readonly counts: (() => ResponseCounts) | undefined;
  isDraining(): boolean;
}

function listenForPages(
  { metricsPort }: Settings,
  { serving, counts, isDraining }: Shown,
): Promise<HttpServer> {
  const health = {
    readiness: () => (isDraining() ? draining : serving.readiness()),
    page: async () =>
      (await serving.page()) +
      workerMetrics(serving.workers()) +
      (counts === undefined ? '' : storedResponsesText(counts())),
  };
  return listen(
    (raw, reply) => {
      if (answerHealth(raw, reply, health) || answerAdmin(raw, reply, serving)) return;
      const requestId = requestIdOf(raw.header('x-request-id'), newId);
      reply.head(404, { 'content-type': 'text/plain', 'x-request-id': requestId });
      reply.end('not found; try /metrics, /healthz, /readyz or POST /admin/explain\n');
    },
    { port: metricsPort, host: serving.host, reusePort: false },
  );
}
