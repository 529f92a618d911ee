/** What the name of a host stands for. */
import { lookup, Resolver } from 'node:dns/promises';

const ASK_MS_MAX = 2_000;
const TRIES = 2;

/** Empty: nothing. */
export async function resolveHost(
  host: string,
  isPrivate: boolean,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return isPrivate ? bySystem(host) : byDns(host, signal);
}

/**
 * Not by the system's own resolver: its few threads serve the whole process, and names of strangers
 * whose servers do not answer would keep them all busy.
 */
async function byDns(host: string, signal: AbortSignal): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: ASK_MS_MAX, tries: TRIES });
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel);
  const asked = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  signal.removeEventListener('abort', cancel);
  return asked.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

/** With the names that only this machine knows, such as those of its hosts file. */
async function bySystem(host: string): Promise<readonly string[]> {
  try {
    const found = await lookup(host, { all: true });
    return found.map(({ address }) => address);
  } catch {
    return [];
  }
}
