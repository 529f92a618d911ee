/** The log line of one exchange: JSON by template, since it is written with every request. */
import type { Usage } from 'ai-api-converter';
import { unixMs } from '../lib/clock.ts';
import { visibleJson } from '../lib/visible-json.ts';
import type { ExchangeRecord } from '../model/exchange.ts';

/**
 * In the shape of the other lines: level, time, fields, message. A closed list of fields.
 * `standsFor`: how many exchanges of which this is the only line.
 */
export function exchangeLine(record: ExchangeRecord, standsFor = 1): string {
  const { outcome, attempts } = record;
  let line = `{"level":30,"time":${unixMs()},"requestId":"${record.requestId}","method":${quoted(record.method)}`;
  line += plain('traceId', record.traceId);
  line += plain('clientFormat', record.clientFormat);
  line += plain('upstreamFormat', record.upstreamFormat);
  line += plain('provider', record.provider);
  line += plain('channel', record.channel);
  if (attempts.length > 1)
    line += `,"attempts":${quoted(attempts.join(', '), ATTEMPTS_CHARACTERS_MAX)}`;
  line += text('model', record.model);
  if (record.upstreamModel !== record.model) line += text('upstreamModel', record.upstreamModel);
  line += plain('keyId', record.keyId);
  line += `,"stream":${record.stream}`;
  line += text('detection', record.detection);
  line += `,"status":${outcome.status},"end":"${outcome.cause}"`;
  line += text('error', outcome.errorCode);
  line += `,"durationMs":${Math.round(record.durationMs)}`;
  line += number('firstByteMs', record.firstByteMs);
  line += number('firstOutputMs', record.firstOutputMs);
  if (outcome.usage !== undefined) line += `,"usage":{${usageFields(outcome.usage).slice(1)}}`;
  if (record.isEstimated) line += ',"estimated":true';
  line += number('costMicroUsd', record.costMicroUsd);
  if (record.mediaFetches.length > 0) line += number('mediaFetches', record.mediaFetches.length);
  if (standsFor > 1) line += `,"standsFor":${standsFor}`;
  return `${line},"losses":${record.losses.length},"msg":"exchange"}`;
}

function usageFields(usage: Usage): string {
  return (
    number('fresh', usage.fresh) +
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
