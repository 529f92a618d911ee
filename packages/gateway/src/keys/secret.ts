/**
 * Gateway keys as texts: made, recognized, hinted at, hashed. A key is `dgm_`, 256 random bits as 43
 * characters, and 6 characters of checksum. The checksum proves nothing, anybody can compute it; it
 * tells a key that was mistyped or cut from one that nobody knows, without asking a database.
 */
import { createHmac, createSecretKey } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { bufferOf } from '../lib/bytes.ts';
import { secretBytes } from '../lib/ids.ts';

const PREFIX = 'dgm_';
const RANDOM_BYTES = 32;
/** The fewest that hold 256 bits. */
const RANDOM_CHARACTERS = 43;
/** The fewest that hold the 32 bits of a CRC. */
const CHECKSUM_CHARACTERS = 6;
const HINT_CHARACTERS = 4;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SHAPE = /^dgm_[0-9A-Za-z]{49}$/;
/** Whatever begins like a key, whole or not. */
const TRACES = /dgm_[0-9A-Za-z]+/g;

export function newSecret(): string {
  // Bits are written down as a number: drawing characters one by one would need care to be fair.
  const bits = BigInt(`0x${bufferOf(secretBytes(RANDOM_BYTES)).toString('hex')}`);
  const body = PREFIX + base62(bits, RANDOM_CHARACTERS);
  return body + checksumOf(body);
}

/** Whether it is a whole gateway key without a typing mistake; not whether anybody knows it. */
export function isGatewayKey(text: string): boolean {
  if (!SHAPE.test(text)) return false;
  const body = text.slice(0, -CHECKSUM_CHARACTERS);
  return text.endsWith(checksumOf(body));
}

/** Whether it could be meant as a gateway key, so that it is not repeated to anybody. */
export function looksLikeKey(text: string): boolean {
  return text.includes(PREFIX);
}

/** A text for people, without the keys that are in it. */
export function withoutKeys(text: string): string {
  return text.replace(TRACES, `${PREFIX}…`);
}

/** The end of a key, by which people tell theirs apart. */
export function hintOf(secret: string): string {
  return `…${secret.slice(-HINT_CHARACTERS)}`;
}

/**
 * HMAC-SHA-256 in base64url, 43 characters. A fast hash will do: nobody guesses 256 random bits, and
 * what people chose themselves is safe as long as the pepper is.
 */
export type HashSecret = (secret: string) => string;

/** For many secrets: preparing the pepper each time would cost seven times as much. */
export function hasherOf(pepper: Uint8Array): HashSecret {
  const key = createSecretKey(pepper);
  return (secret) => createHmac('sha256', key).update(secret).digest('base64url');
}

export function hashSecret(pepper: Uint8Array, secret: string): string {
  return hasherOf(pepper)(secret);
}

function checksumOf(body: string): string {
  return base62(BigInt(crc32(body)), CHECKSUM_CHARACTERS);
}

function base62(value: bigint, characters: number): string {
  const base = BigInt(ALPHABET.length);
  let text = '';
  for (let rest = value; rest > 0n; rest /= base)
    text = ALPHABET.charAt(Number(rest % base)) + text;
  return text.padStart(characters, ALPHABET.charAt(0));
}
