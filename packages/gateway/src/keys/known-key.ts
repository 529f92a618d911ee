/** Keys as the hot path knows them, by their hashes. */
import { compilePatterns } from '../lib/patterns.ts';
import type { KnownKey } from '../model/keys.ts';
import type { KeyRecord } from '../model/records.ts';
import type { KeySettings } from '../model/settings.ts';

export type KnownKeys = ReadonlyMap<string, KnownKey>;

const ID_CHARACTERS = 12;

export function knownRecords(records: readonly KeyRecord[]): KnownKeys {
  const valid = records.filter(({ revokedAt }) => revokedAt === undefined);
  return new Map(valid.map((record) => [record.hash, knownKey(record.id, record)]));
}

export function knownSettings(keys: readonly KeySettings[]): KnownKeys {
  return new Map(
    keys.map((key) => [key.hash, knownKey(`key_${key.hash.slice(0, ID_CHARACTERS)}`, key)]),
  );
}

type Granted = Pick<KeyRecord, 'name' | 'user' | 'channels' | 'models' | 'limits' | 'expiresAt'>;

function knownKey(id: string, key: Granted): KnownKey {
  const { name, user, channels, models, limits, expiresAt } = key;
  return {
    id,
    name,
    user,
    channels: channels && new Set(channels),
    serves: models === undefined ? servesAll : compilePatterns(models),
    limits,
    expiresAt,
  };
}

function servesAll(): boolean {
  return true;
}
