/** Where an address leads, if anybody may be led there: checked before anything is dialled, for each redirect anew. */
import { addressIn, type IsPublic } from '../http1/public-address.ts';
import { compilePatterns } from '../lib/patterns.ts';
import type { MediaRules } from '../model/media.ts';
import { MediaFault } from './fault.ts';

export interface Destination {
  readonly url: URL;
  /** All that its host stands for. */
  readonly addresses: readonly string[];
}

/** `isPrivate`: the operator named the host, so that the machine's own names count. */
export type Resolve = (
  host: string,
  isPrivate: boolean,
  signal: AbortSignal,
) => Promise<readonly string[]>;

interface Checks {
  readonly rules: MediaRules;
  readonly isPublic: IsPublic;
  readonly resolve: Resolve;
  readonly signal: AbortSignal;
}

/** Rejects with MediaFault. */
export async function destinationOf(url: URL, checks: Checks): Promise<Destination> {
  const { rules, isPublic, resolve, signal } = checks;
  const isPrivate = isPrivateHost(url, rules);
  checkUrl(url, rules, isPrivate);
  const hostname = nameOf(url);
  const literal = addressIn(hostname);
  const addresses =
    literal === undefined
      ? await unlessAborted(resolve(hostname, isPrivate, signal), signal)
      : [literal];
  const mayDial = addresses.length > 0 && (isPrivate || addresses.every(isPublic));
  if (!mayDial) throw closedHost();
  return { url, addresses };
}

/** Throws MediaFault for what the address alone says. */
function checkUrl(url: URL, rules: MediaRules, isPrivate: boolean): void {
  const isHttp = url.protocol === 'http:';
  if (!isHttp && url.protocol !== 'https:')
    throw new MediaFault('refused', 'only addresses of http and https are fetched');
  if (isHttp && rules.mode !== 'http' && !isPrivate)
    throw new MediaFault('refused', 'only https addresses are fetched');
  if (url.username !== '' || url.password !== '')
    throw new MediaFault('refused', 'addresses with a user name or password are not fetched');
  if (isPrivate) return;
  if (!usualPorts.has(portOf(url)))
    throw new MediaFault('refused', 'only the usual ports, 443 and 80, are fetched from');
  if (rules.hosts.length > 0 && !compilePatterns(rules.hosts)(nameOf(url))) throw closedHost();
}

/**
 * One sentence whether the host is private, closed or unknown: the difference would tell a stranger
 * which names and addresses there are inside.
 */
function closedHost(): MediaFault {
  return new MediaFault('refused', 'its host is none that this gateway fetches from');
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop);
  work.then(resolve, reject);
  return promise.finally(() => signal.removeEventListener('abort', stop));
}

const usualPorts: ReadonlySet<number> = new Set([80, 443]);

function isPrivateHost(url: URL, { privateHosts }: MediaRules): boolean {
  const name = nameOf(url);
  const port = portOf(url);
  return privateHosts.some((host) =>
    host === name ? usualPorts.has(port) : host === `${name}:${port}`,
  );
}

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

/** Names may end in a dot. */
function nameOf({ hostname }: URL): string {
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
}
