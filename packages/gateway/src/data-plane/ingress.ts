/** Phase 1: the client's request is read within its limits and understood as far as routing needs. */
import {
  confirmByBody,
  type Detection,
  detectByPath,
  type Format,
  formats,
  guessFormat,
  type JsonObject,
  openaiResponses,
  type Probe,
  siblingOf,
} from 'ai-api-converter';
import { nowMs } from '../lib/clock.ts';
import { GatewayError } from '../model/errors.ts';
import type { Ingress } from '../model/exchange.ts';
import type { RawRequest } from '../model/http.ts';
import type { Credential } from '../model/provider.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { findCredential } from './headers.ts';
import { parseBody } from './parsed-body.ts';

const MODEL_PATTERN = /^[^\s\p{Cc}]{1,256}$/u;

/** The format in which to refuse a request that could not be understood. */
export function formatForRefusal(raw: RawRequest): Format {
  const [first, ...others] = formats;
  if (first === undefined) throw new Error('no formats');
  return guessFormat(asPost(raw), [first, ...others]);
}

/** Whose generation a path is; undefined: it is none's. */
export function generationAt(raw: RawRequest): Detection | undefined {
  return detectByPath(probeOf(raw, undefined), formats);
}

/** As `readGeneration`, of a path that nobody has looked at yet. */
export function readIngress(
  raw: RawRequest,
  snapshot: Snapshot,
  understood: (detection: Detection) => void,
): Promise<Ingress> {
  return readGeneration({ raw, snapshot, byPath: generationAt(raw) }, understood);
}

interface Arrived {
  readonly raw: RawRequest;
  readonly snapshot: Snapshot;
  /** What the path says. */
  readonly byPath: Detection | undefined;
}

/**
 * Throws, or rejects with, GatewayError. `understood` hears the format as soon as it is known, so that
 * refusals can use it.
 */
export function readGeneration(
  { raw, snapshot, byPath }: Arrived,
  understood: (detection: Detection) => void,
): Promise<Ingress> {
  if (byPath === undefined) throw unknownPath(raw);
  understood(byPath);
  return readRequest(raw, snapshot, {
    // Any of their items may be a reference to one that is kept.
    looksAt: byPath.format === openaiResponses ? 'plain' : 'outline',
    detect(body) {
      const detection = confirmByBody(byPath, probeOf(raw, body), formats);
      understood(detection);
      detection.format.client.checkShape(body);
      return detection;
    },
  });
}

export interface Reading {
  /** How much of a body will be looked at. */
  readonly looksAt: 'outline' | 'plain';
  /** Says what a body is, and throws for what no provider could answer; what the URL says is known by then. */
  detect(body: JsonObject): Detection;
}

/** Throws GatewayError. */
export async function readRequest(
  raw: RawRequest,
  snapshot: Snapshot,
  reading: Reading,
): Promise<Ingress> {
  const credential = findCredential(raw.header, raw.query);
  const caller = snapshot.guard?.authenticate(credential);
  const bytes = await raw.readBody(snapshot.bodyBytesMax);
  const { bodyValuesMax } = snapshot;
  const body = parseBody(bytes, bodyValuesMax);
  const seen = body[reading.looksAt]();
  const detection = reading.detect(seen);
  const { format, call } = detection;
  return {
    format,
    call,
    detection,
    body,
    bytes,
    valuesMax: bodyValuesMax,
    model: modelOf(seen, call.model),
    stream: call.stream ?? streamOf(seen),
    strict: snapshot.strict || raw.header('x-dragoman-strict') === 'true',
    credential: forwardable(credential),
    caller,
    deadlineMs: deadlineOf(raw),
    header: raw.header,
    headerNames: raw.headerNames,
  };
}

const OWN_KEYS = 'dgm_';

/** A key of the gateway's own, known or not, is nothing that any upstream should see. */
export function forwardable(credential: Credential | undefined): Credential | undefined {
  return credential?.secret.startsWith(OWN_KEYS) === true ? undefined : credential;
}

/** The official SDKs tell how many seconds they will wait. */
export function deadlineOf(raw: RawRequest): number {
  const given = raw.header('x-stainless-timeout') ?? raw.header('x-server-timeout');
  const seconds = given === undefined ? Number.NaN : Number(given);
  return seconds > 0 ? nowMs() + seconds * 1000 : Number.POSITIVE_INFINITY;
}

function probeOf(raw: RawRequest, body: JsonObject | undefined): Probe {
  return { method: raw.method, path: raw.path, query: raw.query, header: raw.header, body };
}

/** The path alone tells whose client it is, whatever the method. */
function asPost(raw: RawRequest): Probe {
  return { ...probeOf(raw, undefined), method: 'POST' };
}

function unknownPath(raw: RawRequest): GatewayError {
  const probe = asPost(raw);
  if (detectByPath(probe, formats) !== undefined) {
    return new GatewayError('method-not-allowed', `${raw.method} ${raw.path}: use POST`);
  }
  const isKnown = siblingOf(probe, formats) !== undefined;
  return new GatewayError(
    'unknown-path',
    `${raw.method} ${raw.path} is not served ${isKnown ? 'yet' : 'here'}; served are, each where its vendor has it, ` +
      'chat completions (POST /v1/chat/completions), responses, messages, generateContent, embeddings, lists of ' +
      'models, token counting, images, audio, files and batches',
  );
}

/** Throws GatewayError for what is no name. */
export function modelOf(body: JsonObject, inPath: string | undefined): string {
  const model = inPath ?? body['model'];
  if (model === undefined || model === null || model === '') {
    throw invalidField('model', 'required, expected the name of a model');
  }
  if (typeof model !== 'string') throw invalidField('model', 'expected a string');
  if (MODEL_PATTERN.test(model)) return model;
  throw invalidField('model', 'expected at most 256 characters without white space');
}

export function streamOf(body: JsonObject): boolean {
  const stream = body['stream'];
  if (stream === undefined || stream === null) return false;
  if (typeof stream === 'boolean') return stream;
  throw invalidField('stream', 'expected a boolean');
}

function invalidField(param: string, expected: string): GatewayError {
  return new GatewayError('body-invalid', `${param}: ${expected}`, { param });
}
