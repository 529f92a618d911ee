/** Gateway keys as a configuration has them. */
import { hashSecret } from '../../packages/gateway/src/keys/secret.ts';
import type { KeySettings } from '../../packages/gateway/src/model/settings.ts';

export const pepper = 'a pepper that is long enough to be one';

export function hashOf(secret: string): string {
  return hashSecret(Buffer.from(pepper), secret);
}

export function keyOf(secret: string, changes: Partial<KeySettings> = {}): KeySettings {
  return {
    name: 'team-a',
    hash: hashOf(secret),
    user: undefined,
    channels: undefined,
    models: undefined,
    limits: {},
    expiresAt: undefined,
    ...changes,
  };
}
