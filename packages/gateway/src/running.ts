/** What requests run with: the snapshot of the settings and everything behind it, replaced while they run. */
import {
  type Backing,
  openBacking,
  openLimits,
  type Reports,
  watchForDatabase,
} from './backing.ts';
import { createRegistry } from './channels/registry.ts';
import { channelSettingsOf } from './control-plane/channels.ts';
import { compile } from './control-plane/compile.ts';
import { logHealth } from './control-plane/health-log.ts';
import type { Metrics } from './control-plane/telemetry.ts';
import type { Log } from './lib/log.ts';
import type { Meter } from './model/metering.ts';
import type { Settings } from './model/settings.ts';
import type { Snapshot } from './model/snapshot.ts';
import { createTokenCounter } from './tokens/count.ts';
import { estimateInputTokens } from './tokens/estimate.ts';
import { countOutput } from './tokens/output.ts';

export interface Running {
  /** For one request, from its beginning to its end. */
  snapshot(): Snapshot;
  readonly meter: Meter;
  /** Channels hold keys, and whoever reaches the gateway could spend them. */
  isOpenPurse(): boolean;
  /** Throws, and changes nothing, when the settings cannot be used. */
  reload(settings: Settings): void;
  /** Once no exchange runs any more. */
  close(): Promise<void>;
}

/** Rejects with an Error for people when something that was asked for cannot be had. */
export async function openRunning(
  first: Settings,
  { log, telemetry }: { readonly log: Log; readonly telemetry: Metrics },
): Promise<Running> {
  const reports = reportsTo(telemetry, log);
  const registry = createRegistry((channelId, change) => logHealth(log, channelId, change));
  const counter = createTokenCounter();
  const limits = openLimits(first, reports);
  let settings = first;
  let backing = await openBacking(settings, reports, limits).catch(async (cause: unknown) => {
    await limits.close();
    throw cause;
  });
  let snapshot = compiled(settings);
  telemetry.watchChannels(registry.states);
  keepUsage(backing);
  const stopWatching = watchForDatabase(first, () => {
    void reopen('keys and usage are kept from now on');
  });

  function compiled(from: Settings): Snapshot {
    const guard = backing.guardFor(from);
    const made = compile(from, { registry, guard, prices: backing.pricesFor(from) });
    telemetry.configured(from);
    return made;
  }

  function keepUsage({ addUsage }: Backing): void {
    if (addUsage !== undefined) telemetry.keepUsage(addUsage);
  }

  /** There are keys where there were none: what is behind the guard is opened anew. */
  async function reopen(message: string): Promise<void> {
    const former = backing;
    try {
      backing = await openBacking(settings, reports, limits);
    } catch (cause) {
      log.error({ err: cause }, 'keys cannot be used');
      return;
    }
    keepUsage(backing);
    snapshot = compiled(settings);
    await former.close();
    log.info(message);
  }

  return {
    snapshot() {
      return snapshot;
    },
    meter: meterOf(counter),
    isOpenPurse() {
      const holdsKeys = channelSettingsOf(settings).some(({ apiKeys }) => apiKeys.length > 0);
      return holdsKeys && !backing.needsKey(settings);
    },
    reload(next) {
      snapshot = compiled(next);
      settings = next;
      if (next.keys.length > 0 && !backing.knowsKeys) void reopen('clients need keys from now on');
      else backing.reload(next);
      registry.keep(channelSettingsOf(next));
    },
    async close() {
      stopWatching();
      await counter.close();
      await backing.close();
      await limits.close();
    },
  };
}

function meterOf(counter: ReturnType<typeof createTokenCounter>): Meter {
  return {
    inputTokens: estimateInputTokens,
    outputTokens: (sample, model) => countOutput(counter, sample, model),
  };
}

function reportsTo({ limitExceeded, degraded }: Metrics, log: Log): Reports {
  return { log, exceeded: limitExceeded, degraded };
}
