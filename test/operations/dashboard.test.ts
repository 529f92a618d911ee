/** A real Prometheus reads a running gateway: every query of the dashboard and of the alerts has an answer. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { labelQueriesOf, queriesOf, readDashboard } from './dashboard.ts';
import { alertsOf, deployFolder, yamlOf } from './files.ts';
import { type MixedTraffic, startMixedTraffic } from './mixed-traffic.ts';
import { type Prometheus, promtool, startPrometheus, whyNoPrometheus } from './prometheus.ts';

const WAIT_TRIES = 300;

/** Queries that have nothing to show here, each with the reason. */
const empty: Readonly<Record<string, string>> = {
  'annotation Restarts': 'the gateway has not begun anew',
};

interface Config {
  readonly global: object;
  readonly scrape_configs: readonly { readonly job_name: string }[];
}

/** Ours, but for where the gateway is and how often it is read. */
function configFor(metricsUrl: string): object {
  const config = yamlOf('prometheus/prometheus.yml') as Config;
  return {
    ...config,
    global: { scrape_interval: '500ms', evaluation_interval: '500ms' },
    rule_files: [join(deployFolder, 'prometheus/rules.yml')],
    scrape_configs: config.scrape_configs.map(({ job_name }) => ({
      job_name,
      static_configs: [{ targets: [new URL(metricsUrl).host] }],
    })),
  };
}

const dashboard = readDashboard();

describe('the dashboard', () => {
  it('asks the data source that its reader chose, and nothing twice', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const { type, title, datasource, targets = [] } of dashboard.panels) {
      if (type === 'row') continue;
      assert.equal(datasource?.uid, `\${${dashboard.templating.list[0]?.name}}`, title);
      assert.ok(targets.length > 0, title);
    }
    const names = queriesOf(dashboard).map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  });

  it('has panels that do not overlap', () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      assert.ok(gridPos.x + gridPos.w <= 24, title);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          assert.equal(taken.has(`${x} ${y}`), false, title);
          taken.add(`${x} ${y}`);
        }
    }
  });
});

describe('a Prometheus that reads the gateway', { skip: whyNoPrometheus() ?? false }, () => {
  let traffic: MixedTraffic;
  let prometheus: Prometheus;

  /** A rate needs to have seen the number before. */
  async function sendAndWait(): Promise<void> {
    const sent = await traffic.send();
    for (let tries = 0; tries < WAIT_TRIES; tries += 1) {
      const [seen] = await prometheus.query('sum(http_requests_total{job="dragoman"})');
      if (seen?.value === sent) return;
      await sleep(50);
    }
    assert.fail(`Prometheus has not seen ${sent} requests`);
  }

  before(async () => {
    traffic = await startMixedTraffic();
    prometheus = await startPrometheus(configFor(traffic.metricsUrl));
    await sendAndWait();
    await sendAndWait();
  });
  after(async () => {
    await prometheus?.close();
    await traffic?.close();
  });

  it('finds nothing wrong with the page', async () => {
    const page = await (await fetch(`${traffic.metricsUrl}/metrics`)).text();
    const { status, stdout, stderr } = promtool(['check', 'metrics'], page);
    assert.equal(status, 0, `${stdout}${stderr}`);
  });

  it('has numbers for every query of the dashboard', async () => {
    const without: string[] = [];
    for (const { name, expression } of queriesOf(dashboard)) {
      const samples = await prometheus.query(expression).catch((cause: unknown) => {
        throw new Error(`${name}: ${expression}`, { cause });
      });
      if (!samples.some(({ value }) => Number.isFinite(value))) without.push(name);
    }
    assert.deepEqual(without, Object.keys(empty));
  });

  it('has values for every variable of the dashboard', async () => {
    for (const { name, label, selector } of labelQueriesOf(dashboard))
      assert.notDeepEqual(await prometheus.labelValues(label, selector), [], name);
  });

  it('knows every metric that an alert asks for', async () => {
    const known = new Set(await prometheus.labelValues('__name__', '{job="dragoman"}'));
    for (const { alert, expr } of alertsOf('prometheus/rules.yml'))
      for (const [name] of expr.matchAll(/\b(http|dragoman|process)_\w+|\bup\b/g))
        assert.ok(known.has(name), `${alert}: ${name}`);
  });

  it('evaluates every alert', async () => {
    const names = alertsOf('prometheus/rules.yml').map(({ alert }) => alert);
    for (let tries = 0; tries < WAIT_TRIES; tries += 1) {
      const rules = await prometheus.rules();
      if (rules.some(({ health }) => health === 'unknown')) {
        await sleep(50);
        continue;
      }
      assert.deepEqual(
        rules.map(({ name, health, lastError = '' }) => ({ name, health, lastError })),
        names.map((name) => ({ name, health: 'ok', lastError: '' })),
      );
      return;
    }
    assert.fail('Prometheus has not evaluated every alert');
  });
});
