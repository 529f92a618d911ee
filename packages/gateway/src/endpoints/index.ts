/** What is served beside generation: a line each. */
import type { RawRequest } from '../model/http.ts';
import type { Door, PassingDoor } from './contract.ts';
import { counting } from './counting/index.ts';
import { embeddings } from './embeddings/index.ts';
import { createModelLists } from './models/index.ts';
import { createPassThrough } from './pass-through/index.ts';
import { storedResponses } from './stored-responses/index.ts';

export interface Endpoints {
  /** Undefined: the request is for generation, or for nothing that is served. */
  find(raw: RawRequest): Door | PassingDoor | undefined;
}

/** Once in a worker's life: what is known of upstreams outlives settings. */
export function createEndpoints(): Endpoints {
  const endpoints = [
    createModelLists(),
    counting,
    embeddings,
    storedResponses,
    createPassThrough(),
  ];
  return {
    find(raw) {
      for (const endpoint of endpoints) {
        const door = endpoint.open(raw);
        if (door !== undefined) return door;
      }
      return undefined;
    },
  };
}
