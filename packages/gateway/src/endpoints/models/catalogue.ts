/** What upstreams say that they have: remembered for a while, asked for once at a time, within bounds. */
import { parseJson } from 'ai-api-converter';
import type { Services } from '../../data-plane/visit.ts';
import { textOf } from '../../lib/bytes.ts';
import { nowMs } from '../../lib/clock.ts';
import { digestOf } from '../../lib/digest.ts';
import { createTimer } from '../../lib/timer.ts';
import type { Channel } from '../../model/channel.ts';
import { GatewayError } from '../../model/errors.ts';
import type { Credential } from '../../model/provider.ts';
import { askWhole } from '../whole-call.ts';
import { dialectOf } from './dialects/index.ts';
import type { Listed } from './listed.ts';

export interface Catalogue {
  /**
   * Undefined: the upstream has no list, or none that could be had in time. Never rejects.
   * `credential`: the client's, where the channel has no key of its own and this one is for it.
   */
  listOf(question: ListQuestion): Promise<readonly Listed[] | undefined>;
}

export interface ListQuestion {
  readonly channel: Channel;
  readonly credential: Credential | undefined;
  readonly services: Pick<Services, 'client' | 'log'>;
}

export interface CatalogueBounds {
  readonly freshMs: number;
  /** After a failure an upstream is let alone for so long. */
  readonly retryMs: number;
  /** A client waits no longer for a list that is on its way; the next one finds it. */
  readonly clientWaitMs: number;
  readonly answerWaitMs: number;
  readonly answerBytesMax: number;
  /** Of all lists that are remembered; clients' keys have lists of their own. */
  readonly listsMax: number;
  readonly listBytesMax: number;
}

const standardBounds: CatalogueBounds = {
  freshMs: 5 * 60_000,
  retryMs: 30_000,
  clientWaitMs: 3_000,
  answerWaitMs: 10_000,
  answerBytesMax: 4 * 1024 * 1024,
  listsMax: 200,
  listBytesMax: 16 * 1024 * 1024,
};

interface Entry {
  models: readonly Listed[] | undefined;
  bytes: number;
  /** On the monotonic clock. */
  askAgainAtMs: number;
  running: Promise<void> | undefined;
}

export function createCatalogue(changed: Partial<CatalogueBounds> = {}): Catalogue {
  const bounds = { ...standardBounds, ...changed };
  const entries = new Map<string, Entry>();

  /** The one that was used last is at the end. */
  function entryOf(key: string): Entry {
    const entry = entries.get(key) ?? {
      models: undefined,
      bytes: 0,
      askAgainAtMs: Number.NEGATIVE_INFINITY,
      running: undefined,
    };
    entries.delete(key);
    entries.set(key, entry);
    return entry;
  }

  function forgetOldest(): void {
    let bytes = 0;
    for (const entry of entries.values()) bytes += entry.bytes;
    for (const [key, entry] of entries) {
      if (entries.size <= bounds.listsMax && bytes <= bounds.listBytesMax) return;
      bytes -= entry.bytes;
      entries.delete(key);
    }
  }

  async function refresh(entry: Entry, question: ListQuestion): Promise<void> {
    try {
      const { models, bytes } = await fetchList(question, bounds);
      entry.models = models;
      entry.bytes = bytes;
      entry.askAgainAtMs = nowMs() + bounds.freshMs;
    } catch (cause) {
      if (cause instanceof ListRefusal) [entry.models, entry.bytes] = [undefined, 0];
      entry.askAgainAtMs = nowMs() + bounds.retryMs;
      const { channel, services } = question;
      const reason = cause instanceof Error ? cause.message : 'unknown';
      services.log.debug({ channel: channel.id, reason }, 'an upstream does not list its models');
    }
    entry.running = undefined;
    forgetOldest();
  }

  return {
    async listOf(question) {
      if (question.channel.provider.modelsPath === undefined) return undefined;
      const entry = entryOf(keyOf(question));
      if (entry.running === undefined && nowMs() >= entry.askAgainAtMs)
        entry.running = refresh(entry, question);
      // What was true a while ago is better than to wait for what is true now.
      if (entry.models === undefined && entry.running !== undefined)
        await atMost(bounds.clientWaitMs, entry.running);
      return entry.models;
    },
  };
}

/** Each client's key may see other models. */
function keyOf({ channel, credential }: ListQuestion): string {
  const { id, provider, origin, basePath, passesClientKey } = channel;
  const owner = credential === undefined ? '' : digestOf(credential.secret);
  return JSON.stringify([id, provider.id, origin, basePath, passesClientKey ? owner : 'own']);
}

async function atMost(milliseconds: number, work: Promise<void>): Promise<void> {
  const timer = createTimer();
  const late = new Promise<void>((resolve) => timer.set(milliseconds, resolve));
  await Promise.race([work, late]);
  timer.clear();
}

/** The upstream does not give its list to this key any more. */
class ListRefusal extends GatewayError {}

const refusals = new Set([401, 403, 404, 405]);

interface Fetched {
  readonly models: readonly Listed[];
  readonly bytes: number;
}

/** Rejects when the upstream cannot be asked, or answers with anything but a list. */
async function fetchList(question: ListQuestion, bounds: CatalogueBounds): Promise<Fetched> {
  const { channel, credential } = question;
  const asker = { model: '', clientKey: credential?.secret };
  if (channel.health.obstacle(asker, nowMs()) !== undefined)
    throw new GatewayError('no-channel', 'the channel cannot be asked now');
  const lease = channel.health.begin(asker, false);
  try {
    return await fetchWith(question, bounds, lease.apiKey);
  } finally {
    // That it lists its models says little of whether it generates.
    lease.release();
  }
}

async function fetchWith(
  { channel, credential, services }: ListQuestion,
  { answerBytesMax, answerWaitMs }: CatalogueBounds,
  apiKey: string | undefined,
): Promise<Fetched> {
  const { provider, origin, basePath, timeouts } = channel;
  const { status, body } = await askWhole(
    services.client,
    {
      method: 'GET',
      origin,
      path: provider.modelsPath?.(basePath) ?? '/',
      headers: headersFor(channel, apiKey === undefined ? credential : ownKey(apiKey)),
      body: '',
      connectMs: timeouts.connectMs,
    },
    { bytesMax: answerBytesMax, waitMs: answerWaitMs },
  );
  const told = `the upstream answered with status ${status}`;
  if (refusals.has(status)) throw new ListRefusal('upstream-invalid-response', told);
  if (status !== 200) throw new GatewayError('upstream-invalid-response', told);
  // An upstream may repeat the key that it was sent.
  const text = apiKey === undefined ? textOf(body) : textOf(body).replaceAll(apiKey, '[key]');
  const models = dialectOf(provider.formats[0]).readList(parseJson(text, 'plain'));
  if (models !== undefined) return { models, bytes: body.byteLength };
  throw new GatewayError('upstream-invalid-response', 'the upstream sent no list of models');
}

function ownKey(secret: string): Credential {
  return { scheme: 'api-key', secret };
}

function headersFor(
  { provider, headers }: Channel,
  credential: Credential | undefined,
): { readonly [name: string]: string } {
  return {
    ...provider.headers,
    ...headers,
    ...(credential === undefined ? {} : provider.authorize(credential)),
    accept: 'application/json',
    'accept-encoding': 'identity',
  };
}
