/** One worker's whole work: takes clients' requests, and answers what the operator's pages ask of it. */
import type { JsonValue } from 'ai-api-converter';
import { createTelemetry } from './control-plane/telemetry.ts';
import { explain, questionOf } from './data-plane/explain.ts';
import { generationAt } from './data-plane/ingress.ts';
import { createUpstreamClient } from './data-plane/upstream.ts';
import type { Services } from './data-plane/visit.ts';
import { createEndpoints } from './endpoints/index.ts';
import { nowSeconds } from './lib/clock.ts';
import { createIds } from './lib/ids.ts';
import type { Log } from './lib/log.ts';
import { createTimer } from './lib/timer.ts';
import { createMediaFetcher } from './media/fetcher.ts';
import { draining, type Readiness } from './model/readiness.ts';
import type { ResponseStore } from './model/responses.ts';
import type { Settings } from './model/settings.ts';
import { openRunning } from './running.ts';
import { replyAcrossOrigins } from './server/cors.ts';
import { answerHealth } from './server/health.ts';
import { listen } from './server/http.ts';
import type { Shared } from './shared.ts';
import type { RunningTraces } from './traces/traces.ts';

export interface WorkerCounts {
  readonly running: number;
  /** Of those that died. */
  readonly restarts: number;
}

export interface Serving {
  readonly proxyPort: number;
  /** The address that it listens on. */
  readonly host: string;
  workers(): WorkerCounts;
  /** Its metrics in Prometheus text format. */
  page(): Promise<string>;
  readiness(): Promise<Readiness>;
  /** Rejects with GatewayError for what is no question. */
  explain(question: JsonValue): Promise<unknown>;
  /** Rejects, and changes nothing, when the settings cannot be used. */
  reload(settings: Settings): Promise<void>;
  /** Takes no new connections, lets running exchanges end within the drain time, then resolves. */
  close(): Promise<void>;
}

export interface ServingOptions {
  readonly log: Log;
  readonly shared: Shared;
  /** What this machine keeps of answers, closed by who serves; undefined: nothing. */
  readonly responses: ResponseStore | undefined;
  /** The operator did not choose the address: this machine only, where others could spend the channels' keys. */
  readonly mayNarrow: boolean;
  /** Others listen on the same port, and connections are spread over them. */
  readonly reusePort: boolean;
}

/** Rejects when the port cannot be had, or something else that was asked for. */
export async function startServing(
  settings: Settings,
  { log, shared, responses, mayNarrow, reusePort }: ServingOptions,
): Promise<Serving> {
  const traces = await tracesOf(settings, log);
  const telemetry = createTelemetry(log);
  const running = await openRunning(settings, { log, telemetry, shared, responses, mayNarrow });
  const client = createUpstreamClient();
  const exchanges = new Set<() => void>();
  const services: Services = {
    client,
    fetchMedia: createMediaFetcher(),
    telemetry,
    meter: running.meter,
    responses: running.responses,
    environment: { newId: createIds(), nowSeconds },
    log,
    shutdown: exchanges,
    traces,
  };
  const endpoints = createEndpoints();
  // A fault of ours in one request must not end the others.
  const unsettled = (cause: unknown): void =>
    log.error({ err: cause }, 'a request was answered and could not be counted');
  let isDraining = false;
  const health = { readiness: () => (isDraining ? draining : telemetry.readiness()) };
  const { host } = running;
  const proxy = await listen(
    (raw, plainReply) => {
      const snapshot = running.snapshot();
      const reply = replyAcrossOrigins(raw, plainReply, snapshot.corsOrigins);
      if (reply === undefined || answerHealth(raw, reply, health)) return;
      const byPath = generationAt(raw);
      endpoints.serve({ raw, reply, snapshot, services, byPath }).catch(unsettled);
    },
    { port: settings.proxyPort, host, reusePort },
  ).catch(async (cause: unknown) => {
    await running.close();
    throw cause;
  });

  return {
    proxyPort: proxy.port,
    host,
    workers: () => ({ running: 1, restarts: 0 }),
    page: telemetry.page,
    readiness: async () => health.readiness(),
    explain: async (question) =>
      explain(questionOf(question), running.snapshot(), endpoints.explaining(services)),
    reload: async (next) => running.reload(next),
    async close() {
      if (isDraining) return;
      isDraining = true;
      const limit = createTimer();
      limit.set(settings.timeouts.drainMs, () => {
        for (const stop of exchanges) stop();
      });
      await proxy.drain();
      limit.clear();
      await client.close();
      await running.close();
      // After it, since it may wait for what exchanges used.
      await traces?.close();
    },
  };
}

/** What they need is not loaded where they are off. */
async function tracesOf({ traces }: Settings, log: Log): Promise<RunningTraces | undefined> {
  if (traces === undefined) return undefined;
  const { startTraces } = await import('./traces/traces.ts');
  return startTraces(traces, log);
}
