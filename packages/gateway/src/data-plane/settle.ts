/** Phase 6: what the exchange used is settled and told, exactly once, however it ended. Never throws. */
import type { Usage } from 'ai-api-converter';
import type { Target } from '../model/channel.ts';
import type { Ingress, Outcome, Telemetry } from '../model/exchange.ts';
import type { ChannelPermit, Permit } from '../model/guard.ts';
import type { Meter } from '../model/metering.ts';
import type { PriceTable } from '../model/pricing.ts';
import type { Trace } from '../model/traces.ts';
import { type Journal, noteEnded, recordOf } from './journal.ts';
import type { Accounting } from './kind.ts';
import { costOf } from './price.ts';

export interface Ended {
  readonly accounting: Accounting;
  readonly journal: Journal;
  readonly trace: Trace | undefined;
  readonly outcome: Outcome;
  readonly ingress: Ingress | undefined;
  /** The upstream that worked on it, to the end or until somebody left; undefined: none did. */
  readonly target: Target | undefined;
  readonly permit: Permit | undefined;
  readonly channelPermit: ChannelPermit | undefined;
  readonly prices: PriceTable;
}

interface Services {
  readonly telemetry: Telemetry;
  readonly meter: Meter;
}

export function settle(ended: Ended, { telemetry, meter }: Services): void {
  const { accounting, journal, outcome, ingress, target } = ended;
  noteEnded(journal);
  if (accounting.costs !== 'tokens')
    return finish(ended, { usage: undefined, isEstimated: false }, telemetry);
  // What an upstream reports before the end (Anthropic does) is not what it will have cost.
  const isWhole = outcome.cause === 'complete' || outcome.sample === undefined;
  const isFinal = outcome.usage !== undefined && isWhole;
  if (target === undefined || ingress === undefined || isFinal)
    return finish(ended, { usage: outcome.usage, isEstimated: false }, telemetry);
  const reported = outcome.usage ?? { fresh: meter.inputTokens(ingress.bytes), text: 0 };
  const estimated = (counted: number): Counted => ({
    usage: { ...reported, text: Math.max(reported.text, counted) },
    isEstimated: true,
  });
  if (outcome.sample === undefined) return finish(ended, estimated(0), telemetry);
  void meter.outputTokens(outcome.sample, target.model).then(
    (counted) => finish(ended, estimated(counted), telemetry),
    () => finish(ended, estimated(0), telemetry),
  );
}

interface Counted {
  readonly usage: Usage | undefined;
  readonly isEstimated: boolean;
}

function finish(ended: Ended, { usage, isEstimated }: Counted, telemetry: Telemetry): void {
  const { accounting, journal, trace, outcome, target, permit, channelPermit, prices } = ended;
  const costMicroUsd =
    target === undefined || usage === undefined ? undefined : costOf(target, usage, prices);
  const use = { usage, costMicroUsd, ran: target !== undefined };
  permit?.settle(use);
  channelPermit?.settle(use);
  const noted = recordOf(journal, { ...outcome, usage }, { isEstimated, costMicroUsd });
  const record = accounting.recorded?.(noted) ?? noted;
  telemetry.exchangeEnded(record);
  trace?.settled(record);
}
