/** The upper part of a frame: the gateway as a whole. */
import { utcMoment } from '../lib/clock.ts';
import type { Figures, Quantiles } from './figures.ts';
import { itemLines, type Line, type Style } from './lines.ts';
import {
  ageText,
  bytesText,
  countText,
  dollarsText,
  latencyText,
  shareText,
  UNKNOWN,
  wholeText,
} from './quantities.ts';

export interface Silence {
  readonly sinceUnixMs: number;
  readonly reason: string;
}

export interface View {
  readonly url: string;
  readonly figures: Figures;
  readonly nowUnixMs: number;
  readonly intervalSeconds: number;
  /** The gateway does not answer at present; the figures are older. */
  readonly silence?: Silence | undefined;
  readonly isPaused?: boolean;
  readonly isHelpShown?: boolean;
}

const ERROR_SHARE_ALARMING = 0.05;
const LAG_SECONDS_ALARMING = 0.1;

export function summaryLines(view: View, width: number): readonly Line[] {
  return [
    titleLine(view),
    ...silenceLines(view),
    ...trafficLines(view.figures, width),
    ...latencyLines(view.figures, width),
    ...processLines(view.figures, width),
  ];
}

function titleLine({ url, figures, nowUnixMs, isPaused }: View): Line {
  const { seconds, process } = figures;
  const { version, startedUnixSeconds } = process;
  const upSeconds = nowUnixMs / 1_000 - (startedUnixSeconds ?? 0);
  const up = startedUnixSeconds === undefined ? '' : `   up ${ageText(upSeconds)}`;
  const over = seconds > 0 ? `rates over ${countText(seconds)}s` : 'measuring';
  return [
    { text: `Dragoman ${version}`, style: 'bold' },
    ...(isPaused === true ? ([{ text: '   PAUSED', style: 'yellow' }] as const) : []),
    { text: `   ${url}${up}   ` },
    { text: over, style: 'dim' },
  ];
}

function silenceLines({ silence, nowUnixMs, intervalSeconds }: View): readonly Line[] {
  if (silence === undefined) return [];
  const { sinceUnixMs, reason } = silence;
  const since = utcMoment(sinceUnixMs).slice('2026-11-25T'.length);
  const age = ageText((nowUnixMs - sinceUnixMs) / 1_000);
  return [
    [
      { text: `No answer since ${since} (${age}), tried every ${intervalSeconds}s`, style: 'red' },
      { text: `: ${reason}` },
    ],
  ];
}

function trafficLines(figures: Figures, width: number): readonly Line[] {
  const rate = (perSecond: number): string => rateText(figures, perSecond);
  const { errorShare, refusedShare, cacheShare, tokens, rateLimitedPerSecond } = figures;
  const alarm = (isAlarming: boolean, style: Style): Style | undefined =>
    isAlarming ? style : undefined;
  const isMeasured = figures.seconds > 0;
  return [
    ...itemLines(
      'Requests',
      [
        { label: 'ended', value: rate(figures.requestsPerSecond), style: 'bold' },
        {
          label: 'errors',
          value: shareText(errorShare),
          style: alarm((errorShare ?? 0) >= ERROR_SHARE_ALARMING, 'red'),
        },
        { label: 'refused', value: shareText(refusedShare) },
        { label: 'in flight', value: wholeText(figures.inFlight), style: 'bold' },
        {
          label: 'rate limited',
          value: rate(rateLimitedPerSecond),
          style: alarm(rateLimitedPerSecond > 0, 'yellow'),
        },
        { label: 'retries', value: rate(figures.retriesPerSecond) },
      ],
      width,
    ),
    ...itemLines(
      'Tokens',
      [
        { label: 'in', value: rate(tokens.inPerSecond), style: 'bold' },
        { label: 'out', value: rate(tokens.outPerSecond), style: 'bold' },
        { label: 'from cache', value: shareText(cacheShare) },
        {
          label: 'cost',
          value: isMeasured ? `${dollarsText(figures.dollarsPerHour)}/h` : UNKNOWN,
          style: 'bold',
        },
      ],
      width,
    ),
  ];
}

function latencyLines(figures: Figures, width: number): readonly Line[] {
  const { firstOutputSeconds, betweenOutputsSeconds } = figures;
  const between = betweenOutputsSeconds.p50 === undefined ? [] : itemsOf(betweenOutputsSeconds);
  return [
    ...itemLines('1st output', itemsOf(firstOutputSeconds), width),
    ...(between.length > 0 ? itemLines('Between', between, width) : []),
  ];
}

function itemsOf({ p50, p95, p99 }: Quantiles): Parameters<typeof itemLines>[1] {
  return [
    { label: 'p50', value: latencyText(p50) },
    { label: 'p95', value: latencyText(p95), style: 'bold' },
    { label: 'p99', value: latencyText(p99) },
  ];
}

function processLines(
  { process, degraded, seconds, unreadableLines }: Figures,
  width: number,
): readonly Line[] {
  const { workers, workerRestarts = 0, eventLoopLagSeconds } = process;
  const isLate = (eventLoopLagSeconds ?? 0) >= LAG_SECONDS_ALARMING;
  const isDegraded = degraded.length > 0;
  return itemLines(
    'Process',
    [
      {
        label: 'degraded',
        value: isDegraded ? degraded.join(', ') : 'nothing',
        style: isDegraded ? 'red' : undefined,
      },
      ...(workers === undefined ? [] : [{ label: 'workers', value: wholeText(workers) }]),
      ...(workerRestarts === 0
        ? []
        : [{ label: 'replaced', value: wholeText(workerRestarts), style: 'yellow' as const }]),
      {
        label: 'lag',
        value: latencyText(eventLoopLagSeconds),
        style: isLate ? 'yellow' : undefined,
      },
      { label: 'memory', value: bytesText(process.memoryBytes) },
      { label: 'cpu', value: seconds > 0 ? shareText(process.cpuShare) : UNKNOWN },
      ...(unreadableLines === 0
        ? []
        : [{ label: 'lines not understood', value: wholeText(unreadableLines) }]),
    ],
    width,
  );
}

/** Nothing is known of rates before there are two scrapes. */
export function rateText({ seconds }: Figures, perSecond: number): string {
  return seconds > 0 ? `${countText(perSecond)}/s` : UNKNOWN;
}
