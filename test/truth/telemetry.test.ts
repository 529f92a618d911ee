/** After thousands of mixed requests, metrics, log and usage are what clients and upstreams saw, and agree. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { total } from '../../packages/gateway/src/control-plane/testing/exposition.ts';
import { promtool, whyNoPrometheus } from '../operations/prometheus.ts';
import { numberOf } from './numbers.ts';
import type { Tokens } from './plan.ts';
import type { Counted } from './traffic-ledger.ts';
import { drawTrips } from './traffic-plan.ts';
import {
  BUDGET_DOLLARS,
  GREEDY_LIMIT,
  isCertain,
  KEY_LIMIT,
  type Ran,
  runTraffic,
} from './traffic-run.ts';

const requests = numberOf('TRUTH_TRAFFIC', 5_000);
const seed = numberOf('TRUTH_SEED', 20_261_125);

type Labels = Readonly<Record<string, string>>;
/** What one exchange adds to a counter. */
type Share = readonly [labels: Labels, value?: number];

for (const workers of [1, 2]) {
  const isPossible = workers === 1 || platform() === 'linux';
  const skip = isPossible ? false : 'connections are spread over workers on Linux only';
  const name = `${requests} requests to ${workers} ${workers === 1 ? 'worker' : 'workers'} (TRUTH_SEED=${seed})`;
  describe(name, { skip, timeout: 110_000 }, () => reconcile(workers));
}

