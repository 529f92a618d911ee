/** Ids that fit the format's grammar, and short fingerprints to make them from. */

const VALID_ID = /^[a-zA-Z0-9_-]+$/;

/** No id is that long; one that is can still be told apart by its fingerprint. */
const READ_MAX = 1_024;

/**
 * Calls and results name each other by this id, and a history must read the same every time:
 * equal ids give equal results.
 */
export function toolId(id: string): string {
  if (VALID_ID.test(id)) return id;
  const letters = id.slice(0, READ_MAX).replace(/[^a-zA-Z0-9_-]/g, '');
  return `toolu_${letters.slice(0, 40)}${fingerprint(id).slice(0, 13)}`;
}

export function messageId(id: string, newId: (prefix: string) => string): string {
  if (id.startsWith('msg_')) return id;
  return id === '' ? newId('msg_') : `msg_${id.replace(/[^a-zA-Z0-9_-]/g, '')}`;
}

const seeds = [0x811c9dc5, 0x01000193, 0x9e3779b9, 0x85ebca6b];

/** 28 letters and digits: FNV-1a from four starting points. Tells apart, hides nothing. */
export function fingerprint(text: string): string {
  return seeds.map((seed) => hash(text, seed).toString(36).padStart(7, '0')).join('');
}

function hash(text: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) {
    hash ^= text.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193);
  }
  // FNV's low bits mix poorly over short texts.
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
