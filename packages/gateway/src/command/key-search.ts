/** The key that somebody means by an id or a name. */
import { suggestion } from '../control-plane/config/nearest.ts';
import { looksLikeKey } from '../keys/secret.ts';
import { utcMoment } from '../lib/clock.ts';
import type { KeyRecord } from '../model/records.ts';
import type { KeySettings } from '../model/settings.ts';

/** Throws an Error for people when there is none that is still valid, or more than one. */
export function findKey(
  wanted: string,
  keys: readonly KeyRecord[],
  configured: readonly KeySettings[],
): KeyRecord {
  if (looksLikeKey(wanted)) {
    throw new Error('a key is named by its id or its name, not by itself; see dragoman keys list');
  }
  const named = keys.filter(({ id, name }) => id === wanted || name === wanted);
  const valid = named.filter(({ revokedAt }) => revokedAt === undefined);
  const found = named.find(({ id }) => id === wanted) ?? valid[0];
  if (found === undefined) throw notFound(wanted, { keys, named, configured });
  if (found.revokedAt !== undefined) throw revokedBefore(found, found.revokedAt);
  if (found.id === wanted || valid.length === 1) return found;
  const ids = valid.map(({ id }) => id).join(', ');
  throw new Error(`several keys are called ${JSON.stringify(wanted)}: name one by its id, ${ids}`);
}

interface Known {
  readonly keys: readonly KeyRecord[];
  readonly named: readonly KeyRecord[];
  readonly configured: readonly KeySettings[];
}

function notFound(wanted: string, { keys, named, configured }: Known): Error {
  const [before] = named;
  if (before?.revokedAt !== undefined) return revokedBefore(before, before.revokedAt);
  const text = JSON.stringify(wanted);
  if (configured.some(({ name }) => name === wanted)) {
    return new Error(`key ${text} stands in the configuration: change it there`);
  }
  const near = suggestion(
    wanted,
    keys.map(({ name }) => name),
  );
  return new Error(`no key has the id or the name ${text}; see dragoman keys list${near}`);
}

function revokedBefore({ id, name }: KeyRecord, revokedAt: number): Error {
  return new Error(`key ${id} (${name}) was revoked before, at ${utcMoment(revokedAt)}`);
}
