/** What a gateway key looks like, and what can be told from it. */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  hashSecret,
  hintOf,
  isGatewayKey,
  looksLikeKey,
  newSecret,
  withoutKeys,
} from './secret.ts';

const pepper = Buffer.from('a pepper of the tests, long enough');

describe('a new key', () => {
  it('is dgm_ and 49 characters that need no quoting anywhere', () => {
    for (let times = 0; times < 200; times += 1) assert.match(newSecret(), /^dgm_[0-9A-Za-z]{49}$/);
  });

  it('never comes twice, and uses every character about as often as any other', () => {
    const secrets = Array.from({ length: 2_000 }, newSecret);
    assert.equal(new Set(secrets).size, secrets.length);
    // The first characters are those of a number, and so are not spread evenly.
    const text = secrets.map((secret) => secret.slice(6, 47)).join('');
    const counts = new Map<string, number>();
    for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
    assert.equal(counts.size, 62);
    const expected = text.length / 62;
    let chi = 0;
    for (const count of counts.values()) chi += (count - expected) ** 2 / expected;
    // 61 degrees of freedom: one run in ten billion is above.
    assert.ok(chi < 170, `chi square ${chi}`);
  });

  it('holds 256 random bits: both halves of every bit are seen', () => {
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    let ones = 0n;
    let zeros = 0n;
    const all = 2n ** 256n - 1n;
    for (let times = 0; times < 200; times += 1) {
      let value = 0n;
      for (const character of newSecret().slice(4, 47))
        value = value * 62n + BigInt(alphabet.indexOf(character));
      assert.ok(value <= all);
      ones |= value;
      zeros |= all ^ value;
    }
    assert.equal(ones, all);
    assert.equal(zeros, all);
  });
});

describe('the checksum', () => {
  it('takes new keys', () => {
    for (let times = 0; times < 200; times += 1) assert.equal(isGatewayKey(newSecret()), true);
  });

  it('takes the same keys for ever', () => {
    const known = 'dgm_0000000000000000000000000000000000000000000';
    assert.equal(isGatewayKey(`${known}2De9UK`), true);
  });

  it('refuses any one wrong character, exchanged neighbours, and what is cut or longer', () => {
    const secret = newSecret();
    for (let at = 0; at < secret.length; at += 1) {
      const wrong = secret[at] === 'x' ? 'y' : 'x';
      assert.equal(isGatewayKey(secret.slice(0, at) + wrong + secret.slice(at + 1)), false);
      assert.equal(isGatewayKey(secret.slice(0, at)), false);
      const [a = '', b = ''] = secret.slice(at);
      const exchanged = secret.slice(0, at) + b + a + secret.slice(at + 2);
      if (a !== b && b !== '') assert.equal(isGatewayKey(exchanged), false, `${at}`);
    }
    for (const text of [`${secret}0`, ` ${secret}`, `${secret}\n`, secret.toLowerCase(), ''])
      assert.equal(isGatewayKey(text), false);
  });
});

describe('the hash', () => {
  it('is HMAC-SHA-256 under the pepper, in base64url', () => {
    const secret = newSecret();
    const hash = hashSecret(pepper, secret);
    assert.match(hash, /^[\w-]{43}$/);
    assert.equal(hash, createHmac('sha256', pepper).update(secret).digest('base64url'));
  });

  it('does not let anybody who has it test a key without the pepper', () => {
    const secret = newSecret();
    const hash = hashSecret(pepper, secret);
    assert.notEqual(hash, createHash('sha256').update(secret).digest('base64url'));
    assert.notEqual(hash, hashSecret(new Uint8Array(32), secret));
    assert.notEqual(hash, hashSecret(pepper.subarray(1), secret));
  });

  it('differs when only the last character does', () => {
    const secret = 'x'.repeat(200);
    assert.notEqual(hashSecret(pepper, `${secret}a`), hashSecret(pepper, `${secret}b`));
  });
});

describe('a key before people', () => {
  it('is hinted at by its last four characters', () => {
    const secret = newSecret();
    assert.equal(hintOf(secret), `…${secret.slice(-4)}`);
  });

  it('is taken out of texts, whole or in part', () => {
    const secret = newSecret();
    assert.equal(withoutKeys(`got "${secret}", ${secret.slice(0, 20)}.`), 'got "dgm_…", dgm_….');
    assert.equal(looksLikeKey(`x${secret.slice(0, 8)}`), true);
    assert.equal(looksLikeKey('ann'), false);
  });
});
