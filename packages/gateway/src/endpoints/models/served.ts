/** Which models a client may ask for: those that are named or listed, and that a route would serve. */
import { countOf, createCandidates, isSuitable, targetAt } from '../../data-plane/candidates.ts';
import type { Channel, Target } from '../../model/channel.ts';
import { GatewayError } from '../../model/errors.ts';
import type { KnownKey } from '../../model/keys.ts';
import type { Credential } from '../../model/provider.ts';
import type { Routed, Snapshot } from '../../model/snapshot.ts';
import type { Listed } from './listed.ts';

export interface Who {
  readonly credential: Credential | undefined;
  readonly key: KnownKey | undefined;
}

/** What each channel's upstream lists; a channel that is not there keeps it to itself. */
export type Lists = ReadonlyMap<Channel, readonly Listed[]>;

export interface Served {
  readonly models: readonly Listed[];
  /** Also what a route would serve by an upstream that does not list its models; undefined: unknown. */
  find(id: string): Listed | undefined;
}

export function servedModels(snapshot: Snapshot, lists: Lists, who: Who): Served {
  const found = new Map<string, Listed>();

  for (const id of snapshot.namedModels) {
    const [target] = targetsOf(id, snapshot, who);
    if (target !== undefined) found.set(id, named(id, target, lists));
  }
  for (const [channel, models] of lists) {
    for (const listed of models) {
      if (found.has(listed.id)) continue;
      const isServed = targetsOf(listed.id, snapshot, who).some(
        (target) => target.channel === channel && target.model === listed.id,
      );
      if (isServed) found.set(listed.id, ownedBy(listed, channel));
    }
  }

  return {
    models: [...found.values()],
    find(id) {
      const known = found.get(id);
      if (known !== undefined) return known;
      const target = targetsOf(id, snapshot, who).find(({ channel }) => !lists.has(channel));
      return target && ownedBy({ id }, target.channel);
    },
  };
}

/** What is known of the model that a name stands for is told only under the model's own name. */
function named(id: string, { channel, model }: Target, lists: Lists): Listed {
  const listed = id === model ? lists.get(channel)?.find((one) => one.id === id) : undefined;
  return ownedBy(listed ?? { id }, channel);
}

function ownedBy(listed: Listed, { provider }: Channel): Listed {
  return listed.owner === undefined ? { ...listed, owner: provider.id } : listed;
}

/** Where a request for it could go, now or later. */
function targetsOf(model: string, snapshot: Snapshot, who: Who): readonly Target[] {
  const routed = routedOf(model, snapshot, who);
  if (routed === undefined) return [];
  const candidates = createCandidates(routed, who);
  const targets: Target[] = [];
  for (let index = 0; index < countOf(candidates); index += 1)
    if (isSuitable(candidates, index)) targets.push(targetAt(candidates, index));
  return targets;
}

function routedOf(model: string, snapshot: Snapshot, { key }: Who): Routed | undefined {
  try {
    return snapshot.route(model, key);
  } catch (cause) {
    if (cause instanceof GatewayError) return undefined;
    throw cause;
  }
}
