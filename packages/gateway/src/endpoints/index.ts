/** What is served: generation, and a line each for what is beside it. */
import { generation } from '../data-plane/generation.ts';
import { handle } from '../data-plane/handle.ts';
import type { Visit } from '../data-plane/visit.ts';
import { answerBeside } from './answer-beside.ts';
import { counting } from './counting/index.ts';
import { embeddings } from './embeddings/index.ts';
import { createModelLists } from './models/index.ts';
import { createPassThrough } from './pass-through/index.ts';
import { storedResponses } from './stored-responses/index.ts';

export interface Endpoints {
  /** Never rejects: whatever happens becomes the client's answer and one record. */
  serve(visit: Visit): Promise<void>;
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
    serve(visit) {
      if (visit.byPath !== undefined) return handle(generation, visit);
      for (const endpoint of endpoints) {
        const door = endpoint.open(visit.raw);
        if (typeof door === 'function') return door(visit);
        if (door !== undefined) return answerBeside(door, visit);
      }
      // It tells the client what is served.
      return handle(generation, visit);
    },
  };
}
