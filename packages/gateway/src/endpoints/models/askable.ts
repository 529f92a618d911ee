/** Which upstreams are asked for their lists, and by whose key. */
import type { Channel } from '../../model/channel.ts';
import type { Credential } from '../../model/provider.ts';
import { dialectOf } from './dialects/index.ts';
import type { ListDialect } from './listed.ts';
import type { Who } from './served.ts';

export interface Askable {
  readonly channel: Channel;
  /** The client's; undefined: the channel's own key, or none. */
  readonly credential: Credential | undefined;
}

/** A list names no model by which to tell whose key the client's is: its dialect must do. */
export function askableChannels(
  channels: readonly Channel[],
  { key, credential }: Who,
  dialect: ListDialect,
): readonly Askable[] {
  const allowed = channels.filter(({ id, enabled }) => enabled && (key?.channels?.has(id) ?? true));
  const vendor = credential === undefined ? undefined : vendorMeant(allowed, dialect);
  return allowed.flatMap((channel): readonly Askable[] => {
    if (!channel.passesClientKey) return [{ channel, credential: undefined }];
    if (channel.vendor === vendor) return [{ channel, credential }];
    // Vendors list nothing without a key; servers of open models often need none.
    return isVendors(channel) ? [] : [{ channel, credential: undefined }];
  });
}

/** The one whose dialect it is; an imitation of it only where there is no other that could be meant. */
function vendorMeant(channels: readonly Channel[], dialect: ListDialect): string | undefined {
  const possible = channels.filter(
    ({ passesClientKey, provider }) =>
      passesClientKey && dialectOf(provider.formats[0]) === dialect,
  );
  const own = possible.find(isVendors);
  if (own !== undefined) return own.vendor;
  const vendors = new Set(possible.map(({ vendor }) => vendor));
  const [only] = vendors;
  return vendors.size === 1 ? only : undefined;
}

/** Its provider has an address of its own. */
function isVendors({ provider }: Channel): boolean {
  return provider.baseUrl !== undefined;
}
