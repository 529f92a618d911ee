/** `dragoman` without a command: the gateway from start to stop, and the signals that steer it. */
import { type Gateway, startGateway } from '../app.ts';
import type { Understood } from '../control-plane/read-settings.ts';
import { createReloader } from '../control-plane/reload.ts';

interface Options {
  readonly understood: Understood;
  /** Reads everything again. */
  read(): Understood;
}

/** Resolves once it runs; rejects with an Error for people when it cannot. */
export async function runGateway({ understood, read }: Options): Promise<void> {
  let gateway: Gateway;
  try {
    gateway = await startGateway(understood.settings, { mayNarrow: !isHostGiven(understood) });
  } catch (cause) {
    throw startFailure(cause);
  }
  const { log } = gateway;
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
  process.on('SIGHUP', () => void reloader.reload());
}

function isHostGiven({ sources }: Understood): boolean {
  return [...sources].some(([{ env }, source]) => env === 'PROXY_HOST' && source !== 'default');
}

function startFailure(cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (!message.includes('EADDRINUSE')) return new Error(message, { cause });
  const hint = 'another program uses this port, choose others with PROXY_PORT and METRICS_PORT';
  return new Error(`${message}; ${hint}`, { cause });
}
