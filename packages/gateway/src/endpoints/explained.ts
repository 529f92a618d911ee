/** Which requests `explain` tells of: those that live as exchanges of a kind. */
import type { Environment } from 'ai-api-converter';
import type { Explaining } from '../data-plane/explain.ts';
import { generation } from '../data-plane/kind.ts';
import { GatewayError } from '../model/errors.ts';
import type { RawRequest } from '../model/http.ts';
import type { ExchangeDoor } from './contract.ts';
import type { Endpoints } from './index.ts';

interface Services {
  readonly environment: Environment;
  readonly meter: Parameters<ExchangeDoor['kind']>[0]['meter'];
}

export function explaining(endpoints: Endpoints, services: Services): Explaining {
  return {
    environment: services.environment,
    kindOf(raw) {
      const door = endpoints.find(raw);
      if (door === undefined) return generation;
      if ('kind' in door) return door.kind(services);
      throw notExplained(raw);
    },
  };
}

function notExplained({ path }: RawRequest): GatewayError {
  const told =
    `${path} is served, and not explained: explain tells of generations and embeddings only. ` +
    'What names a model there goes to the channels that a generation by that model goes to, as far as their providers have it';
  return new GatewayError('body-invalid', told, { param: 'path' });
}
