/** Who asks: by the key that came along, and by the user that it names. */
import { unixMs } from '../lib/clock.ts';
import { foreignOwner } from '../lib/digest.ts';
import { GatewayError } from '../model/errors.ts';
import type { Guard } from '../model/guard.ts';
import type { KeyBook, KnownKey } from '../model/keys.ts';

interface Options {
  /** `auto`: a key is needed as soon as there is one. */
  readonly auth: 'auto' | 'open' | 'required';
  readonly book: KeyBook;
  /** In lower case. */
  readonly userHeader: string;
}

/** Nothing that a person would call a user is longer. */
const USER_CHARACTERS_MAX = 256;

/** 401, or 503 when nobody can tell. */
export function createIdentify({
  auth,
  book,
  userHeader,
}: Options): Pick<Guard, 'authenticate' | 'identify'> {
  function keyOf(secret: string | undefined): KnownKey | undefined {
    const isRequired = auth === 'required' || (auth === 'auto' && !book.isEmpty());
    if (secret === undefined) {
      if (!isRequired) return undefined;
      throw new GatewayError(
        'key-missing',
        'no key was sent; send one as Authorization: Bearer, x-api-key or x-goog-api-key',
      );
    }
    // Nobody has a key of ours: a client's own is not worth an HMAC.
    if (!isRequired && book.isEmpty()) return undefined;
    const found = book.find(secret);
    if (typeof found === 'object') return unexpired(found);
    if (!isRequired) return undefined;
    if (found === 'unsure')
      throw new GatewayError('keys-unavailable', 'the key cannot be checked now; try again soon');
    throw new GatewayError('key-unknown', 'the key is not known, or it was revoked');
  }

  return {
    authenticate(credential) {
      const secret = credential?.secret;
      const key = keyOf(secret);
      return { key, owner: key?.id ?? foreignOwner(secret) };
    },
    identify(ingress, caller) {
      const named =
        ingress.header(userHeader) ?? ingress.format.client.user(ingress.body.outline());
      const user = named === undefined || named === '' ? caller.key?.user : named;
      return { ...caller, user: user?.slice(0, USER_CHARACTERS_MAX) };
    },
  };
}

function unexpired(key: KnownKey): KnownKey {
  if (key.expiresAt === undefined || unixMs() < key.expiresAt) return key;
  throw new GatewayError('key-expired', 'the key has expired; ask for a new one');
}
