/** `dragoman` without a command: the gateway from start to stop, and the signals that steer it. */
import { type Gateway, startGateway } from '../app.ts';
import { channelSettingsOf } from '../control-plane/channels.ts';
import type { Understood } from '../control-plane/read-settings.ts';
import { createReloader } from '../control-plane/reload.ts';
import type { Settings } from '../model/settings.ts';

interface Options {
  readonly understood: Understood;
  /** Reads everything again. */
  read(): Understood;
}

const LOOPBACK = '127.0.0.1';

/** Resolves once it runs; rejects with an Error for people when it cannot. */
export async function runGateway({ understood, read }: Options): Promise<void> {
  const settings = guarded(understood);
  let gateway: Gateway;
  try {
    gateway = await startGateway(settings);
  } catch (cause) {
    throw startFailure(cause);
  }
  const { log } = gateway;
  if (settings.host !== understood.settings.host) {
    log.warn(
      { host: settings.host },
      'listening on this machine only: channels hold keys and nobody is asked for one; set PROXY_HOST to open it',
    );
  }
  const reloader = createReloader({ current: understood, log, read, apply: gateway.reload });
  const stop = (): void => {
    // A second signal means: now.
    process.once('SIGTERM', () => process.exit(1));
    process.once('SIGINT', () => process.exit(1));
    reloader.close();
    void gateway.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.on('SIGHUP', () => reloader.reload());
}

/** Whoever reaches the port would spend the keys of the channels. */
function guarded({ settings, sources }: Understood): Settings {
  const holdsKeys = channelSettingsOf(settings).some(({ apiKeys }) => apiKeys.length > 0);
  const isGiven = [...sources].some(
    ([{ env }, source]) => env === 'PROXY_HOST' && source !== 'default',
  );
  return holdsKeys && !isGiven ? { ...settings, host: LOOPBACK } : settings;
}

function startFailure(cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (!message.includes('EADDRINUSE')) return new Error(message, { cause });
  const hint = 'another program uses this port, choose others with PROXY_PORT and METRICS_PORT';
  return new Error(`${message}; ${hint}`, { cause });
}
