/** The alert rules, by Prometheus's own tool: each fires when it should, and is quiet otherwise. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { settingTable } from '../../packages/gateway/src/control-plane/setting-table.ts';
import { type Alert, alertsOf, deployFolder, yamlOf } from './files.ts';
import { promtool, whyNoPrometheus } from './prometheus.ts';

interface UnitTests {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly object[];
    }[];
  }[];
}

const rules = 'prometheus/rules.yml';
const unitTests = 'prometheus/rules.test.yml';

function passes(...args: readonly string[]): void {
  const path = args.at(-1) ?? '';
  const { status, stdout, stderr } = promtool([...args.slice(0, -1), join(deployFolder, path)]);
  assert.equal(status, 0, `${stdout}${stderr}`);
}

describe('the alert rules', { skip: whyNoPrometheus() ?? false }, () => {
  it('are well-formed', () => passes('check', 'rules', rules));
  it('fire when they should, with the words that people read', () =>
    passes('test', 'rules', unitTests));
  it('are loaded by the configuration', () =>
    passes('check', 'config', 'prometheus/prometheus.yml'));
});

describe('every alert', () => {
  const alerts = alertsOf(rules);

  it('waits, has a severity, and says what is wrong and what to do', () => {
    assert.ok(alerts.length > 0);
    for (const { alert, for: wait, labels, annotations } of alerts) {
      assert.match(wait ?? '', /^[1-9]\d*m$/, alert);
      assert.match(labels?.['severity'] ?? '', /^(warning|critical)$/, alert);
      assert.ok((annotations?.['summary'] ?? '').length > 10, alert);
      assert.ok((annotations?.['description'] ?? '').length > 60, alert);
    }
  });

  it('names settings and documents that there are', () => {
    const settings = new Set(settingTable.map(({ env }) => env));
    for (const { alert, annotations } of alerts) {
      const description = annotations?.['description'] ?? '';
      for (const [name] of description.matchAll(/\b[A-Z]{4,}(_[A-Z]+)*\b/g))
        assert.ok(settings.has(name), `${alert}: ${name}`);
      for (const [path] of description.matchAll(/\bdocs\/\S+\.md\b/g))
        assert.ok(existsSync(join(deployFolder, '..', path)), `${alert}: ${path}`);
    }
  });

  it('is shown to fire and to be quiet', () => {
    const { tests } = yamlOf(unitTests) as UnitTests;
    const cases = tests.flatMap(({ alert_rule_test }) => alert_rule_test);
    const tested = (isFiring: boolean): readonly string[] =>
      cases
        .filter(({ exp_alerts }) => exp_alerts.length > 0 === isFiring)
        .map(({ alertname }) => alertname)
        .toSorted();
    const names = alerts.map(({ alert }: Alert) => alert).toSorted();
    assert.deepEqual(tested(true), names);
    assert.deepEqual(tested(false), names);
  });
});
