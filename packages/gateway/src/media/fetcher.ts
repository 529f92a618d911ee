/** Fetches the media of one request: side by side, each once, all within the bounds of the request. */
import { type FetchedMedia, type NeededMedia, recognizeMedia } from 'ai-api-converter';
import { createPublicAddresses } from '../http1/public-address.ts';
import { callAt } from '../http1/single-call.ts';
import { bufferOf } from '../lib/bytes.ts';
import { nowMs } from '../lib/clock.ts';
import { createTimer } from '../lib/timer.ts';
import { GatewayError } from '../model/errors.ts';
import type {
  FetchMedia,
  MediaByUrl,
  MediaFetch,
  MediaOrder,
  MediaOutcome,
} from '../model/media.ts';
import { destinationOf, type Resolve } from './destination.ts';
import { MediaFault } from './fault.ts';
import { type Got, get, type Send, wrongType } from './get.ts';
import { resolveHost } from './resolve.ts';
import { shownUrl } from './shown-url.ts';

/** The outside. */
export interface MediaNetwork {
  readonly resolve: Resolve;
  readonly send: Send;
}

const system: MediaNetwork = {
  resolve: resolveHost,
  send: callAt,
};

/** Of one request, at a time. */
const PARALLEL_MAX = 4;
const REDIRECTS_MAX = 3;

/** What the fetches of one request share. */
interface Scope {
  readonly order: MediaOrder;
  readonly network: MediaNetwork;
  readonly isPublic: (address: string) => boolean;
  /** Aborted by the first failure as well. */
  readonly signal: AbortSignal;
  take(bytes: number): boolean;
}

export function createMediaFetcher(network: MediaNetwork = system): FetchMedia {
  const isPublic = createPublicAddresses();

  return async (needed, order) => {
    const missing = missingOf(needed, order.known);
    checkCount(missing, order);
    const stop = new AbortController();
    const pass = (): void => stop.abort(order.signal.reason);
    if (order.signal.aborted) pass();
    order.signal.addEventListener('abort', pass);
    const timer = createTimer();
    timer.set(order.rules.timeoutMs, () =>
      stop.abort(new MediaFault('timeout', 'it took too long')),
    );
    const scope: Scope = {
      order,
      network,
      isPublic,
      signal: stop.signal,
      take: budgetOf(order),
    };
    const fetched = new Map(order.known);
    try {
      await sideBySide(missing, async (media) => {
        fetched.set(media.url, await fetchOne(media, scope, stop));
      });
      return fetched;
    } finally {
      timer.clear();
      order.signal.removeEventListener('abort', pass);
    }
  };
}

/** Each address once. */
function missingOf(needed: readonly NeededMedia[], known: MediaByUrl): readonly NeededMedia[] {
  const byUrl = new Map<string, NeededMedia>();
  for (const media of needed)
    if (!known.has(media.url) && !byUrl.has(media.url)) byUrl.set(media.url, media);
  return [...byUrl.values()];
}

function checkCount(missing: readonly NeededMedia[], { rules, known, ended }: MediaOrder): void {
  if (known.size + missing.length <= rules.itemsMax) return;
  for (const { path } of missing) ended({ path, outcome: 'refused', bytes: 0, durationMs: 0 });
  const [first] = missing;
  throw new GatewayError(
    'media-not-fetched',
    `${first?.path}: media at more than ${rules.itemsMax} addresses in one request are not fetched; send the data as base64 instead`,
    { ...(first && { param: first.path }) },
  );
}

function budgetOf({ rules, known }: MediaOrder): Scope['take'] {
  let left = rules.totalBytesMax;
  for (const { data } of known.values()) left -= Buffer.byteLength(data, 'base64');
  return (bytes) => {
    left -= bytes;
    return left >= 0;
  };
}

/** Rejects with what failed, once nothing runs any more; what was stopped for it is not why. */
async function sideBySide(
  all: readonly NeededMedia[],
  work: (media: NeededMedia) => Promise<void>,
): Promise<void> {
  const queue = all.values();
  const failures: unknown[] = [];
  const lanes = Array.from({ length: Math.min(PARALLEL_MAX, all.length) }, async () => {
    for (const media of queue) {
      if (failures.length > 0) return;
      await work(media).catch((cause: unknown) => failures.push(cause));
    }
  });
  await Promise.all(lanes);
  const [first] = failures;
  if (failures.length > 0) throw failures.find((cause) => !(cause instanceof MediaFault)) ?? first;
}

/** Rejects with what the client is told, and stops the others then. */
async function fetchOne(
  media: NeededMedia,
  scope: Scope,
  stop: AbortController,
): Promise<FetchedMedia> {
  const { order } = scope;
  const startedMs = nowMs();
  const noted = (outcome: MediaOutcome, bytes: number): void => {
    const note: MediaFetch = { path: media.path, outcome, bytes, durationMs: nowMs() - startedMs };
    order.ended(note);
  };
  try {
    const { bytes, contentType } = await follow(media, scope);
    const mimeType = recognizeMedia(bytes, contentType, media.media);
    if (mimeType === undefined) throw wrongType(media.media);
    noted('fetched', bytes.byteLength);
    return { mimeType, data: bufferOf(bytes).toString('base64') };
  } catch (cause) {
    const fault = cause instanceof MediaFault ? cause : undefined;
    noted(fault?.outcome ?? 'cancelled', 0);
    stop.abort(new MediaFault('cancelled', 'another could not be had'));
    throw fault === undefined || fault.outcome === 'cancelled' ? cause : refusal(media, fault);
  }
}

type Found = Extract<Got, { type: 'found' }>;

async function follow({ url, media }: NeededMedia, scope: Scope): Promise<Found> {
  const { order, network, isPublic, signal, take } = scope;
  const { resolve, send } = network;
  const { rules } = order;
  let at = parsed(url);
  for (let redirects = 0; ; redirects += 1) {
    signal.throwIfAborted();
    const destination = await destinationOf(at, { rules, isPublic, resolve, signal });
    const bytesMax = rules.itemBytesMax;
    const got = await get(destination, { media, bytesMax, take, send, signal });
    if (got.type === 'found') return got;
    if (redirects === REDIRECTS_MAX)
      throw new MediaFault('failed', 'its server redirects too often');
    const next = parsed(got.location, at);
    if (at.protocol === 'https:' && next.protocol === 'http:')
      throw new MediaFault('refused', 'its server redirects from https to http');
    at = next;
  }
}

function parsed(url: string, base?: URL): URL {
  const found = URL.parse(url, base?.href);
  if (found === null) throw new MediaFault('refused', 'it is no address');
  return found;
}

function refusal({ path, url }: NeededMedia, { outcome, message }: MediaFault): GatewayError {
  const code = outcome === 'too_large' ? 'media-too-large' : 'media-not-fetched';
  const told = `${path}: ${shownUrl(url)} could not be fetched: ${message}; send the data as base64 instead`;
  return new GatewayError(code, told, { param: path });
}
