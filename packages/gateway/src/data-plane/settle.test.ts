/** What is told of an exchange after its end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRegistry } from '../channels/registry.ts';
import { compile } from '../control-plane/compile.ts';
import { nowMs } from '../lib/clock.ts';
import type { ExchangeRecord } from '../model/exchange.ts';
import { defaultSettings } from '../model/settings.ts';
import { chatRequest } from '../model/testing/raw-request.ts';
import { channelSettings } from '../model/testing/settings.ts';
import { readIngress } from './ingress.ts';
import { createJournal } from './journal.ts';
import { settle } from './settle.ts';

const COUNTING_MS = 50;

const raw = chatRequest({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] });

test("the time that its tokens are counted in is not counted as the exchange's", async () => {
  const prices = { costMicroUsd: () => undefined };
  const surroundings = { registry: createRegistry(() => {}), guard: undefined, prices };
  const snapshot = compile({ ...defaultSettings, channels: [channelSettings('a')] }, surroundings);
  const ingress = await readIngress(raw, snapshot, () => {});
  const [channel] = snapshot.route(ingress.model).route.channels;
  assert.ok(channel);

  const startedMs = nowMs();
  const journal = createJournal(raw, { explainFormat: false, newId: (prefix) => `${prefix}1` });
  const told = Promise.withResolvers<ExchangeRecord>();
  const outputTokens = async (): Promise<number> => {
    await sleep(COUNTING_MS);
    return 7;
  };
  const outcome = {
    status: 200,
    cause: 'complete',
    usage: undefined,
    errorCode: undefined,
  } as const;
  settle(
    {
      accounting: { costs: 'tokens' },
      journal,
      trace: undefined,
      outcome: { ...outcome, sample: { text: 'hello', scale: 1 } },
      ingress,
      target: { channel, model: 'gpt-4o' },
      permit: undefined,
      channelPermit: undefined,
      prices,
    },
    {
      telemetry: { exchangeEnded: told.resolve },
      meter: { inputTokens: () => 3, outputTokens },
    },
  );
  const endedMs = nowMs();

  const record = await told.promise;
  assert.deepEqual(record.outcome.usage, { fresh: 3, text: 7 });
  assert.equal(record.isEstimated, true);
  assert.ok(record.durationMs <= endedMs - startedMs, `${record.durationMs} ms`);
});
