/** Two scrapes into figures. */
import { type Change, changeBetween, type Dimension, quantileOf, rate, split } from './change.ts';
import type {
  ChannelFigures,
  Figures,
  KeyFigures,
  ProcessFigures,
  Quantiles,
  Tokens,
  Use,
} from './figures.ts';
import { type MetricName, metric } from './metric-names.ts';
import type { Labels, Page, Sample } from './parse.ts';
import type { Scrape } from './rates.ts';

const HOUR_SECONDS = 3_600;
const inputTypes: ReadonlySet<string> = new Set(['input', 'cache_read', 'cache_write']);

export function figuresOf(earlier: Scrape, later: Scrape): Figures {
  const change = changeBetween(earlier, later);
  const requestsPerSecond = rate(change, metric.requests);
  const withStatus = (pattern: RegExp): number =>
    rate(change, metric.requests, (labels) => pattern.test(labels.get('status') ?? ''));
  const tokens = tokensOf(change);
  const cached = rate(change, metric.tokens, (labels) => labels.get('type') === 'cache_read');
  const inFlight = gauges(later.page, metric.inFlight);
  return {
    seconds: change.seconds,
    process: processOf(change, later.page),
    requestsPerSecond,
    errorShare: shareOf(withStatus(/^5/), requestsPerSecond),
    refusedShare: shareOf(withStatus(/^4(?!99)/), requestsPerSecond),
    inFlight: inFlight.reduce((sum, { value }) => sum + value, 0),
    tokens,
    cacheShare: shareOf(cached, tokens.inPerSecond),
    dollarsPerHour: rate(change, metric.cost) * HOUR_SECONDS,
    firstOutputSeconds: quantilesOf(change, metric.firstOutput),
    betweenOutputsSeconds: quantilesOf(change, metric.betweenOutputs),
    rateLimitedPerSecond: rate(change, metric.limited),
    retriesPerSecond: rate(change, metric.retries),
    degraded: gauges(later.page, metric.degraded)
      .filter(({ value }) => value > 0)
      .map(({ labels }) => labels.get('what') ?? ''),
    channels: channelsOf(change, later.page),
    models: usesOf(change, 'model').toSorted(byTokens),
    keys: keysOf(change, later.page).toSorted(byTokens),
    unreadableLines: later.page.unreadableLines,
  };
}

function processOf(change: Change, page: Page): ProcessFigures {
  const [build] = gauges(page, metric.build);
  return {
    version: build?.labels.get('version') ?? '',
    startedUnixSeconds: gaugeOf(page, metric.start),
    memoryBytes: gaugeOf(page, metric.memory),
    eventLoopLagSeconds: gaugeOf(page, metric.lag),
    cpuShare: rate(change, metric.cpu),
    workers: gaugeOf(page, metric.workers),
    workerRestarts: gaugeOf(page, metric.workerRestarts),
  };
}

function quantilesOf(change: Change, name: MetricName): Quantiles {
  return {
    p50: quantileOf(change, name, 0.5),
    p95: quantileOf(change, name, 0.95),
    p99: quantileOf(change, name, 0.99),
  };
}

function tokensOf(change: Change): Tokens {
  const isInput = (labels: Labels): boolean => inputTypes.has(labels.get('type') ?? '');
  return {
    inPerSecond: rate(change, metric.tokens, isInput),
    outPerSecond: rate(change, metric.tokens, (labels) => !isInput(labels)),
  };
}

/** In the order of the page; what is no channel now is there when something happened under its name. */
function channelsOf(change: Change, page: Page): readonly ChannelFigures[] {
  const inFlight = byLabel(gauges(page, metric.inFlight), 'channel');
  const isOpen = byLabel(gauges(page, metric.breakerOpen), 'channel');
  const changes = split(change, 'channel');
  const active = [...changes].filter(([, own]) => happened(own)).map(([name]) => name);
  return Array.from(new Set([...inFlight.keys(), ...isOpen.keys(), ...active]), (name) => {
    const own = changes.get(name) ?? { seconds: change.seconds, grown: new Map() };
    return {
      ...useOf(name, own),
      state: stateOf(isOpen.get(name)),
      inFlight: inFlight.get(name) ?? 0,
      attemptsPerSecond: attemptsOf(own),
    };
  });
}

function stateOf(isOpen: number | undefined): ChannelFigures['state'] {
  if (isOpen === undefined) return undefined;
  return isOpen > 0 ? 'open' : 'ok';
}

function happened(change: Change): boolean {
  return rate(change, metric.requests) > 0 || rate(change, metric.attempts) > 0;
}

function attemptsOf(change: Change): { readonly [result: string]: number } {
  const rates = Array.from(split(change, 'result'), ([result, own]): [string, number] => [
    result,
    rate(own, metric.attempts),
  ]);
  return Object.fromEntries(rates.filter(([, perSecond]) => perSecond > 0));
}

function keysOf(change: Change, page: Page): readonly KeyFigures[] {
  const budgets = byLabel(gauges(page, metric.budget), 'key');
  return usesOf(change, 'key').map((use) => ({
    ...use,
    budgetUsedShare: budgets.get(use.name),
  }));
}

function usesOf(change: Change, label: Dimension): readonly Use[] {
  return Array.from(split(change, label), ([name, own]) => useOf(name, own));
}

function useOf(name: string, change: Change): Use {
  return {
    name,
    requestsPerSecond: rate(change, metric.requests),
    tokens: tokensOf(change),
    dollarsPerHour: rate(change, metric.cost) * HOUR_SECONDS,
    firstOutputP95Seconds: quantileOf(change, metric.firstOutput, 0.95),
  };
}

function byTokens(one: Use, other: Use): number {
  return (
    sumOf(other.tokens) - sumOf(one.tokens) ||
    other.requestsPerSecond - one.requestsPerSecond ||
    (one.name < other.name ? -1 : 1)
  );
}

function sumOf({ inPerSecond, outPerSecond }: Tokens): number {
  return inPerSecond + outPerSecond;
}

function gauges({ samples }: Page, wanted: MetricName): readonly Sample[] {
  return samples
    .values()
    .filter(({ name, value }) => name === wanted && Number.isFinite(value))
    .toArray();
}

function byLabel(samples: readonly Sample[], label: string): ReadonlyMap<string, number> {
  return new Map(samples.map(({ labels, value }) => [labels.get(label) ?? '', value]));
}

function gaugeOf(page: Page, name: MetricName): number | undefined {
  return gauges(page, name)[0]?.value;
}

function shareOf(part: number, whole: number): number | undefined {
  return whole > 0 ? part / whole : undefined;
}
