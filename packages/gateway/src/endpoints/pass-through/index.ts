/** What passes through untouched beside generation: files, images, audio, batches and their like. */
import type { Endpoint } from '../contract.ts';
import { createFinder } from './find.ts';
import { pass } from './pass.ts';

export function createPassThrough(): Endpoint {
  const find = createFinder();
  return {
    open(raw) {
      const found = find(raw);
      return (
        found && {
          format: found.format,
          methods: found.methods,
          pass: (visit, surroundings) => pass(found, visit, surroundings),
        }
      );
    },
  };
}
