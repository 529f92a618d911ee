/** What the process itself is and needs: memory, processor, delay of the event loop, version. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from '@prometheus-io/client';
import { unixMs } from '../../lib/clock.ts';
import { version } from '../../lib/version.ts';

/** Fine enough to see what clients feel, and rare enough to cost nothing. */
const RESOLUTION_MS = 20;

export function addProcessGauges(registry: Registry): void {
  addGauge(registry, {
    name: 'process_resident_memory_bytes',
    help: 'Memory that the process occupies.',
    read: () => process.memoryUsage.rss(),
  });
  const startedSeconds = unixMs() / 1_000 - process.uptime();
  addGauge(registry, {
    name: 'process_start_time_seconds',
    help: 'When the process began, in seconds since 1970.',
    read: () => startedSeconds,
  });
  addGauge(registry, {
    name: 'dragoman_event_loop_lag_seconds',
    help: 'How late the event loop was since the page was last read, 99th percentile.',
    read: createLag(),
  });
  addProcessorTime(registry);
  const build = new Gauge({
    name: 'dragoman_build_info',
    help: 'Always 1; its labels say what runs.',
    labelNames: ['version', 'node'],
    registers: [registry],
  });
  build.set({ version, node: process.version }, 1);
}

interface Reading {
  readonly name: string;
  readonly help: string;
  read(): number;
}

function addGauge(registry: Registry, { name, help, read }: Reading): void {
  const gauge = new Gauge({
    name,
    help,
    registers: [],
    collect() {
      this.set(read());
    },
  });
  registry.registerMetric(gauge);
}

function addProcessorTime(registry: Registry): void {
  const counter = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time that the process used, that of its threads included.',
    registers: [],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  registry.registerMetric(counter);
}

/** Node counts the distance between two looks, so the distance that was meant is no delay. */
function createLag(): () => number {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  return () => {
    const lateMs = delays.count === 0 ? 0 : delays.percentile(99) / 1e6 - RESOLUTION_MS;
    delays.reset();
    return Math.max(0, lateMs) / 1_000;
  };
}
