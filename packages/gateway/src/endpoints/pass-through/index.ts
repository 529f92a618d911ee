/** What passes through untouched beside generation: files, images, audio, batches and their like. */
import { handle } from '../../data-plane/handle.ts';
import type { Endpoint } from '../contract.ts';
import { createFinder } from './find.ts';
import { passing } from './passing.ts';

export function createPassThrough(): Endpoint {
  const find = createFinder();
  return {
    open(raw) {
      const found = find(raw);
      if (found === undefined) return undefined;
      return (visit) => handle(passing(found, visit.raw), visit);
    },
  };
}
