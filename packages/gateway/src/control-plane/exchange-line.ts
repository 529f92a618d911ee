/** The log line of one exchange: JSON by template, since it is written with every request. */
import type { Usage } from 'ai-api-converter';
import { unixMs } from '../lib/clock.ts';
import { remember, rememberPath } from '../lib/remember.ts';
import { visibleJson } from '../lib/visible-json.ts';
import type { ExchangeRecord } from '../model/exchange.ts';

/** Makes the line; `standsFor`: how many exchanges of which it is the only one. */
export type ExchangeLine = (record: ExchangeRecord, standsFor?: number) => string;

/** Parts of lines that are known by heart: what they say comes again with nearly every exchange. */
const REMEMBERED_MAX = 1_000;

/** In the shape of the other lines: level, time, fields, message. A closed list of fields. */
export function createExchangeLine(): ExchangeLine {
  const wayPart = rememberPath(REMEMBERED_MAX, wayOf);
  const bodyPart = rememberPath(REMEMBERED_MAX, bodyOf);
  const methodPart = remember(REMEMBERED_MAX, (method) => `","method":${quoted(method)}`);
  const headPart = createHeads();

  return (record, standsFor = 1) => {
    const { outcome, attempts, clientFormat, upstreamFormat, provider, channel } = record;
    const { model, upstreamModel, keyId, stream, detection } = record;
    const { status, cause, errorCode } = outcome;
    let line = headPart() + record.requestId + methodPart(record.method);
    line += plain('traceId', record.traceId);
    line += wayPart([clientFormat, upstreamFormat, provider, channel]).text;
    if (attempts.length > 1)
      line += `,"attempts":${quoted(attempts.join(', '), ATTEMPTS_CHARACTERS_MAX)}`;
    line += bodyPart([
      model,
      upstreamModel,
      keyId,
      stream,
      detection,
      status,
      cause,
      errorCode,
    ]).text;
    line += `,"durationMs":${Math.round(record.durationMs)}`;
    line += number('firstByteMs', record.firstByteMs);
    line += number('firstOutputMs', record.firstOutputMs);
    if (outcome.usage !== undefined) line += `,"usage":{${usageFields(outcome.usage)}}`;
    if (record.isEstimated) line += ',"estimated":true';
    line += number('costMicroUsd', record.costMicroUsd);
    if (record.mediaFetches.length > 0) line += number('mediaFetches', record.mediaFetches.length);
    if (standsFor > 1) line += `,"standsFor":${standsFor}`;
    return `${line},"losses":${record.losses.length},"msg":"exchange"}`;
  };
}

/** Many exchanges end in one millisecond, and so large a number takes long to write. */
function createHeads(): () => string {
  let atMs = 0;
  let head = '';
  return () => {
    const nowMs = unixMs();
    if (nowMs !== atMs) head = `{"level":30,"time":${nowMs},"requestId":"`;
    atMs = nowMs;
    return head;
  };
}

interface Part {
  readonly text: string;
}

type Text = string | undefined;

function wayOf([clientFormat, upstreamFormat, provider, channel]: readonly [
  clientFormat: Text,
  upstreamFormat: Text,
  provider: Text,
  channel: Text,
]): Part {
  const formats = plain('clientFormat', clientFormat) + plain('upstreamFormat', upstreamFormat);
  return { text: formats + plain('provider', provider) + plain('channel', channel) };
}

function bodyOf([model, upstreamModel, keyId, stream, detection, status, cause, error]: readonly [
  model: Text,
  upstreamModel: Text,
  keyId: Text,
  stream: boolean,
  detection: Text,
  status: number,
  cause: string,
  error: Text,
]): Part {
  const asked = upstreamModel === model ? undefined : upstreamModel;
  const models = text('model', model) + text('upstreamModel', asked);
  const question = `${plain('keyId', keyId)},"stream":${stream}${text('detection', detection)}`;
  const end = `,"status":${status},"end":"${cause}"${text('error', error)}`;
  return { text: models + question + end };
}

function usageFields(usage: Usage): string {
  return (
    `"fresh":${Math.round(usage.fresh)}` +
    number('cacheRead', usage.cacheRead) +
    number('cacheWrite', usage.cacheWrite) +
    number('text', usage.text) +
    number('reasoning', usage.reasoning)
  );
}

/** Ids of our own making hold nothing that JSON would have to escape. */
function plain(name: string, id: string | undefined): string {
  return id === undefined ? '' : `,"${name}":"${id}"`;
}

/** What clients and upstreams chose, so that anything may be in it. */
function text(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${quoted(value)}`;
}

const CHARACTERS_MAX = 256;
/** Of ten attempts on channels with the longest names. */
const ATTEMPTS_CHARACTERS_MAX = 1_024;

const plainText = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function quoted(value: string, charactersMax = CHARACTERS_MAX): string {
  const short = value.length > charactersMax ? `${value.slice(0, charactersMax)}\u2026` : value;
  if (plainText.test(short)) return `"${short}"`;
  return visibleJson(short);
}

function number(name: string, value: number | undefined): string {
  return value === undefined ? '' : `,"${name}":${Math.round(value)}`;
}
