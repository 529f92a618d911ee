/** What requests run with: the snapshot of the settings and everything behind it, replaced while they run. */
import {
  type Backing,
  openBacking,
  openLimits,
  openResponses,
  type Reports,
  watchForDatabase,
} from './backing.ts';
import { createAffinity } from './channels/affinity.ts';
import { createRegistry } from './channels/registry.ts';
import { channelSettingsOf } from './control-plane/channels.ts';
import { compile } from './control-plane/compile.ts';
import { logHealth } from './control-plane/health-log.ts';
import type { Metrics } from './control-plane/telemetry.ts';
import type { Log } from './lib/log.ts';
import type { Meter } from './model/metering.ts';
import type { ResponseStore, Responses } from './model/responses.ts';
import type { Settings } from './model/settings.ts';
import type { Snapshot } from './model/snapshot.ts';
import { createPriceTable } from './pricing/price-table.ts';
import type { Shared } from './shared.ts';
import { createTokenCounter } from './tokens/count.ts';
import { estimateInputTokens } from './tokens/estimate.ts';
import { countOutput } from './tokens/output.ts';

export interface Running {
  /** For one request, from its beginning to its end. */
  snapshot(): Snapshot;
  readonly meter: Meter;
  readonly responses: Responses;
  /** The address to listen on. */
  readonly host: string;
  /** Throws, and changes nothing, when the settings cannot be used. */
  reload(settings: Settings): void;
  /** Once no exchange runs any more. */
  close(): Promise<void>;
}

interface Surroundings {
  readonly log: Log;
  readonly telemetry: Metrics;
  readonly shared: Shared;
  /** What this machine keeps of answers; undefined: nothing. */
  readonly responses: ResponseStore | undefined;
  /** The operator did not choose the address: this machine only, where others could spend the channels' keys. */
  readonly mayNarrow: boolean;
}

/** Providers keep answers for 30 days; most conversations end sooner. */
const HOME_KNOWN_MS = 20 * 86_400_000;
const LOOPBACK = '127.0.0.1';
const OPEN_PURSE =
  'channels would hold keys, and everybody could spend them; make keys, set AUTH=required, or restart to listen on this machine only';

/** Rejects with an Error for people when something that was asked for cannot be had. */
export async function openRunning(
  first: Settings,
  { log, telemetry, shared, responses, mayNarrow }: Surroundings,
): Promise<Running> {
  const reports = reportsTo(telemetry, log);
  const registry = createRegistry(
    (channelId, change) => logHealth(log, channelId, change),
    createAffinity(shared.conversations),
  );
  const counter = createTokenCounter();
  const { limits, store, ...stores } = await openStores(first, reports, { shared, responses });
  let settings = first;
  let backing = await openBacking(settings, reports, limits).catch(async (cause: unknown) => {
    await stores.close();
    throw cause;
  });
  let snapshot = compiled(settings);
  const isNarrowed = mayNarrow && isOpenPurse(first, backing);
  telemetry.watchChannels(registry.states);
  telemetry.keepUsage(backing.addUsage);
  const stopWatching = watchForDatabase(first, () => {
    void takeUpDatabase();
  });

  function compiled(from: Settings): Snapshot {
    const guard = backing.guardFor(from);
    const made = compile(from, { registry, guard, prices: createPriceTable(from.prices) });
    telemetry.configured(from);
    return made;
  }

  /** Somebody made the first key: what is behind the guard is opened anew. */
  async function takeUpDatabase(): Promise<void> {
    const former = backing;
    try {
      backing = await openBacking(settings, reports, limits);
    } catch (cause) {
      log.error({ err: cause }, 'the database that was made cannot be used');
      return;
    }
    telemetry.keepUsage(backing.addUsage);
    snapshot = compiled(settings);
    await former.close();
    log.info('keys and usage are kept from now on');
  }

  return {
    snapshot() {
      return snapshot;
    },
    host: isNarrowed ? LOOPBACK : first.host,
    meter: meterOf(counter),
    responses: { store, homes: createAffinity(shared.responseHomes, HOME_KNOWN_MS) },
    reload(next) {
      if (mayNarrow && !isNarrowed && isOpenPurse(next, backing)) throw new Error(OPEN_PURSE);
      const made = compiled(next);
      backing.reload(next);
      snapshot = made;
      settings = next;
      registry.keep(channelSettingsOf(next));
    },
    async close() {
      stopWatching();
      await counter.close();
      await backing.close();
      await stores.close();
    },
  };
}

/** What outlives the rest, since nobody makes it twice. */
async function openStores(
  settings: Settings,
  reports: Reports,
  { shared, responses }: Pick<Surroundings, 'shared' | 'responses'>,
) {
  const limits = await openLimits(settings, reports, shared);
  const store = await openResponses(settings, reports, responses);
  return {
    limits,
    store,
    async close() {
      await Promise.all([limits.close(), store?.close()]);
    },
  };
}

/** Channels hold keys, and whoever reaches the gateway could spend them. */
function isOpenPurse(settings: Settings, { needsKey }: Backing): boolean {
  const holdsKeys = channelSettingsOf(settings).some(({ apiKeys }) => apiKeys.length > 0);
  return holdsKeys && !needsKey(settings);
}

function meterOf(counter: ReturnType<typeof createTokenCounter>): Meter {
  return {
    inputTokens: estimateInputTokens,
    outputTokens: (sample, model) => countOutput(counter, sample, model),
  };
}

function reportsTo({ limitExceeded, degraded, budgets }: Metrics, log: Log): Reports {
  return { log, exceeded: limitExceeded, degraded, budgets };
}
