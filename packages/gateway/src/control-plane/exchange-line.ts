/** The log line of one exchange: JSON by template, since it is written with every request. */
import type { Usage } from 'ai-api-converter';
import { unixMs } from '../lib/clock.ts';
import type { ExchangeRecord } from '../model/exchange.ts';

/** In the shape of the other lines: level, time, fields, message. A closed list of fields. */
export function exchangeLine(record: ExchangeRecord): string {
  const { outcome, attempts } = record;
  let line = `{"level":30,"time":${unixMs()},"requestId":"${record.requestId}","method":${JSON.stringify(record.method)}`;
  line += plain('clientFormat', record.clientFormat);
  line += plain('upstreamFormat', record.upstreamFormat);
  line += plain('provider', record.provider);
  line += plain('channel', record.channel);
  if (attempts.length > 1) line += `,"attempts":${JSON.stringify(attempts.join(', '))}`;
  // The client's to choose, so anything may be in it.
  if (record.model !== undefined) line += `,"model":${JSON.stringify(record.model)}`;
  line += plain('keyId', record.keyId);
  line += `,"stream":${record.stream}`;
  if (record.detection !== undefined) line += `,"detection":${JSON.stringify(record.detection)}`;
  line += `,"status":${outcome.status},"end":"${outcome.cause}"`;
  if (outcome.errorCode !== undefined) line += `,"error":${JSON.stringify(outcome.errorCode)}`;
  line += `,"durationMs":${Math.round(record.durationMs)}`;
  line += number('firstByteMs', record.firstByteMs);
  if (outcome.usage !== undefined) line += `,"usage":{${usageFields(outcome.usage).slice(1)}}`;
  if (record.isEstimated) line += ',"estimated":true';
  line += number('costMicroUsd', record.costMicroUsd);
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

function number(name: string, value: number | undefined): string {
  return value === undefined ? '' : `,"${name}":${Math.round(value)}`;
}
