/**
 * How many tokens a request has: by the upstream that would answer it where that one counts for the
 * client's format, else by the gateway's own estimate.
 */
import { type Detection, detectByPath, formats, stringifyJson } from 'ai-api-converter';
import { createChoice, nextChannel, refusalOf } from '../../data-plane/choose.ts';
import { readIngress } from '../../data-plane/ingress.ts';
import { noteDetected } from '../../data-plane/journal.ts';
import { join } from '../../data-plane/resume.ts';
import { nowMs } from '../../lib/clock.ts';
import type { Ingress } from '../../model/exchange.ts';
import type { Permit } from '../../model/guard.ts';
import type { RawRequest } from '../../model/http.ts';
import type { Identity } from '../../model/keys.ts';
import type { Routed, Snapshot } from '../../model/snapshot.ts';
import type { Answered, Asked, Endpoint } from '../contract.ts';
import { type CountDialect, countDialects } from './dialects.ts';
import { askUpstream, type CountQuestion } from './native.ts';
import { type Unwrapping, unwrapping } from './wrapped.ts';

export const counting: Endpoint = {
  open(raw) {
    const path = raw.path.endsWith('/') ? raw.path.slice(0, -1) : raw.path;
    const dialect = countDialects.find(({ suffix }) => path.endsWith(suffix));
    if (dialect === undefined) return undefined;
    const generation = path.slice(0, -dialect.suffix.length) + dialect.generation;
    const { header, query } = raw;
    const probe = { method: 'POST', path: generation, query, header, body: undefined };
    const detection = detectByPath(probe, formats);
    if (detection?.format.id !== dialect.id) return undefined;
    return {
      format: detection.format,
      methods: ['POST'],
      answer: (asked) => answer(asked, dialect, generation),
    };
  },
};

async function answer(asked: Asked, dialect: CountDialect, generation: string): Promise<Answered> {
  const { snapshot, raw, journal, services } = asked;
  const single = { ...raw, method: 'POST', path: generation };
  const unwrapped = unwrapping(single, snapshot.bodyValuesMax);
  const given = await understand(unwrapped, {
    snapshot,
    raw,
    detected: (detection) => noteDetected(journal, detection),
  });
  const { caller } = given;
  const identity = caller && snapshot.guard?.identify(given, caller);
  journal.ingress = given;
  journal.identity = identity;
  const routed = snapshot.route(given.model, identity?.key);
  const { ingress, home } = await join(given, { routed, responses: services.responses });
  const permit = await admit(ingress, { identity, routed, snapshot });
  let ran = false;
  try {
    const wasWrapped = unwrapped.wasWrapped();
    const native = await askOne(asked, { ingress, routed, home, dialect, wasWrapped });
    const answered = native ?? estimate(asked, ingress, dialect);
    ran = true;
    return { ...answered, headers: { ...answered.headers, ...permit?.headers() } };
  } finally {
    permit?.settle({ usage: undefined, costMicroUsd: undefined, ran });
  }
}

interface Question extends Pick<CountQuestion, 'ingress' | 'dialect' | 'wasWrapped'> {
  readonly routed: Routed;
  /** The place in the route of the channel that alone knows what the request goes on from. */
  readonly home: number | undefined;
}

/** Undefined: no upstream could say it. Throws where the key may not use any that would answer. */
async function askOne(
  asked: Asked,
  { routed, home, ...question }: Question,
): Promise<Answered | undefined> {
  const { credential, caller } = question.ingress;
  const choice = createChoice(routed, {
    stream: false,
    credential,
    key: caller?.key,
    conversation: undefined,
    affinity: undefined,
    home,
  });
  const now = nowMs();
  const index = nextChannel(choice, now);
  if (index !== undefined) return askUpstream(asked, { ...question, choice, index });
  const refusal = refusalOf(choice, now);
  if (refusal.code === 'key-forbidden') throw refusal;
  return undefined;
}

interface Reading {
  readonly snapshot: Snapshot;
  readonly raw: RawRequest;
  detected(detection: Detection): void;
}

/** Read as the generation that it asks about. */
async function understand(
  unwrapped: Unwrapping,
  { snapshot, raw, detected }: Reading,
): Promise<Ingress> {
  const ingress = await readIngress(unwrapped.raw, snapshot, (detection) =>
    detected({ ...detection, reason: `path ${raw.path}` }),
  );
  return { ...ingress, stream: false, call: { model: ingress.call.model } };
}

interface Admission {
  readonly identity: Identity | undefined;
  readonly routed: Routed;
  readonly snapshot: Snapshot;
}

/** Where requests are limited it is one; it uses no tokens and costs nothing. */
async function admit(
  ingress: Ingress,
  { identity, routed, snapshot }: Admission,
): Promise<Permit | undefined> {
  if (identity === undefined) return undefined;
  const asking = { identity, model: routed.model, cost: () => 0, isFree: true };
  return snapshot.guard?.admit(ingress, asking);
}

/** Throws what a generation would for a request that is none. */
function estimate(
  { services }: Asked,
  { format, body, call, bytes }: Ingress,
  dialect: CountDialect,
): Answered {
  format.client.decodeRequest(body.exact(), call, () => undefined);
  return {
    status: 200,
    headers: { 'x-dragoman-estimated': 'true' },
    body: stringifyJson(dialect.encode(services.meter.inputTokens(bytes))),
  };
}