function reconcile(workers: number): void {
  const trips = drawTrips(requests, seed);
  let ran: Ran;
  before(async () => {
    ran = await runTraffic(trips, workers);
  });

  /** The page has of a counter what the exchanges add up to, and nothing else. */
  function adds(metric: string, sharesOf: (counted: Counted) => readonly Share[]): void {
    const expected = new Map<string, number>();
    for (const counted of ran.counted)
      for (const [labels, value = 1] of sharesOf(counted)) {
        const series = seriesOf(labels);
        expected.set(series, (expected.get(series) ?? 0) + value);
      }
    assert.deepEqual(onPage(metric), sorted(expected));
  }

  function onPage(metric: string): readonly string[] {
    const family = ran.page.get(metric) ?? ran.page.get(metric.replace(/_count$/, ''));
    assert.ok(family !== undefined, metric);
    const isDollars = metric.endsWith('_dollars_total');
    const found = family.samples
      .filter((sample) => sample.name === metric)
      .map(({ labels, value }): [string, number] => [
        seriesOf(labels),
        isDollars ? Math.round(value * 1e6) : value,
      ]);
    return sorted(new Map(found));
  }

  it('write one line of the log for each, and none for what never came', (context) => {
    assert.deepEqual(
      ran.lines.map(({ requestId }) => requestId).toSorted(),
      ran.counted.map(({ trip }) => trip.id).toSorted(),
    );
    // Of these nobody but the gateway can say whether they reached it.
    assert.deepEqual(ran.unseen.filter(isCertain), []);
    const uncertain = trips.filter((trip) => !isCertain(trip)).length;
    context.diagnostic(`${ran.unseen.length} of ${uncertain} that left at once never came`);
    assert.equal(total(ran.page, 'http_requests_total'), ran.lines.length);
  });

  it('are counted by what their clients got', () => {
    adds('http_requests_total', ({ method, status, client, upstream, channel, model, key }) => [
      [
        {
          method,
          status: String(status),
          client_format: client,
          upstream_format: upstream,
          channel,
          model,
          key,
        },
      ],
    ]);
    adds('http_request_duration_seconds_count', ({ method, status, client, upstream, channel }) => [
      [
        {
          method,
          status: String(status),
          client_format: client,
          upstream_format: upstream,
          channel,
        },
      ],
    ]);
  });

  it('are counted by what upstreams were asked, and how often again', () => {
    adds('dragoman_upstream_attempts_total', ({ attempts }) =>
      attempts.map(({ channel, result }): Share => [{ channel, result }]),
    );
    adds('dragoman_retries_total', ({ attempts }) =>
      attempts.slice(1).map(({ channel }): Share => [{ channel }]),
    );
    adds('dragoman_conversions_total', ({ client, upstream, attempts }) =>
      attempts.length === 0
        ? []
        : [
            [
              {
                client_format: client,
                upstream_format: upstream,
                kind: client === upstream ? 'pass' : 'convert',
              },
            ],
          ],
    );
  });

  it('tell their clients the attempts that upstreams saw', () => {
    for (const { trip, hasLeft, attempts } of ran.counted) {
      if (hasLeft) {
        // Asked, says the gateway, and no upstream saw it: it was left on its way there.
        const isUnseen = attempts.length > ran.noted(trip).attempts.length;
        assert.ok(!isUnseen || !isCertain(trip) || attempts[0]?.channel === 'dead', trip.id);
        continue;
      }
      const told = ran.got(trip).trail.map((one) => one.split(':')[0]);
      assert.deepEqual(
        told,
        attempts.map(({ channel }) => channel),
        trip.id,
      );
    }
  });

  it('have the tokens and costs that were reported, or that the log says were estimated', () => {
    adds('token_usage_total', ({ tokens, client, upstream, channel, model, key }) =>
      byType(tokens).map(
        ([type, value]): Share => [
          { type, client_format: client, upstream_format: upstream, channel, model, key },
          value,
        ],
      ),
    );
    adds('dragoman_cost_dollars_total', ({ channel, model, key, costMicroUsd }) => [
      [{ channel, model, key }, costMicroUsd],
    ]);
    adds('dragoman_estimated_usage_total', ({ isEstimated, channel, model }) =>
      isEstimated ? [[{ channel, model }]] : [],
    );
  });

  it('are counted for the users that were named, and the rest together', () => {
    adds('dragoman_user_tokens_total', ({ trip: { user }, tokens }) =>
      byType(tokens).map(([type, value]): Share => [{ user: labelOf(user), type }, value]),
    );
    adds('dragoman_user_cost_dollars_total', ({ trip: { user }, costMicroUsd }) => [
      [{ user: labelOf(user) }, costMicroUsd],
    ]);
    assert.doesNotMatch(ran.text, /carol|greedy|x\d+x/);
  });

  it('are counted by how their streams began, went on and ended', () => {
    adds('dragoman_stream_ends_total', ({ isStream, end }) => (isStream ? [[{ cause: end }]] : []));
    adds('dragoman_time_to_first_output_seconds_count', ({ hasFirstOutput, channel, model }) =>
      hasFirstOutput ? [[{ channel, model }]] : [],
    );
    adds('dragoman_time_between_outputs_seconds_count', ({ hasTwoOutputs, channel, model }) =>
      hasTwoOutputs ? [[{ channel, model }]] : [],
    );
  });

  it('are counted where a limit refused them', () => {
    const refused = ran.counted.filter(
      ({ status, attempts }) => status === 429 && attempts.length === 0,
    );
    const by = (isOf: (counted: Counted) => boolean): number => refused.filter(isOf).length;
    const ofUser = by(({ trip }) => trip.user === 'greedy');
    const ofKey = by(({ trip }) => trip.key === 'limited');
    assert.ok(ofUser > 0 && ofKey > 0 && ofUser + ofKey === refused.length);
    assert.deepEqual(
      onPage('rate_limit_exceeded_total'),
      sorted(
        new Map([
          [seriesOf({ by: 'user', unit: 'requests' }), ofUser],
          [seriesOf({ by: 'key', unit: 'requests' }), ofKey],
        ]),
      ),
    );
    const served = ran.counted.filter(({ attempts }) => attempts.length > 0);
    const greedy = served.filter(({ trip }) => trip.user === 'greedy').length;
    const limited = served.filter(({ trip }) => trip.key === 'limited').length;
    assert.ok(greedy >= GREEDY_LIMIT && limited >= KEY_LIMIT, `${greedy}, ${limited}`);
  });

  it('lose what conversions could not carry, as log, page and clients are told', () => {
    const formats = new Map(ran.counted.map((counted) => [counted.trip.id, counted]));
    const expected = new Map<string, number>();
    for (const { requestId, action, reason } of ran.losses) {
      const { client, upstream } = formats.get(requestId) ?? assert.fail(requestId);
      const series = seriesOf({
        client_format: client,
        upstream_format: upstream,
        action,
        reason,
      });
      expected.set(series, (expected.get(series) ?? 0) + 1);
    }
    assert.deepEqual(onPage('dragoman_losses_total'), sorted(expected));
    const byRequest = Map.groupBy(ran.losses, ({ requestId }) => requestId);
    for (const { requestId, losses } of ran.lines)
      assert.equal(losses, byRequest.get(requestId)?.length ?? 0, requestId);
    for (const { trip, hasLeft, upstream, status } of ran.counted) {
      const own = byRequest.get(trip.id) ?? [];
      const kinds = own.map(
        ({ feature, action, reason }) => `${feature}-${action};reason=${reason}`,
      );
      for (const told of ran.got(trip).losses) assert.ok(kinds.includes(told), trip.id);
      if (!trip.isLossy || hasLeft || upstream !== 'anthropic-messages' || status !== 200) continue;
      assert.equal(own.filter(({ feature }) => /bias/.test(feature)).length, 1, trip.id);
    }
  });

  it('say in the log what the page counts', () => {
    const byId = new Map(ran.lines.map((line) => [line.requestId, line]));
    for (const counted of ran.counted) {
      const line = byId.get(counted.trip.id) ?? assert.fail();
      const { method, status, end, stream, clientFormat, upstreamFormat, channel } = line;
      assert.deepEqual(
        {
          method,
          status,
          end,
          isStream: stream,
          client: clientFormat ?? 'none',
          upstream: upstreamFormat ?? 'none',
          channel: channel ?? 'none',
          isEstimated: line.estimated ?? false,
          hasFirstOutput: line.firstOutputMs !== undefined,
          costMicroUsd: line.costMicroUsd ?? 0,
          hasKey: line.keyId !== undefined,
          tokens: byType(line.usage),
        },
        {
          method: counted.method,
          status: counted.status,
          end: counted.end,
          isStream: counted.isStream,
          client: counted.client,
          upstream: counted.upstream,
          channel: counted.channel,
          isEstimated: counted.isEstimated,
          hasFirstOutput: counted.hasFirstOutput,
          costMicroUsd: counted.costMicroUsd,
          hasKey: counted.key !== 'none',
          tokens: byType(counted.tokens),
        },
        counted.trip.id,
      );
    }
  });

  it('are kept as usage, once each that an upstream worked on', () => {
    const kept = ran.rows.map((row) =>
      JSON.stringify([
        row.user_name,
        row.channel,
        row.status,
        row.end_cause,
        row.attempts,
        row.input_tokens,
        row.cache_read_tokens,
        row.cache_write_tokens,
        row.output_tokens,
        row.reasoning_tokens,
        row.estimated,
        row.cost_micro_usd,
      ]),
    );
    const expected = ran.counted
      .filter(({ channel }) => channel !== 'none')
      .map(({ trip, channel, status, end, attempts, tokens, isEstimated, costMicroUsd }) =>
        JSON.stringify([
          trip.user ?? '',
          channel,
          status,
          end,
          attempts.length,
          tokens?.fresh ?? 0,
          tokens?.cacheRead ?? 0,
          tokens?.cacheWrite ?? 0,
          tokens?.text ?? 0,
          tokens?.reasoning ?? 0,
          isEstimated ? 1 : 0,
          costMicroUsd,
        ]),
      );
    assert.deepEqual(kept.toSorted(), expected.toSorted());
  });

  it('leave nothing running, and nothing that does not work', () => {
    assert.equal(total(ran.page, 'dragoman_channel_in_flight'), 0);
    assert.equal(total(ran.page, 'dragoman_degraded'), 0);
    assert.equal(total(ran.page, 'dragoman_workers'), workers);
    assert.equal(total(ran.page, 'dragoman_worker_restarts_total'), 0);
  });

  it('use of a budget what they cost', () => {
    const own = ran.counted.filter(({ key }) => key === 'team-b');
    const dollars = own.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0) / 1e6;
    const ratio = total(ran.page, 'dragoman_budget_used_ratio', { key: 'team-b' });
    const used = ratio * BUDGET_DOLLARS;
    // With several workers it is what one of them knew at its last request.
    if (workers === 1) assert.equal(used.toFixed(6), dollars.toFixed(6));
    else assert.ok(used > 0 && used < dollars * 1.1, `${used} of ${dollars}`);
  });

  it('are of every kind', () => {
    const pairs = new Set(ran.counted.map(({ client, upstream }) => `${client} ${upstream}`));
    assert.ok(pairs.size >= 9, [...pairs].join());
    const results = new Set(
      ran.counted.flatMap(({ attempts }) => attempts.map(({ result }) => result)),
    );
    for (const result of ['ok', 'connect', 'reset', 'invalid', '429', '4xx', '5xx', 'cancelled'])
      assert.ok(results.has(result), result);
  });

  it('are told in metrics that are documented, with these labels and no others', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
    const rows = text.matchAll(/^\| `(\w+)` \| (counter|gauge|histogram) \|([^|]*)\|/gm);
    const documented = new Map(
      Array.from(rows, ([, metric = '', type = '', labels = '']) => [
        metric,
        { type, labels: Array.from(labels.matchAll(/\w+/g), ([label]) => label).toSorted() },
      ]),
    );
    assert.deepEqual([...documented.keys()].toSorted(), [...ran.page.keys()].toSorted());
    for (const [metric, { type, samples }] of ran.page) {
      assert.equal(documented.get(metric)?.type, type, metric);
      for (const { labels } of samples) {
        const names = Object.keys(labels).filter((label) => label !== 'le');
        assert.deepEqual(names.toSorted(), documented.get(metric)?.labels, metric);
      }
    }
  });

  it('pass promtool', { skip: whyNoPrometheus() ?? false }, () => {
    const { status, stdout, stderr } = promtool(['check', 'metrics'], ran.text);
    assert.equal(status, 0, `${stdout}${stderr}`);
  });
}

function seriesOf(labels: Labels): string {
  return Object.entries(labels)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([label, value]) => `${label}=${value}`)
    .join(' ');
}

/** Series without a count may be there or not. */
function sorted(series: ReadonlyMap<string, number>): readonly string[] {
  return [...series]
    .filter(([, value]) => value !== 0)
    .map(([labels, value]) => `${labels} ${value}`)
    .toSorted();
}

function labelOf(user: string | undefined): string {
  if (user === undefined) return 'none';
  return user === 'alice' || user === 'bob' ? user : 'other';
}

function byType(tokens: Partial<Tokens> | undefined): readonly (readonly [string, number])[] {
  if (tokens === undefined) return [];
  const { fresh = 0, cacheRead = 0, cacheWrite = 0, text = 0, reasoning = 0 } = tokens;
  return [
    ['input', fresh],
    ['cache_read', cacheRead],
    ['cache_write', cacheWrite],
    ['output', text],
    ['reasoning', reasoning],
  ];
}
