/** Keys of clients, put into a database as `dragoman keys` does. */
import { hashSecret, hintOf, newSecret } from '../../packages/gateway/src/keys/secret.ts';
import type { KeyLimits } from '../../packages/gateway/src/model/records.ts';
import { openDatabase } from '../../packages/gateway/src/stores/database/index.ts';

export const pepper = 'a pepper that is long enough to be one';

export interface InsertedKey {
  readonly id: string;
  readonly secret: string;
}

export async function insertKey(
  databaseUrl: string,
  limits: KeyLimits = {},
  id = 'key_truth',
): Promise<InsertedKey> {
  const secret = newSecret();
  const database = await openDatabase(databaseUrl);
  try {
    await database.migrate();
    await database.insertKey({
      id,
      name: id,
      hash: hashSecret(Buffer.from(pepper), secret),
      hint: hintOf(secret),
      user: undefined,
      channels: undefined,
      models: undefined,
      limits,
      createdAt: Date.now(),
      expiresAt: undefined,
      revokedAt: undefined,
    });
  } finally {
    await database.close();
  }
  return { id, secret };
}
