/** What an exchange costs: by the seller that served it, or before it is known by the dearest that may. */
import type { Usage } from 'ai-api-converter';
import type { Target } from '../model/channel.ts';
import type { PriceTable } from '../model/pricing.ts';
import type { Routed } from '../model/snapshot.ts';

/** In millionths of a US dollar; undefined: no price is known. */
export function costOf(target: Target, usage: Usage, prices: PriceTable): number | undefined {
  return prices.costMicroUsd(sellerOf(target), target.model, usage);
}

export function dearestCost(
  { route, model }: Routed,
  usage: Usage,
  prices: PriceTable,
): number | undefined {
  let dearest: number | undefined;
  for (const [index, channel] of route.channels.entries()) {
    const cost = costOf({ channel, model: route.upstreamModel(index, model) }, usage, prices);
    if (cost !== undefined) dearest = Math.max(dearest ?? 0, cost);
  }
  return dearest;
}

/** Who imitates a format is known by the address, not by the name of the format. */
function sellerOf({ channel }: Target): string {
  const { provider, origin, basePath } = channel;
  return provider.id === 'openai-compatible' ? origin + basePath : provider.id;
}
