/** What a user of an agent relies on when a task is done. */
import assert from 'node:assert/strict';
import { turnTokens } from './dialects/dialect.ts';
import type { UpstreamFormat } from './dialects/index.ts';
import { task } from './scripted-provider.ts';
import type { Tried } from './try-agent.ts';

interface Expected {
  readonly clientFormat: string;
  readonly format: UpstreamFormat;
  readonly graveLosses: readonly string[];
  /** Whether the provider's reasoning is to come back to it, sealed. */
  readonly reasons: boolean;
}

const TURNS = 3;

export function assertTask(tried: Tried, expected: Expected): void {
  const { ran, made, turns, page } = tried;
  assert.equal(ran.code, 0, ran.output);
  assert.equal(made, task.content, ran.output);
  assert.equal(ran.stdout.trim(), task.answer, ran.output);
  assert.equal(turns.length, TURNS, ran.output);
  for (const [index, { offersShell, results, reasons, seals }] of turns.entries()) {
    assert.ok(offersShell);
    const ids = expected.format === 'gemini' ? [undefined, undefined] : task.callIds;
    assert.deepEqual(
      results.map(({ id }) => id),
      ids.slice(0, index),
    );
    assert.equal(reasons, expected.reasons);
    assert.equal(seals, expected.reasons ? index : 0);
  }
  assert.ok(turns[2]?.results[1]?.text.includes(task.content), ran.output);
  assert.deepEqual(tried.graveLosses, expected.graveLosses);
  assert.equal(tokens(page, 'input', expected), TURNS * turnTokens.input);
  assert.equal(tokens(page, 'output', expected), TURNS * turnTokens.output);
  assert.deepEqual(tried.strangers, []);
}

function tokens(page: string, type: string, { clientFormat, format }: Expected): number {
  const labels = `type="${type}",client_format="${clientFormat}",upstream_format="${format}"`;
  return page
    .split('\n')
    .filter((line) => line.startsWith(`token_usage_total{${labels}`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
