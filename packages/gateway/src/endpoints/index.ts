/** What is served: generation, and a line each for what is beside it. */

import { type Explaining, explainedGeneration } from '../data-plane/explain.ts';
import { generation } from '../data-plane/generation.ts';
import { handle } from '../data-plane/handle.ts';
import { generationAt } from '../data-plane/ingress.ts';
import type { Services, Visit } from '../data-plane/visit.ts';
import { GatewayError } from '../model/errors.ts';
import type { RawRequest } from '../model/http.ts';
import { answerBeside } from './answer-beside.ts';
import type { Endpoint, Estimating } from './contract.ts';
import { counting } from './counting/index.ts';
import { embeddings } from './embeddings/index.ts';
import { createModelLists } from './models/index.ts';
import { createPassThrough } from './pass-through/index.ts';
import { storedResponses } from './stored-responses/index.ts';

export interface Endpoints {
  /** Never rejects: whatever happens becomes the client's answer and one record. */
  serve(visit: Visit): Promise<void>;
  explaining(services: Estimating & Pick<Services, 'environment'>): Explaining;
}

/** Once in a worker's life: what is known of upstreams outlives settings. */
export function createEndpoints(): Endpoints {
  const endpoints: readonly Endpoint[] = [
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
    explaining: (services) => ({
      environment: services.environment,
      kindOf(raw) {
        const endpoint = endpoints.find(({ open }) => open(raw) !== undefined);
        if (generationAt(raw) !== undefined || endpoint === undefined) return explainedGeneration;
        return endpoint.explained?.(raw, services) ?? notExplained(raw);
      },
    }),
  };
}

function notExplained({ path }: RawRequest): never {
  const told =
    `${path} is served, and not explained: explain tells of generations and embeddings only. ` +
    'What names a model there goes to the channels that a generation by that model goes to, as far as their providers have it';
  throw new GatewayError('body-invalid', told, { param: 'path' });
}
