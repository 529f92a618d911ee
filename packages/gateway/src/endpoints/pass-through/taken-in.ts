/** A request that passes through, taken in as far as routing needs: its model, and what is sent on of it. */
import { type Detection, type JsonObject, spliceMember } from 'ai-api-converter';
import { findCredential } from '../../data-plane/headers.ts';
import { deadlineOf, forwardable, modelOf, streamOf } from '../../data-plane/ingress.ts';
import { bodyOf, parseBody } from '../../data-plane/parsed-body.ts';
import { textOf } from '../../lib/bytes.ts';
import { GatewayError } from '../../model/errors.ts';
import type { Ingress } from '../../model/exchange.ts';
import type { IncomingRequest, Upload } from '../../model/http.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { boundaryOf, createFieldFinder, type FormField } from './form-field.ts';
import { type HeldBody, holdBody, type UploadListener } from './held-body.ts';
import type { Surface } from './surfaces.ts';

export interface TakenIn extends Ingress {
  readonly raw: IncomingRequest;
  readonly content: Content;
}

/** What goes upstream; only where it is more than is held somebody has to hear how it goes on. */
type SentBody = (listener: UploadListener) => Uint8Array | string | Upload;

interface Content {
  /** With that model named in it. Throws GatewayError where it cannot be. */
  naming(model: string): SentBody;
  /** Something of it is gone, so that it cannot be sent once more. */
  isSpent(): boolean;
}

interface Reading {
  readonly surface: Surface;
  readonly snapshot: Snapshot;
  readonly detection: Detection;
}

/** Throws GatewayError. Who asks is known before anything of the body is read. */
export async function takeIn(raw: IncomingRequest, reading: Reading): Promise<TakenIn> {
  const { surface, snapshot, detection } = reading;
  const credential = findCredential(raw.header, raw.query);
  const caller = snapshot.guard?.authenticate(credential);
  const read = await readContent(raw, surface, snapshot);
  const { body, bytes, model, content } = read;
  return {
    raw,
    format: surface.format,
    call: {},
    detection,
    body: bodyOf(body),
    bytes,
    valuesMax: snapshot.bodyValuesMax,
    content,
    model,
    stream: streamOf(body),
    strict: false,
    credential: forwardable(credential),
    caller,
    deadlineMs: deadlineOf(raw),
    header: raw.header,
    headerNames: raw.headerNames,
  };
}

interface Read {
  /** Of JSON; else empty. */
  readonly body: JsonObject;
  /** Of text, whose tokens can be estimated; else empty. */
  readonly bytes: Uint8Array;
  readonly model: string;
  readonly content: Content;
}

const NO_BYTES: Uint8Array = new Uint8Array(0);

type BodyBounds = Pick<Snapshot, 'bodyBytesMax' | 'bodyValuesMax'>;

function readContent(
  raw: IncomingRequest,
  surface: Surface,
  bounds: BodyBounds,
): Promise<Read> | Read {
  const isBodiless = raw.method === 'GET' || raw.method === 'DELETE';
  if (isBodiless)
    return { ...plain(surface), content: { naming: () => () => '', isSpent: () => false } };
  if (surface.model === undefined) return readOpaque(raw, surface);
  const boundary = boundaryOf(raw.header('content-type'));
  return boundary === undefined
    ? readJson(raw, surface, bounds)
    : readForm(raw, { surface, boundary, bytesMax: bounds.bodyBytesMax });
}

/** Nothing of it is understood. */
function plain({ name }: Surface): Omit<Read, 'content'> {
  return { body: {}, bytes: NO_BYTES, model: name };
}

async function readOpaque(raw: IncomingRequest, surface: Surface): Promise<Read> {
  assertPlainEncoding(raw);
  const held = await holdBody(raw, {
    bytesMax: Number.POSITIVE_INFINITY,
    isEnough: () => true,
    tooMuch: () => new GatewayError('body-too-large', 'the request body is too large'),
  });
  return { ...plain(surface), content: contentOf(held, (_model, bytes) => bytes) };
}

/** What is not decoded is passed on in pieces, and a model in it could not be found. */
function assertPlainEncoding(raw: IncomingRequest): void {
  const encoding = raw.header('content-encoding')?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return;
  throw new GatewayError(
    'body-encoding-unsupported',
    `content-encoding ${encoding} is not supported here, where bodies pass as they come; send it without`,
  );
}

async function readJson(
  raw: IncomingRequest,
  { model: place }: Surface,
  { bodyBytesMax, bodyValuesMax }: BodyBounds,
): Promise<Read> {
  const bytes = await raw.readBody(bodyBytesMax);
  const body = parseBody(bytes, bodyValuesMax).outline();
  const isNamed = body['model'] !== undefined && body['model'] !== null;
  const model = modelOf(body, isNamed ? undefined : place?.otherwise);
  const content: Content = {
    isSpent: () => false,
    naming(upstreamModel) {
      if (upstreamModel === model) return () => bytes;
      const spliced = isNamed ? spliceMember(textOf(bytes), 'model', upstreamModel) : undefined;
      return spliced === undefined ? refuseRenaming(model) : () => spliced;
    },
  };
  return { body, bytes, model, content };
}

function refuseRenaming(model: string): never {
  const told = `model: required here, since what is taken without it (${model}) has another name at the provider`;
  throw new GatewayError('body-invalid', told, { param: 'model' });
}

interface FormReading {
  readonly surface: Surface;
  readonly boundary: string;
  readonly bytesMax: number;
}

async function readForm(
  raw: IncomingRequest,
  { surface, boundary, bytesMax }: FormReading,
): Promise<Read> {
  assertPlainEncoding(raw);
  const finder = createFieldFinder('model', boundary);
  const held = await holdBody(raw, {
    bytesMax,
    saw: finder.push,
    isEnough: () => finder.found() !== undefined,
    tooMuch: () => missingModel(bytesMax),
  });
  const field = finder.found();
  if (held.isWhole() && !finder.isOver())
    throw new GatewayError('body-invalid', 'the request body is no whole form of its boundary');
  const named: JsonObject = field === undefined ? {} : { model: field.value };
  const model = modelOf(named, field === undefined ? surface.model?.otherwise : undefined);
  const rename = (upstreamModel: string, bytes: Buffer): Uint8Array =>
    upstreamModel === model ? bytes : renamed(bytes, field ?? refuseRenaming(model), upstreamModel);
  return { ...plain(surface), model, content: contentOf(held, rename) };
}

function missingModel(bytesMax: number): GatewayError {
  const told = `model: not among the first ${bytesMax} bytes of the form; put it before the file`;
  return new GatewayError('body-invalid', told, { param: 'model' });
}

function renamed(bytes: Buffer, { start, end }: FormField, model: string): Uint8Array {
  return Buffer.concat([bytes.subarray(0, start), Buffer.from(model), bytes.subarray(end)]);
}

function contentOf(held: HeldBody, rename: (model: string, bytes: Buffer) => Uint8Array): Content {
  return {
    isSpent: held.isSpent,
    naming(model) {
      const first = rename(model, held.bytes());
      return (listener) => (held.isWhole() ? first : held.upload(first, listener));
    },
  };
}
